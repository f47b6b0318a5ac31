"""One call through the SDK, on a connection that is open."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.bench import Bench, probing
from benchmarks.figures import Row

NAME = "sdk-call"
_TIMES = 21
_FUNCTION = "face-compare"
_KILOBYTES: tuple[tuple[int, float | None], ...] = ((1, None), (100, None), (600, 0.2))


def rows(bench: Bench) -> Iterator[Row]:
    probes = {"ours": bench.ours.probing("ours.sdk_call"), "sample": bench.sample.probing("sample.sdk_call")}
    with bench.running(probes, _FUNCTION, cores=bench.cores.one) as sides:
        for kilobytes, at_most in _KILOBYTES:
            what = f"FaceCompare with one picture of {kilobytes} KB"
            bench.say(f"{NAME}: {what}")
            found = bench.alternate(
                sides,
                probing(bytes=kilobytes * 1000),
                _TIMES,
                unmeasured=3,
            )
            yield Row(NAME, what, "ms", found["ours"], found["sample"], at_most=at_most)
