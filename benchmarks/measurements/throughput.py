"""How many requests a second one instance of each function sustains on one core, one after the other."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks import photographs, stored_results
from benchmarks.bench import Bench, invoking
from benchmarks.events import NextEvent, recorded, with_stored_id
from benchmarks.figures import Figure, Row

NAME = "throughput"
_TIMES = 15
STORED = 100


def rows(bench: Bench) -> Iterator[Row]:
    stored_results.store(bench.services, 0, STORED)
    for function, event in _events(bench).items():
        bench.say(f"{NAME}: {function}")
        deployments = {"ours": bench.ours}
        if function in bench.sample.functions:
            deployments["sample"] = bench.sample
        with bench.running(deployments, function, cores=bench.cores.one) as sides:
            found = bench.alternate(
                sides,
                invoking(event),
                _TIMES,
                unmeasured=2,
            )
        rates = {name: _rate(figure) for name, figure in found.items()}
        yield Row(NAME, f"{function}, conforming pictures", "a second", rates["ours"], rates.get("sample"))


def _rate(figure: Figure) -> Figure:
    """Requests a second; the processor time stays that of one request."""
    return Figure.of([1000 / milliseconds for milliseconds in figure.values], figure.cpu)


def _events(bench: Bench) -> dict[str, NextEvent]:
    first, second = (
        bench.picture(photograph) for photograph in (photographs.CONFORMING_100KB, photographs.CONFORMING_100KB_OTHER)
    )
    return {
        "face-compare": recorded("face-compare.http", [first, second]),
        "face-cross-compare": recorded("face-cross-compare.http", [first, second, first]),
        "face-duplication-check": recorded("face-duplication-check.http", [first]),
        "add-face-record": recorded("add-face-record.http", [first]),
        "compare-faces": recorded("compare-faces.http", [first, second]),
        "enroll-on-upload": bench.bucket.uploads(first),
        "dedup-on-signup": bench.bucket.sign_ups(first),
        "results": with_stored_id("results.http", stored_results.biz_id(1)),
        "erasure": recorded("erasure.http"),
        "record-failure": recorded("record-failure.destination"),
    }
