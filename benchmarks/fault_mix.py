"""Faults that are ordered of the local ID Verification while it works, evenly over a run."""

from __future__ import annotations

import itertools
import random
from typing import Any

import httpx

from benchmarks.background import Background

MIX = (
    "throttle",
    "http-500",
    "http-503",
    "http-502-html",
    "empty-200",
    "garbage-200",
    "reset",
    "hang-before-execute",
    "hang-after-execute",
    "slow",
)
ACTION = "AddFaceRecord"
_POLL_SECONDS = 0.2
_SPREAD_OVER = 0.95


class FaultMix(Background):
    """While it is entered, `count` faults are ordered, each for whatever call comes next, evenly over the first 95 %
    of the `expected` enrolments. The rest is left out so that the end of a run tells of the queue, not of one time-out.

    Every fault of MIX comes equally often, in an order by chance.
    """

    def __init__(self, url: str, count: int, expected: int, chance: random.Random) -> None:
        super().__init__("fault-mix")
        kinds = list(itertools.islice(itertools.cycle(MIX), count))
        chance.shuffle(kinds)
        self.ordered: list[str] = []
        self._left = [(_SPREAD_OVER * expected * index / count, kind) for index, kind in enumerate(kinds)]
        self._url = url

    @property
    def unordered(self) -> int:
        """How many have not been ordered."""
        return len(self._left)

    def work(self) -> None:
        with httpx.Client(base_url=self._url, timeout=60, trust_env=False) as client:
            while self._left and not self.stopping.wait(_POLL_SECONDS):
                executed = client.get("/_local/calls").raise_for_status().json()[ACTION]["executed"]
                while self._left and self._left[0][0] <= executed:
                    self._order(client, self._left[0][1])
                    del self._left[0]

    def _order(self, client: httpx.Client, kind: str) -> None:
        order: dict[str, Any] = {"action": "*", "fault": kind, "times": 1}
        client.post("/_local/faults", json=order).raise_for_status()
        self.ordered.append(kind)
