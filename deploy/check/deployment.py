"""What the rules look at: the functions as they will be deployed, the file as it is written, and what belongs to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.check.model import Function, HttpTrigger, MnsTopicTrigger, OssTrigger

Problems = Iterator[tuple[str, str]]
"""Pairs of where (a path of keys) and what is wrong there."""


@dataclass(frozen=True, slots=True)
class Route:
    """A line of deploy/routes.yaml."""

    method: str
    path: str
    function: str


@dataclass(frozen=True, slots=True)
class Placed:
    """A function under the name of its resource, which a rule demands to be its own."""

    name: str
    props: Function

    def at(self, path: str) -> str:
        return f"resources.{self.name}.props.{path}"

    @property
    def http(self) -> list[tuple[str, HttpTrigger]]:
        return [(at, one) for at, one in self._triggers() if isinstance(one, HttpTrigger)]

    @property
    def oss(self) -> list[tuple[str, OssTrigger]]:
        return [(at, one) for at, one in self._triggers() if isinstance(one, OssTrigger)]

    @property
    def mns(self) -> list[tuple[str, MnsTopicTrigger]]:
        return [(at, one) for at, one in self._triggers() if isinstance(one, MnsTopicTrigger)]

    @property
    def event_triggers(self) -> list[tuple[str, OssTrigger | MnsTopicTrigger]]:
        return [*self.oss, *self.mns]

    def _triggers(self) -> Iterator[tuple[str, object]]:
        for number, trigger in enumerate(self.props.triggers):
            yield self.at(f"triggers[{number}]"), trigger


@dataclass(frozen=True, slots=True)
class Deployment:
    """`functions` are those whose keys and types are right, `names` are those of all, `written` is the file before its
    variables were replaced, `folder` has functions/ in it."""

    functions: tuple[Placed, ...]
    names: frozenset[str]
    routes: tuple[Route, ...]
    written: Mapping[str, Any]
    folder: Path

    @property
    def failure_destinations(self) -> frozenset[str]:
        """The names of the functions that failures are handed to."""
        return frozenset(
            arn.rpartition("/")[2] for placed in self.functions if (arn := destination(placed.props)) is not None
        )


def destination(function: Function) -> str | None:
    """The ARN that the function's failures are handed to."""
    config = function.asyncInvokeConfig.destinationConfig
    return None if config is None else config.onFailure.destination
