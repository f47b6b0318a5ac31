"""What a plan is made of."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Protocol


class ProvisionError(Exception):
    """Why provisioning cannot start or go on, in one line."""


class Verdict(enum.Enum):
    """What is said of a resource: when it is done, and in a dry run."""

    CREATED = ("created", "would be created")
    CHANGED = ("changed", "would be changed")
    UNCHANGED = ("unchanged", "unchanged")
    DIFFERS = ("differs, not changed", "differs, not changed")

    def word(self, *, dry: bool) -> str:
        return self.value[dry]


@dataclass(frozen=True, slots=True)
class Step:
    """One resource. `change` is what its service has to do, None where that is nothing."""

    resource: str
    verdict: Verdict
    detail: str = ""
    change: object = None

    def __post_init__(self) -> None:
        if (self.change is not None) != (self.verdict in (Verdict.CREATED, Verdict.CHANGED)):
            raise ValueError(f"{self.verdict.name} with the change {self.change!r}")

    def line(self, *, dry: bool, width: int = 0) -> str:
        word = self.verdict.word(dry=dry)
        return f"{self.resource:<{width}}  {word}{f': {self.detail}' if self.detail else ''}"


class Part(Protocol):
    """One service. Both methods raise ProvisionError."""

    def plan(self, *, may_shorten: bool) -> list[Step]:
        """Looks at what is there; changes nothing. `may_shorten`: retention may become shorter than it is, which
        deletes what is older."""

    def apply(self, change: object) -> None:
        """Does what a step of its own plan says."""


def changed_or_differs(resource: str, changes: list[str], obstacles: list[str], change: object) -> Step:
    """Of an existing resource: all of `changes` by one `change`, unless something stands in the way."""
    if obstacles:
        return Step(resource, Verdict.DIFFERS, "; ".join(obstacles))
    if changes:
        return Step(resource, Verdict.CHANGED, "; ".join(changes), change)
    return Step(resource, Verdict.UNCHANGED)
