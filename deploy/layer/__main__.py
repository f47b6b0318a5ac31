"""`make layer`: builds the functions' layer, checks it, and says what is in it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from deploy.layer import built, interpreter, report
from deploy.layer.build import Places, build
from deploy.layer.errors import LayerError
from deploy.layer.target import FUNCTION_COMPUTE, this_machine

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: Sequence[str] | None = None) -> int:
    """0, or 1 with one line on standard error for whatever is wrong."""
    given = _parser().parse_args(arguments)
    console = Console() if sys.stdout.isatty() else Console(width=160)
    target = this_machine() if given.this_machine else FUNCTION_COMPUTE
    places = Places.of(given.root, target)
    try:
        found = interpreter.find(target.python, given.python)
        layer = build(target, found, places, lambda line: console.print(f"== {line}", highlight=False))
    except LayerError as error:
        print(f"make layer: {error}", file=sys.stderr)
        return 1
    built.keep(layer, given.root, places)
    report.show(layer, console)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make layer", description=__doc__)
    parser.add_argument(
        "--python", type=Path, help="the CPython 3.10 that compiles it; found by itself on most systems"
    )
    parser.add_argument("--this-machine", action="store_true", help="for this machine's Python; cannot be deployed")
    parser.add_argument("--root", type=Path, default=ROOT, help="the repository")
    return parser


if __name__ == "__main__":
    sys.exit(main())
