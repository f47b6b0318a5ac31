"""FaceCompare on a warm instance, on one core: phone photographs, and pictures that conform already."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks import photographs
from benchmarks.bench import Bench, invoking
from benchmarks.events import recorded
from benchmarks.figures import Figure, Row
from benchmarks.photographs import Photograph

NAME = "warm"
_TIMES = 11
_FUNCTION = "face-compare"
_PAIRS: tuple[tuple[str, tuple[Photograph, Photograph], float | None], ...] = (
    ("two phone photographs, 12 megapixels", (photographs.PHONE_12MP, photographs.PHONE_12MP_OTHER), 0.2),
    ("two conforming pictures, 100 KB", (photographs.CONFORMING_100KB, photographs.CONFORMING_100KB_OTHER), 0.3),
    ("two pictures of 600 KB", (photographs.CONFORMING_600KB, photographs.CONFORMING_600KB_OTHER), None),
)


def rows(bench: Bench) -> Iterator[Row]:
    for what, pair, at_most in _PAIRS:
        event = recorded("face-compare.http", [bench.picture(photograph) for photograph in pair])
        bench.say(f"{NAME}: {what}")
        with bench.running({"ours": bench.ours, "sample": bench.sample}, _FUNCTION, cores=bench.cores.one) as sides:
            found = bench.alternate(
                sides,
                invoking(event),
                _TIMES,
                unmeasured=2,
            )
            peaks = {name: Figure.of([process.peak_mb]) for name, process in sides.items()}
        yield Row(NAME, f"{_FUNCTION}, {what}", "ms", found["ours"], found["sample"], at_most=at_most)
        yield Row(NAME, f"{_FUNCTION}, {what}, peak memory", "MB", peaks["ours"], peaks["sample"])
