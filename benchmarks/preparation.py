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
from deploy.layer.built import runnable

FOLDER = ROOT / ".local" / "bench"


@dataclass(frozen=True, slots=True)
class Plan:
    """`quick`: one repeat, the smaller pictures, and this interpreter with its own packages, so that nothing is built;
    it shows that everything runs, and its figures mean nothing.
    """

    repeats: int | None = None
    quick: bool = False


@dataclass(frozen=True, slots=True)
class Builds:
    """The folders of both sides, and the interpreter that runs them; `uncompiled` is None where nothing was built;
    `versions` of the packages; `layer_is` says what the layer is.
    """

    python: str
    layer: Path
    layer_is: str
    sample: Path
    uncompiled: Path | None
    versions: dict[str, str]


@contextmanager
def prepared(plan: Plan, say: Callable[[str], None]) -> Iterator[tuple[Bench, dict[str, str]]]:
    """A bench, and what the table's header tells.

    Raises LayerError, BuildFailed, ServiceDidNotStart.
    """
    built = _installed() if plan.quick else _built(say)
    header = {**machine.description(built.python, built.versions), **_circumstances(plan, built)}
    cores = machine.Cores.of_this_machine()
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="facegate-bench-")))
        certificate, trusting = authority.issue(scratch / "authority")
        running = stack.enter_context(services(scratch, certificate, cores.rest))
        ours = deployments.ours(built.layer, running)
        uncompiled = deployments.sample(built.uncompiled, running, ours) if built.uncompiled else None
        bench = Bench(
            host=Host(built.python, isolated=not plan.quick, account=running.account, scratch=scratch),
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


def _built(say: Callable[[str], None]) -> Builds:
    layer = runnable(ROOT, say)
    python = layer.python[0]
    say("the sample's packages (the first time, a minute or two)")
    builds = FOLDER / "packages"
    compiled = packages.sample(python, builds, compiled=True)
    return Builds(
        python=python,
        layer=layer.folder,
        layer_is=f"as built by make layer, for {layer.target}",
        sample=compiled,
        uncompiled=packages.sample(python, builds, compiled=False),
        versions=packages.versions(compiled),
    )


def _installed() -> Builds:
    return Builds(
        python=sys.executable,
        layer=packages.SHARED,
        layer_is="not built: shared/ and this interpreter's packages",
        sample=packages.SAMPLE.parent,
        uncompiled=None,
        versions=packages.versions(None),
    )


def _circumstances(plan: Plan, built: Builds) -> dict[str, str]:
    told = {
        "layer": built.layer_is,
        "services": "local Tablestore and OSS without artificial latency; a stand-in for ID Verification that answers"
        " at once and checks nothing, so that no face engine is measured",
    }
    if plan.quick:
        told["quick"] = "one repeat, nothing compiled: these figures mean nothing"
    return told
