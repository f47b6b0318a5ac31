"""How time grows with the number of stored results and of enrolled faces: requests that write, and those that read.

The stand-in keeps no faces, so a search among them is measured against the local ID Verification with its face engine:
what the function itself takes is told by the CPU ratio.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks import photographs, stored_results
from benchmarks.bench import Bench, invoking
from benchmarks.deployments import Deployment
from benchmarks.enrolled_faces import enrolled
from benchmarks.events import NextEvent, recorded, with_stored_id
from benchmarks.figures import Figure, Row

NAME = "growth"
_TIMES = 15
_STORED = (100, 1_000, 10_000)
_ENROLLED = (10, 1_000, 5_000)


def rows(bench: Bench) -> Iterator[Row]:
    pair = [bench.picture(photographs.CONFORMING_100KB), bench.picture(photographs.CONFORMING_100KB_OTHER)]
    events = {
        ("face-compare", "face-compare"): recorded("face-compare.http", pair),
        ("results", "a result by its id"): with_stored_id("results.http", stored_results.biz_id(1)),
        ("results", "two results of a user"): recorded("results.http.user"),
    }
    first: dict[str, Figure] = {}
    before = 0
    yield from _with_faces(bench)
    for stored in _STORED[:1] if bench.quick else _STORED:
        bench.say(f"{NAME}: {stored:,} results")
        stored_results.store(bench.services, before, stored)
        before = stored
        for (function, what), event in events.items():
            found = _time(bench, function, event)
            fewest = first.setdefault(what, found)
            other = None if fewest is found else fewest
            yield Row(NAME, f"{what}, {stored:,} stored", "ms", found, other, f"ours, {_STORED[0]:,} stored")


def _with_faces(bench: Bench) -> Iterator[Row]:
    search = recorded("face-duplication-check.http", [bench.picture(photographs.CONFORMING_100KB)])
    first: Figure | None = None
    for count in _ENROLLED[:1] if bench.quick else _ENROLLED:
        bench.say(f"{NAME}: {count:,} faces")
        with enrolled(bench.services, bench.host.scratch / f"faces-{count}", count) as url:
            found = _time(bench, "face-duplication-check", search, bench.ours.calling(url))
        first = first or found
        other = None if first is found else first
        yield Row(NAME, f"a search among {count:,} faces", "ms", found, other, f"ours, {_ENROLLED[0]:,} faces")


def _time(bench: Bench, function: str, event: NextEvent, deployed: Deployment | None = None) -> Figure:
    with bench.running({"ours": deployed or bench.ours}, function, cores=bench.cores.one) as sides:
        return bench.alternate(sides, invoking(event), _TIMES, unmeasured=2)["ours"]
