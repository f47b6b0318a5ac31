"""facegate beside the official sample, in one table: `make bench`.

Both sides run in processes as Function Compute runs them, against the same local services without artificial latency,
and take turns. Times are of the function's process, pinned to one core where the machine has two. The whole run takes
about five minutes once everything is installed; the results are also written as JSON.
"""

from __future__ import annotations

import argparse
import platform
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import expectations, results_file, table
from benchmarks.bench import PartFailed
from benchmarks.function_process import FunctionFailed
from benchmarks.measurements import MEASUREMENTS
from benchmarks.packages import BuildFailed
from benchmarks.preparation import FOLDER, Plan, prepared
from benchmarks.results_file import PageError
from benchmarks.services import ServiceDidNotStart
from deploy.layer.errors import LayerError

TABLE_MARK, EXPECTATIONS_MARK = "bench: table", "bench: expectations"
_TROUBLE = (LayerError, BuildFailed, ServiceDidNotStart, FunctionFailed, PartFailed, PageError, OSError)


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when everything was measured, whether or not the bounds hold; 1 for trouble, after one message."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if platform.system() != "Linux":
        parser.error("it reads /proc and pins processes, which needs Linux")
    try:
        _run(given)
    except _TROUBLE as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    return 0


def _run(given: argparse.Namespace) -> None:
    started = time.monotonic()

    def say(line: str) -> None:
        print(f"{time.monotonic() - started:5.0f} s  {line}", file=sys.stderr, flush=True)

    with prepared(Plan(given.repeats, given.quick), say) as (bench, header):
        rows = [row for name in given.rows for row in MEASUREMENTS[name](bench)]
        functions = bench.ours.functions
    print("\n".join(table.lines(rows, header)))
    results_file.save(given.json, rows, header)
    if given.write:
        results_file.write_between(given.write, TABLE_MARK, table.markdown(rows, header))
        results_file.write_between(given.write, EXPECTATIONS_MARK, expectations.markdown(rows, functions))
    say(f"written: {' and '.join(str(path) for path in (given.json, given.write) if path)}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    everything = ",".join(MEASUREMENTS)
    parser.add_argument("--rows", type=_rows, default=list(MEASUREMENTS), help=f"some of {everything}")
    parser.add_argument("--repeats", type=_at_least_one, help="of every measurement, in place of its own number")
    parser.add_argument("--quick", action="store_true", help="one repeat, nothing built: does everything still run?")
    parser.add_argument("--json", type=Path, default=FOLDER / "results.json", help="where the results go as JSON")
    parser.add_argument("--write", type=Path, help="a page to write the tables into, between its marks")
    return parser


def _rows(text: str) -> list[str]:
    names = text.split(",")
    unknown = [name for name in names if name not in MEASUREMENTS]
    if unknown:
        raise argparse.ArgumentTypeError(f"{unknown[0]!r} is none of {', '.join(MEASUREMENTS)}")
    return names


def _at_least_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
