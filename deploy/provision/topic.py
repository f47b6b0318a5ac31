"""The MNS topic of the sign-ups: it has to exist. Its attributes are its publishers' business and are left alone."""

from __future__ import annotations

from dataclasses import dataclass

from deploy.provision.steps import Step, Verdict


@dataclass(frozen=True, slots=True)
class CreateTopic:
    name: str


def plan(name: str, *, exists: bool) -> Step:
    resource = f"topic {name}"
    return Step(resource, Verdict.UNCHANGED) if exists else Step(resource, Verdict.CREATED, "", CreateTopic(name))
