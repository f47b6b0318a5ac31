"""Delivers the outbox: each event once it is committed, oldest first, again until the receiver answers 2xx.

At least once: an event that was received just before this process died is sent again. Several are under way at a
time, so they can overtake each other, as the service's can.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import logging
import sqlite3
import time
from typing import TYPE_CHECKING, NamedTuple

import httpx

if TYPE_CHECKING:
    from local.oss.catalogue import Catalogue

AT_A_TIME = 8
MOST_WAITING = 64
"""So many refused events are held for their next attempt; while there are more, no fresh ones are tried."""

ATTEMPT_SECONDS = 30
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 10.0

log = logging.getLogger("local.oss")


class _Attempt(NamedTuple):
    due: float
    number: int
    document: str
    failures: int


def pause(failures: int) -> float:
    """Seconds before the next attempt: doubled each time, up to ten."""
    return min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** min(failures - 1, 16))


class Delivery:
    """Sends the events of one catalogue to one URL."""

    def __init__(self, catalogue: Catalogue, url: str) -> None:
        self._catalogue = catalogue
        self._url = url
        self._woken = asyncio.Event()
        self._waiting: list[_Attempt] = []
        self._taken = 0
        self._under_way: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """Call after an event was committed."""
        self._woken.set()

    async def run(self) -> None:
        """Until cancelled."""
        limits = httpx.Limits(max_connections=AT_A_TIME)
        async with httpx.AsyncClient(timeout=ATTEMPT_SECONDS, trust_env=False, limits=limits) as client:
            try:
                while True:
                    self._woken.clear()
                    for attempt in self._next():
                        task = asyncio.create_task(self._deliver(client, attempt))
                        self._under_way.add(task)
                        task.add_done_callback(self._finished)
                    with contextlib.suppress(asyncio.TimeoutError):
                        await asyncio.wait_for(self._woken.wait(), self._seconds_to_next())
            finally:
                for task in self._under_way:
                    task.cancel()
                await asyncio.gather(*self._under_way, return_exceptions=True)

    def _next(self) -> list[_Attempt]:
        """What can be sent now: first what is due again, then what has not been tried."""
        attempts: list[_Attempt] = []
        free = AT_A_TIME - len(self._under_way)
        while self._waiting and len(attempts) < free and self._waiting[0].due <= time.monotonic():
            attempts.append(heapq.heappop(self._waiting))
        fresh = min(free - len(attempts), MOST_WAITING - len(self._waiting))
        if fresh > 0:
            for number, document in self._catalogue.events(self._taken, fresh):
                attempts.append(_Attempt(0.0, number, document, 0))
                self._taken = number
        return attempts

    def _seconds_to_next(self) -> float | None:
        if not self._waiting or len(self._under_way) == AT_A_TIME:
            return None
        return max(0.0, self._waiting[0].due - time.monotonic())

    async def _deliver(self, client: httpx.AsyncClient, attempt: _Attempt) -> None:
        try:
            body = attempt.document.encode()
            response = await client.post(self._url, content=body, headers={"content-type": "application/json"})
            response.raise_for_status()
            self._catalogue.delete_event(attempt.number)
        except (httpx.HTTPError, sqlite3.Error) as error:
            failures = attempt.failures + 1
            if failures == 1:
                log.warning("event %d is not taken yet: %s", attempt.number, type(error).__name__)
            due = time.monotonic() + pause(failures)
            heapq.heappush(self._waiting, attempt._replace(due=due, failures=failures))

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._woken.set()
