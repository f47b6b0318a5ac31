"""Asynchronous invocation: accepts events, runs each at least once when its turn comes, and tells destinations.

A function's invocations start when they are due and one of its places is free, which they share with synchronous ones.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import random
import time
from typing import TYPE_CHECKING

from local.function_compute.acceptance import Acceptance, Event
from local.function_compute.async_queue import DuplicateTask, End, Entry, Response
from local.function_compute.invocation import InvocationRefused
from local.function_compute.outcomes import (
    RESPONSE_BYTES,
    Again,
    Ended,
    after_attempt,
    aged_out,
    destination_event,
    never_ran,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from local.function_compute.acceptance import Pace
    from local.function_compute.async_queue import AsyncQueue, Invocation
    from local.function_compute.function_spec import FunctionSpec
    from local.function_compute.instances import FunctionCompute, Place

_SHUFFLED_AMONG = 32


class AsyncInvocations:
    """The queue's only user. Accepts at any time; runs what is accepted while `run` does."""

    def __init__(
        self,
        functions: FunctionCompute,
        specs: Mapping[str, FunctionSpec],
        queue: AsyncQueue,
        account_id: str,
        pace: Pace,
    ) -> None:
        self.queue = queue
        self._functions = functions
        self._specs = specs
        self._account_id = account_id
        self._pace = pace
        self._random = random.Random(pace.seed)  # noqa: S311 - chance for tests
        self._acceptance = Acceptance(specs, pace)
        self._woken = {name: asyncio.Event() for name in specs}
        self._deliveries: set[asyncio.Task[None]] = set()
        self._failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._quiet = asyncio.Event()
        queue.resume(time.time())
        self._unfinished = queue.unfinished(specs)
        self._count(0)

    def accept(self, *events: Event) -> list[str]:
        """Their request ids; they are on disk, all or none. Raises InvocationRefused."""
        now = time.time()
        entries = self._acceptance.entries(events, now)
        try:
            self.queue.add(entries)
        except DuplicateTask as error:
            code = "StatefulAsyncInvocationAlreadyExists"  # of FC 2.0; FC 3.0's word is UNCONFIRMED
            raise InvocationRefused(409, code, "an invocation with this task id exists") from error
        self._added(entries)
        return [entry.request_id for entry in entries[: len(events)]]

    async def run(self) -> None:
        """Until cancelled; what runs then is delivered again by the next process. Raises sqlite3.Error."""
        dispatchers = [asyncio.create_task(self._dispatch(name)) for name in self._specs]
        try:
            await asyncio.wait({*dispatchers, self._failure}, return_when=asyncio.FIRST_COMPLETED)
            for ended in (*dispatchers, self._failure):
                if ended.done():
                    ended.result()
        finally:
            under_way = [*dispatchers, *self._deliveries]
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    @property
    def is_quiet(self) -> bool:
        return self._quiet.is_set()

    async def until_quiet(self) -> None:
        """Waits until no invocation is pending or running."""
        await self._quiet.wait()

    def _added(self, entries: Sequence[Entry]) -> None:
        self._count(len(entries))
        for function in {entry.function for entry in entries}:
            self._woken[function].set()

    def _count(self, more: int) -> None:
        self._unfinished += more
        if self._unfinished:
            self._quiet.clear()
        else:
            self._quiet.set()

    async def _dispatch(self, function: str) -> None:
        """Hands out the places of one function, one by one. It never waits for more than one, so that synchronous
        invocations do not queue behind a burst."""
        while True:
            await self._until_due(function)
            place = await self._functions.place(function)
            with contextlib.ExitStack() as unless_delivered:
                unless_delivered.callback(place.release)
                if (invocation := self._start_next(function)) is not None:
                    unless_delivered.pop_all()
                    delivery = asyncio.create_task(self._deliver(invocation, place))
                    self._deliveries.add(delivery)
                    delivery.add_done_callback(functools.partial(self._delivered, place=place))

    async def _until_due(self, function: str) -> None:
        woken = self._woken[function]
        while True:
            woken.clear()
            due = self.queue.next_due(function)
            wait = None if due is None else due - time.time()
            if wait is not None and wait <= 0:
                return
            timer = None if wait is None else asyncio.get_running_loop().call_later(wait, woken.set)
            try:
                await woken.wait()
            finally:
                if timer is not None:
                    timer.cancel()

    def _start_next(self, function: str) -> Invocation | None:
        """The next to run; those that are too old end here."""
        while True:
            now = time.time()
            among = _SHUFFLED_AMONG if self._pace.shuffle else 1
            invocation = self.queue.next(function, now, self._random.choice, among)
            if invocation is None or now < invocation.expires:
                break
            ended = aged_out(invocation, self._specs[function].async_config)
            self._end(invocation, ended, invocation.last or never_ran(), invocation.attempts)
        if invocation is not None:
            self.queue.start(invocation.number)
        return invocation

    async def _deliver(self, invocation: Invocation, place: Place) -> None:
        try:
            result = await place.run(invocation.event, invocation.request_id)
        except InvocationRefused as refusal:
            response = Response(refusal.status, refusal.code, str(refusal).encode())
        else:
            response = Response(200, result.error_type, result.payload[:RESPONSE_BYTES])
        match after_attempt(invocation, response, self._specs[invocation.function].async_config):
            case Again(seconds, failures):
                due = min(time.time() + seconds * self._pace.time_scale, invocation.expires)
                self.queue.retry(invocation.number, due, failures, response)
                self._woken[invocation.function].set()
            case Ended() as ended:
                self._end(invocation, ended, response, invocation.attempts + 1)

    def _delivered(self, delivery: asyncio.Task[None], place: Place) -> None:
        place.release()
        self._deliveries.discard(delivery)
        if not delivery.cancelled() and (error := delivery.exception()) and not self._failure.done():
            self._failure.set_exception(error)

    def _end(self, invocation: Invocation, ended: Ended, response: Response, attempts: int) -> None:
        now = time.time()
        entries: list[Entry] = []
        untold = None
        if ended.destination is not None:
            region = self._specs[invocation.function].region
            arn = f"acs:fc:{region}:{self._account_id}:functions/{invocation.function}"
            payload = destination_event(invocation, ended, response, function_arn=arn, attempts=attempts, now=now)
            try:
                entries = self._acceptance.entries([Event(ended.destination, payload)], now)
            except InvocationRefused as refusal:  # documented: a destination takes no more than any invocation
                untold = refusal.code
        end = End(ended.outcome, ended.condition, response.error_type, ended.failures, untold, now)
        self.queue.finish(invocation.number, end, entries)
        self._added(entries)
        self._count(-1)
