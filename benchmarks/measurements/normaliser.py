"""The normaliser alone, beside the sample's and beside what the decoder itself takes; each in a fresh process, whose
first picture tells the memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.bench import Bench, probe
from benchmarks.figures import Figure, Row
from benchmarks.photographs import OF_THE_NORMALISER, Photograph

NAME = "normaliser"
_TIMES = 5
_FUNCTION = "face-compare"
_LIMIT, _REFUSED = "limit", "refused"
_SCALED, _WHOLE = "scaled decode + encode", "decode + encode"
_AT_MOST_OF_LIMIT = 1.3
_MEMORY_MEGAPIXELS, _AT_MOST_OF_MEMORY = 48, 0.1


def rows(bench: Bench) -> Iterator[Row]:
    for photograph in OF_THE_NORMALISER:
        if not (bench.quick and photograph.megapixels > 2):
            yield from _of(bench, photograph)


def _of(bench: Bench, photograph: Photograph) -> Iterator[Row]:
    kind = "PNG" if photograph.format == "PNG" else f"{'progressive' if photograph.progressive else 'baseline'} JPEG"
    what = f"{kind}, {photograph.megapixels:.0f} megapixels"
    bench.say(f"{NAME}: {what}")
    probes = {
        "ours": bench.ours.probing("ours.normaliser"),
        "sample": bench.sample.probing("sample.normaliser"),
        _LIMIT: bench.ours.probing("limit.normaliser"),
    }
    path = str(bench.file(photograph))
    taken: dict[str, list[dict[str, Any]]] = {name: [] for name in probes}
    with bench.running(probes, _FUNCTION, cores=bench.cores.one) as processes:
        for _ in range(1 + bench.times(_TIMES)):
            for name, process in processes.items():
                taken[name].append(probe(process, path=path))
    times = {name: _time(measured[1:]) for name, measured in taken.items()}
    against = _SCALED if photograph.format == "JPEG" else _WHOLE
    of_limit = _AT_MOST_OF_LIMIT if against == _SCALED and not times["ours"].note else None
    yield Row(NAME, what, "ms", times["ours"], times["sample"])
    yield Row(NAME, what, "ms", times["ours"], times[_LIMIT], against, at_most=of_limit)
    growth = {name: _growth(measured[0]) for name, measured in taken.items()}
    is_largest = round(photograph.megapixels) == _MEMORY_MEGAPIXELS and not times["ours"].note
    at_most = _AT_MOST_OF_MEMORY if is_largest else None
    yield Row(NAME, f"{what}, memory growth", "MB", growth["ours"], growth["sample"], at_most=at_most)


def _growth(first: Mapping[str, Any]) -> Figure:
    return Figure(note=_REFUSED) if "failed" in first else Figure.of([first["growth_mb"]])


def _time(measured: Sequence[Mapping[str, Any]]) -> Figure:
    if any("failed" in one for one in measured):
        return Figure(note=_REFUSED)
    return Figure.of([one["wall_ms"] for one in measured], [one["cpu_ms"] for one in measured])
