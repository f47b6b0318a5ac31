"""What happened to each action's requests, so that a test can prove that nothing was sent or billed twice."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass
class Counts:
    """`received`: correctly signed requests. `executed`: operations carried out, seen by the client or not.

    `billed`: executed calls of the five face operations (every answer with HTTP 200 is billed, a verdict of
    "no" included: documented for the duplication check's SubCodes, taken as the rule for the others). The
    administrative operations are not billed. `throttled`: answers with Throttling.Api, from the rate limit or
    from a fault.
    """

    received: int = 0
    executed: int = 0
    billed: int = 0
    throttled: int = 0


class CallCounts:
    def __init__(self, actions: Iterable[str]) -> None:
        self._counts = {action: Counts() for action in actions}

    def __getitem__(self, action: str) -> Counts:
        return self._counts[action]

    def reset(self) -> None:
        for action in self._counts:
            self._counts[action] = Counts()

    def as_json(self) -> dict[str, dict[str, int]]:
        return {action: asdict(counts) for action, counts in self._counts.items()}
