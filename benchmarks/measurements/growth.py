"""How time grows with the number of stored results: requests that write, and those that read.

Enrolled faces are the service's, and the stand-in keeps none, so their number is no row here.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks import photographs, stored_results
from benchmarks.bench import Bench, invoking
from benchmarks.events import NextEvent, recorded, with_stored_id
from benchmarks.figures import Figure, Row

NAME = "growth"
_TIMES = 15
_STORED = (100, 1_000, 10_000)


def rows(bench: Bench) -> Iterator[Row]:
    pair = [bench.picture(photographs.CONFORMING_100KB), bench.picture(photographs.CONFORMING_100KB_OTHER)]
    events = {
        ("face-compare", "face-compare"): recorded("face-compare.http", pair),
        ("results", "a result by its id"): with_stored_id("results.http", stored_results.biz_id(1)),
        ("results", "two results of a user"): recorded("results.http.user"),
    }
    first: dict[str, Figure] = {}
    before = 0
    for stored in _STORED[:1] if bench.quick else _STORED:
        bench.say(f"{NAME}: {stored:,} results")
        stored_results.store(bench.services, before, stored)
        before = stored
        for (function, what), event in events.items():
            found = _time(bench, function, event)
            fewest = first.setdefault(what, found)
            other = None if fewest is found else fewest
            yield Row(NAME, f"{what}, {stored:,} stored", "ms", found, other, f"ours, {_STORED[0]:,} stored")


def _time(bench: Bench, function: str, event: NextEvent) -> Figure:
    with bench.running({"ours": bench.ours}, function, cores=bench.cores.one) as sides:
        return bench.alternate(sides, invoking(event), _TIMES, unmeasured=2)["ours"]
