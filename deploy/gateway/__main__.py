"""`make openapi`: writes the description of the HTTP contract and API Gateway's import form."""

from __future__ import annotations

import argparse
import sys

from deploy.gateway import document, import_form, routes


def main() -> int:
    """Always 0: what can be wrong is a defect of the generator."""
    parser = argparse.ArgumentParser(
        prog="make openapi", description="Writes the OpenAPI description and API Gateway's import form from the types."
    )
    parser.add_argument("--record", action="store_true", help="record the examples anew first, in a local cloud")
    if parser.parse_args().record:
        from deploy.gateway import recording  # noqa: PLC0415 - starts the local cloud's modules only when asked to

        recording.record()
    for path, text in ((document.FILE, document.text()), (import_form.FILE, import_form.text())):
        path.write_text(text, "utf-8")
        sys.stdout.write(f"written: {path.relative_to(routes.ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
