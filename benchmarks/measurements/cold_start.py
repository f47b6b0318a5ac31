"""From the start of the process to the first answer, with conforming pictures; and what was loaded for it."""

from __future__ import annotations

import time
from collections.abc import Iterator

from benchmarks import photographs
from benchmarks.bench import Bench, Timing
from benchmarks.deployments import Deployment
from benchmarks.events import NextEvent, recorded
from benchmarks.figures import Figure, Row

NAME = "cold-start"
_TIMES = 9
_COMPILED, _UNCOMPILED = "sample, compiled", "sample, no bytecode"
_AT_MOST = {_COMPILED: 0.5, _UNCOMPILED: 0.2}


def rows(bench: Bench) -> Iterator[Row]:
    pair = [bench.picture(photographs.CONFORMING_100KB), bench.picture(photographs.CONFORMING_100KB_OTHER)]
    events = {
        "face-compare": recorded("face-compare.http", pair),
        "enroll-on-upload": bench.bucket.uploads(pair[0]),
    }
    for function, event in events.items():
        yield from _of_function(bench, function, event)


def _of_function(bench: Bench, function: str, event: NextEvent) -> Iterator[Row]:
    sides = {"ours": bench.ours, _COMPILED: bench.sample}
    if bench.uncompiled is not None:
        sides[_UNCOMPILED] = bench.uncompiled
    bench.say(f"{NAME}: {function}")
    peaks: dict[str, list[float]] = {name: [] for name in sides}

    def measure(name: str) -> Timing:
        spec, surroundings = sides[name].functions[function], sides[name].surroundings
        following = event()
        with bench.host.process(spec, surroundings, bench.cores.one) as process:
            process.load()
            process.invoke(following)
            taken = (time.perf_counter() - process.started_at) * 1000
            peaks[name].append(process.peak_mb)
            return taken, process.cpu_ms

    found = bench.alternate({name: name for name in sides}, measure, _TIMES)
    for name in [name for name in sides if name != "ours"]:
        yield Row(
            NAME, f"{function}, to the first answer", "ms", found["ours"], found[name], name, at_most=_AT_MOST[name]
        )
    yield Row(
        NAME,
        f"{function}, modules imported",
        "modules",
        _modules(bench, bench.ours, function, event),
        _modules(bench, bench.sample, function, event),
    )
    memory = {name: Figure.of(values) for name, values in peaks.items()}
    yield Row(NAME, f"{function}, peak memory", "MB", memory["ours"], memory[_COMPILED])


def _modules(bench: Bench, deployment: Deployment, function: str, event: NextEvent) -> Figure:
    counting = deployment.probing("imported.count", function)
    spec, surroundings = counting.functions[function], counting.surroundings
    with bench.host.process(spec, surroundings, bench.cores.one) as process:
        process.load()
        return Figure.of([process.invoke(event()).json()["modules"]])
