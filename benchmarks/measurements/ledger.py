"""What is stored for a request: its time, and how many requests Tablestore gets for it."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks import photographs
from benchmarks.bench import Bench, probing
from benchmarks.deployments import Deployment
from benchmarks.events import NextEvent, recorded
from benchmarks.figures import Figure, Row

NAME = "ledger"
_TIMES = 21


def rows(bench: Bench) -> Iterator[Row]:
    probes = {"ours": bench.ours.probing("ours.ledger"), "sample": bench.sample.probing("sample.ledger")}
    bench.say(f"{NAME}: claim and result")
    with bench.running(probes, "face-compare", cores=bench.cores.one) as sides:
        found = bench.alternate(
            sides,
            probing(),
            _TIMES,
            unmeasured=3,
        )
    yield Row(NAME, "claim and result; the sample: result alone", "ms", found["ours"], found["sample"])
    pair = [bench.picture(photographs.CONFORMING_100KB), bench.picture(photographs.CONFORMING_100KB_OTHER)]
    replayed = recorded("face-compare.http", pair)()
    for function, what, event in (
        ("face-compare", "face-compare", recorded("face-compare.http", pair)),
        ("face-compare", "face-compare, sent again", lambda: replayed),
        ("add-face-record", "add-face-record", recorded("add-face-record.http", pair)),
        ("enroll-on-upload", "enroll-on-upload", bench.bucket.uploads(pair[0])),
        ("face-duplication-check", "face-duplication-check", recorded("face-duplication-check.http", pair)),
    ):
        ours = _calls(bench, bench.ours, function, event)
        has_twin = function in bench.sample.functions and what == function
        theirs = _calls(bench, bench.sample, function, event) if has_twin else None
        yield Row(NAME, f"{what}, requests to Tablestore", "requests", ours, theirs)


def _calls(bench: Bench, deployment: Deployment, function: str, event: NextEvent) -> Figure:
    """Of the second of two requests."""
    with bench.running({"": deployment}, function, cores=bench.cores.one) as processes:
        processes[""].invoke(event())
        before = sum(bench.services.tablestore_calls().values())
        processes[""].invoke(event())
        return Figure.of([sum(bench.services.tablestore_calls().values()) - before])
