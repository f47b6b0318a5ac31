"""`python -m local.id_verification`: serves until SIGTERM, after printing `ready http://127.0.0.1:PORT`."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from local.connections import ExposedTransportProtocol
from local.credentials import Account
from local.id_verification.app import Settings, build
from local.id_verification.control import GROUP_CODE
from local.serving import serve


def main() -> None:
    parser = argparse.ArgumentParser(prog="local.id_verification", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port")
    parser.add_argument("--data", type=Path, required=True, help="folder of id_verification.sqlite3")
    parser.add_argument("--access-key-id", required=True)
    parser.add_argument("--access-key-secret", required=True)
    parser.add_argument("--face-groups", type=_face_groups, default=(), help="codes, separated by commas")
    parser.add_argument("--qps", type=_at_least_one, default=10, help="requests per second for each action")
    parser.add_argument("--latency-ms", type=_at_least_zero, default=0, help="added to every operation")
    arguments = parser.parse_args()
    settings = Settings(
        data=arguments.data,
        account=Account(arguments.access_key_id, arguments.access_key_secret),
        face_groups=arguments.face_groups,
        queries_per_second=arguments.qps,
        latency_ms=arguments.latency_ms,
    )
    serve(build(settings), arguments.port, ExposedTransportProtocol)


def _face_groups(text: str) -> tuple[str, ...]:
    codes = tuple(filter(None, text.split(",")))
    for code in codes:
        if not re.fullmatch(GROUP_CODE, code):
            raise argparse.ArgumentTypeError(f"{code!r} must match {GROUP_CODE}")
    return codes


def _at_least_one(text: str) -> int:
    return _whole_number(text, 1)


def _at_least_zero(text: str) -> int:
    return _whole_number(text, 0)


def _whole_number(text: str, least: int) -> int:
    if not text.isdecimal() or int(text) < least:
        raise argparse.ArgumentTypeError(f"{text!r} must be a whole number of at least {least}")
    return int(text)


if __name__ == "__main__":
    main()
