"""What every measurement works with."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from benchmarks.deployments import Deployment
from benchmarks.events import Bucket, NextEvent
from benchmarks.figures import Figure
from benchmarks.function_process import FunctionProcess, Host
from benchmarks.machine import Cores
from benchmarks.photographs import Photograph, file_of
from benchmarks.services import Services

Side = TypeVar("Side")
Timing = tuple[float, float]
"""Wall and processor time, milliseconds."""


class PartFailed(Exception):
    """Names the error that a probe's work ended with, where none was expected."""


@dataclass(frozen=True)
class Bench:
    """`uncompiled` is the sample without bytecode; None where the packages are the interpreter's own and nothing was
    built. `trusting` goes first on PYTHONPATH where TLS is spoken. `repeats` overrides every measurement's own number.
    """

    host: Host
    cores: Cores
    services: Services
    ours: Deployment
    sample: Deployment
    uncompiled: Deployment | None
    trusting: Path
    bucket: Bucket
    pictures: Path
    repeats: int | None
    quick: bool
    say: Callable[[str], None]

    def picture(self, photograph: Photograph) -> bytes:
        return self.file(photograph).read_bytes()

    def file(self, photograph: Photograph) -> Path:
        return file_of(photograph, self.pictures)

    def times(self, usual: int) -> int:
        return self.repeats or usual

    def alternate(
        self, sides: Mapping[str, Side], measure: Callable[[Side], Timing], usual: int, *, unmeasured: int = 1
    ) -> dict[str, Figure]:
        """Every side `usual` times unless `repeats` says otherwise, turn about, A B A B, after `unmeasured` rounds that
        only warm what is to be warm.
        """
        unmeasured = 0 if self.quick else unmeasured
        taken: dict[str, list[Timing]] = {name: [] for name in sides}
        for turn in range(unmeasured + self.times(usual)):
            for name, side in sides.items():
                timing = measure(side)
                if turn >= unmeasured:
                    taken[name].append(timing)
        return {
            name: Figure.of([wall for wall, _ in timings], [cpu for _, cpu in timings])
            for name, timings in taken.items()
        }

    @contextmanager
    def running(
        self, deployments: Mapping[str, Deployment], function: str, *, cores: frozenset[int] | None
    ) -> Iterator[dict[str, FunctionProcess]]:
        """A loaded instance of the function on each side; while one works, the others wait."""
        with ExitStack() as stack:
            processes = {
                name: stack.enter_context(
                    self.host.process(deployment.functions[function], deployment.surroundings, cores)
                )
                for name, deployment in deployments.items()
            }
            for process in processes.values():
                process.load()
            yield processes


def invoking(event: NextEvent) -> Callable[[FunctionProcess], Timing]:
    """Measures an invocation as the caller of the instance sees it."""

    def measure(process: FunctionProcess) -> Timing:
        following = event()
        answer = process.invoke(following)
        return answer.wall_ms, answer.cpu_ms

    return measure


def probing(**order: Any) -> Callable[[FunctionProcess], Timing]:
    """Measures a part as the probe in the function's process sees it. Raises PartFailed."""

    def measure(process: FunctionProcess) -> Timing:
        measured = probe(process, **order)
        if "failed" in measured:
            raise PartFailed(f"a probe's work failed: {measured['failed']}")
        return measured["wall_ms"], measured["cpu_ms"]

    return measure


def probe(process: FunctionProcess, **order: Any) -> dict[str, Any]:
    """What a probe measured (`benchmarks.probes`)."""
    measured: dict[str, Any] = process.invoke(json.dumps(order).encode()).json()
    return measured
