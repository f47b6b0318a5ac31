"""Calls of 100 KB over TLS: the first one of a process, one on an open connection, and those that find it closed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.bench import Bench, Timing, probe, probing
from benchmarks.deployments import Deployment
from benchmarks.figures import Figure, Row
from benchmarks.function_process import FunctionProcess

NAME = "connection"
_TIMES, _FIRST_TIMES = 11, 7
_FUNCTION = "face-compare"
_BYTES = 100_000


def rows(bench: Bench) -> Iterator[Row]:
    order = {"bytes": _BYTES, "endpoint": bench.services.id_verification_tls}
    probes = {
        "ours": bench.ours.probing("ours.sdk_call", first_on_path=bench.trusting),
        "sample": bench.sample.probing("sample.sdk_call", first_on_path=bench.trusting),
    }

    def first(deployment: Deployment) -> Timing:
        """After a call without TLS, which loads the SDK."""
        with bench.running({"": deployment}, _FUNCTION, cores=bench.cores.one) as processes:
            probing(bytes=_BYTES)(processes[""])
            return probing(**order)(processes[""])

    bench.say(f"{NAME}: first call")
    found = bench.alternate(probes, first, _FIRST_TIMES)
    yield Row(NAME, "first call of a process over TLS, SDK loaded", "ms", found["ours"], found["sample"])
    with bench.running(probes, _FUNCTION, cores=bench.cores.one) as sides:
        bench.say(f"{NAME}: open connection")
        found = bench.alternate(sides, probing(**order), _TIMES, unmeasured=2)
        yield Row(NAME, "open connection", "ms", found["ours"], found["sample"])
        bench.say(f"{NAME}: closed meanwhile")
        for what, trouble in (
            ("after an idle minute: the service has closed it", bench.services.close_idle_tls),
            ("the service closes it as the request arrives", bench.services.drop_next_tls),
        ):
            figures = {name: _after(process, order, trouble, bench.times(_TIMES)) for name, process in sides.items()}
            yield Row(NAME, what, "ms", figures["ours"], figures["sample"])


def _after(process: FunctionProcess, order: dict[str, Any], trouble: Callable[[], None], times: int) -> Figure:
    taken: list[dict[str, Any]] = []
    for _ in range(times):
        probe(process, **order)
        trouble()
        taken.append(probe(process, **order))
    failures = [one["failed"] for one in taken if "failed" in one]
    if failures:
        return Figure(note=f"{len(failures)} of {times} failed: {failures[0]}")
    return Figure.of([one["wall_ms"] for one in taken], [one["cpu_ms"] for one in taken])
