"""What is accepted as an asynchronous invocation, and what is refused; and which are to be delivered twice."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from local.function_compute.async_queue import Entry
from local.function_compute.invocation import (
    InvocationRefused,
    entity_too_large,
    new_request_id,
    unknown_function,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from local.function_compute.function_spec import FunctionSpec

EVENT_BYTES = 128 * 1024
LONGEST_DELAY_SECONDS = 3600
TASK_ID_BYTES = 128

_TASK_ID = re.compile(rf"[A-Za-z_][A-Za-z0-9_-]{{0,{TASK_ID_BYTES - 1}}}")
_SHARE_AT_THE_SAME_MOMENT = 1 / 3
_REDELIVERED_WITHIN_SECONDS = 5.0


@dataclass(frozen=True)
class Pace:
    """`time_scale` multiplies every wait, delay and age. `redeliver` is the share of events that are delivered a
    second time, in the same moment or up to 5 s (scaled) later. `shuffle` gives turns out of order. Chance follows
    `seed`, None: it is new each time."""

    time_scale: float = 1.0
    redeliver: float = 0.0
    shuffle: bool = False
    seed: int | None = None


@dataclass(frozen=True)
class Event:
    """What a function is to be invoked with, asynchronously. A second event of the function with the same `task_id`
    is refused for as long as the data folder lives (scope and time are UNCONFIRMED)."""

    function: str
    payload: bytes
    request_id: str | None = None
    task_id: str | None = None
    delay_seconds: int = 0


class Acceptance:
    """Turns events into entries of the queue."""

    def __init__(self, specs: Mapping[str, FunctionSpec], pace: Pace) -> None:
        self._specs = specs
        self._pace = pace
        self._random = random.Random(pace.seed)  # noqa: S311 - chance for tests

    def entries(self, events: Sequence[Event], now: float) -> list[Entry]:
        """One for each event, in order, and then those to deliver a second time. Raises InvocationRefused."""
        accepted = [self._entry(event, now) for event in events]
        again = [self._redelivery(entry) for entry in accepted if self._random.random() < self._pace.redeliver]
        return [*accepted, *again]

    def _entry(self, event: Event, now: float) -> Entry:
        spec = self._specs.get(event.function)
        if spec is None:
            raise unknown_function(event.function)
        if len(event.payload) > EVENT_BYTES:
            raise entity_too_large(EVENT_BYTES)
        if event.task_id is not None:
            _check_task_id(spec, event.task_id)
        if not 0 <= event.delay_seconds <= LONGEST_DELAY_SECONDS:
            raise InvocationRefused(400, "InvalidArgument", f"a delay is at most {LONGEST_DELAY_SECONDS} seconds")
        due = now + event.delay_seconds * self._pace.time_scale
        return Entry(
            request_id=event.request_id or new_request_id(now),
            function=event.function,
            event=event.payload,
            accepted=now,
            due=due,
            expires=due + spec.async_config.age_seconds * self._pace.time_scale,
            task_id=event.task_id,
        )

    def _redelivery(self, entry: Entry) -> Entry:
        at_once = self._random.random() < _SHARE_AT_THE_SAME_MOMENT
        later = 0.0 if at_once else self._random.uniform(0, _REDELIVERED_WITHIN_SECONDS) * self._pace.time_scale
        return replace(entry, due=entry.due + later, expires=entry.expires + later, redelivery=True)


def _check_task_id(spec: FunctionSpec, task_id: str) -> None:
    if not spec.async_config.task:
        message = f"a task id needs asyncInvokeConfig.asyncTask of function '{spec.name}' to be true"
        raise InvocationRefused(400, "InvalidArgument", message)
    if not _TASK_ID.fullmatch(task_id):
        message = f"a task id is a letter or _, then letters, digits, - and _, at most {TASK_ID_BYTES}"
        raise InvocationRefused(400, "InvalidArgument", message)
