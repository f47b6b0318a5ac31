"""The one way that every provisioning takes: look at everything, plan, then change what may be changed.

Everything is looked at before anything is changed, so that a wrong key or name is told of while nothing has happened.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploy.provision import deployment
from deploy.provision.mns_part import MnsPart
from deploy.provision.oss_part import OssPart
from deploy.provision.steps import Part, ProvisionError, Verdict
from deploy.provision.tablestore_part import TablestorePart
from facegate import log

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from deploy.provision.deployment import Deployment


@dataclass(frozen=True, slots=True)
class Mode:
    """`dry_run` changes nothing; `may_shorten` lets retention become shorter, which deletes what is older."""

    dry_run: bool = False
    may_shorten: bool = False


def parts(wanted: Deployment) -> list[Part]:
    found: list[Part] = [TablestorePart(wanted)]
    if wanted.bucket is not None:
        found.append(OssPart(wanted, wanted.bucket))
    return [*found, MnsPart(wanted)]


def provision(wanted: Deployment, mode: Mode, say: Callable[[str], None]) -> Counter[Verdict]:
    """How many resources got each verdict; a line of each is said when it is true. Raises ProvisionError."""
    log.silence_sdks()
    planned = [(part, step) for part in parts(wanted) for step in part.plan(may_shorten=mode.may_shorten)]
    width = max(len(step.resource) for _, step in planned)
    for part, step in planned:
        if step.change is not None and not mode.dry_run:
            part.apply(step.change)
        say(step.line(dry=mode.dry_run, width=width))
    return Counter(step.verdict for _, step in planned)


def provision_local_cloud(endpoints: Mapping[str, object]) -> None:
    """Makes what a local cloud needs, from its own GET /_local/endpoints. Raises ProvisionError, also where something
    of its kept state differs from what is wanted now."""
    differing: list[str] = []

    def note(line: str) -> None:
        if Verdict.DIFFERS.word(dry=False) in line:
            differing.append(" ".join(line.split()))

    wanted = deployment.read(deployment.of_local_cloud(endpoints), without_bucket=endpoints.get("oss") is None)
    provision(wanted, Mode(), note)
    if differing:
        raise ProvisionError("; ".join(differing))


def summary(verdicts: Counter[Verdict], *, dry: bool) -> str:
    return ", ".join(f"{count} {verdict.word(dry=dry)}" for verdict in Verdict if (count := verdicts[verdict]))
