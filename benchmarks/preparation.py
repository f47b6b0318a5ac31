"""From options to a bench that is ready: packages built, services running, both sides deployed."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import authority, deployments, machine, packages
from benchmarks.bench import Bench
from benchmarks.cloud import ROOT
from benchmarks.events import Bucket
from benchmarks.function_process import Host
from benchmarks.services import services

FOLDER = ROOT / ".local" / "bench"


@dataclass(frozen=True, slots=True)
class Plan:
    """`quick`: one repeat, the smaller pictures, and this interpreter with its own packages, so that nothing is built;
    it shows that everything runs, and its figures mean nothing.
    """

    python: str | None = None
    repeats: int | None = None
    quick: bool = False


@dataclass(frozen=True, slots=True)
class Builds:
    """The folders of both sides; `uncompiled` is None where nothing was built; `versions` of the layer's packages."""

    layer: Path
    sample: Path
    uncompiled: Path | None
    versions: dict[str, str]


@contextmanager
def prepared(plan: Plan, say: Callable[[str], None]) -> Iterator[tuple[Bench, dict[str, str]]]:
    """A bench, and what the table's header tells.

    Raises NoInterpreter, BuildFailed, ServiceDidNotStart.
    """
    python = sys.executable if plan.quick else machine.interpreter(plan.python)
    built = _installed() if plan.quick else _built(python, say)
    header = {**machine.description(python, built.versions), **_circumstances(plan, built)}
    cores = machine.Cores.of_this_machine()
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="facegate-bench-")))
        certificate, trusting = authority.issue(scratch / "authority")
        running = stack.enter_context(services(scratch, certificate, cores.rest))
        ours = deployments.ours(built.layer, running)
        uncompiled = deployments.sample(built.uncompiled, running, ours) if built.uncompiled else None
        bench = Bench(
            host=Host(python, isolated=not plan.quick, account=running.account, scratch=scratch),
            cores=cores,
            services=running,
            ours=ours,
            sample=deployments.sample(built.sample, running, ours),
            uncompiled=uncompiled,
            trusting=trusting,
            bucket=Bucket.of(running),
            pictures=FOLDER / "pictures",
            repeats=1 if plan.quick and plan.repeats is None else plan.repeats,
            quick=plan.quick,
            say=say,
        )
        yield bench, header


def _built(python: str, say: Callable[[str], None]) -> Builds:
    say("packages (the first time, a minute or two)")
    builds = FOLDER / "packages"
    layer = packages.layer(python, builds)
    return Builds(
        layer=layer,
        sample=packages.sample(python, builds, compiled=True),
        uncompiled=packages.sample(python, builds, compiled=False),
        versions=packages.versions(layer),
    )


def _installed() -> Builds:
    return Builds(packages.SHARED, packages.SAMPLE.parent, None, packages.versions(None))


def _circumstances(plan: Plan, built: Builds) -> dict[str, str]:
    layer = "the built layer (make layer)" if built.layer == packages.LAYER else "a stand-in built by the benchmark"
    told = {
        "layer": "not built: shared/ and this interpreter's packages" if plan.quick else layer,
        "services": "local Tablestore and OSS without artificial latency; a stand-in for ID Verification that answers"
        " at once and checks nothing, so that no face engine is measured",
    }
    if plan.quick:
        told["quick"] = "one repeat, nothing compiled: these figures mean nothing"
    return told
