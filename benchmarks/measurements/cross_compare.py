"""Three phone photographs in one request, on one core and on two."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks import photographs
from benchmarks.bench import Bench, invoking
from benchmarks.events import recorded
from benchmarks.figures import Row

NAME = "cross-compare"
_TIMES = 7
_FUNCTION = "face-cross-compare"
_PHOTOGRAPHS = (photographs.PHONE_12MP, photographs.PHONE_12MP_OTHER, photographs.PHONE_12MP_THIRD)


def rows(bench: Bench) -> Iterator[Row]:
    event = recorded("face-cross-compare.http", [bench.picture(photograph) for photograph in _PHOTOGRAPHS])
    for label, cores in (("one core", bench.cores.one), ("two cores", bench.cores.two)):
        what = f"{_FUNCTION}, three phone photographs, {label}"
        bench.say(f"{NAME}: {what}")
        with bench.running({"ours": bench.ours, "sample": bench.sample}, _FUNCTION, cores=cores) as sides:
            found = bench.alternate(
                sides,
                invoking(event),
                _TIMES,
            )
        yield Row(NAME, what, "ms", found["ours"], found["sample"])
