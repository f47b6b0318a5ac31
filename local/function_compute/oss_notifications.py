"""OSS events on their way to the functions whose triggers take them.

Each is on disk, as an asynchronous invocation, before `receive` returns: OSS repeats what was not acknowledged.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import uuid
from typing import TYPE_CHECKING, Any

from local.function_compute.acceptance import EVENT_BYTES, Event

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.function_compute.async_invocations import AsyncInvocations
    from local.function_compute.event_triggers import OssTrigger
    from local.function_compute.function_spec import FunctionSpec

_JOIN_SECONDS = 0.05
_OPENING, _BETWEEN, _CLOSING = b'{"events":[', b",", b"]}"


class MalformedNotification(Exception):
    """What is wrong with a document that should hold OSS events."""


class OssNotifications:
    """`batch` is how many records of one trigger, of those that come within 50 ms, share one event. Whether OSS ever
    joins records is UNCONFIRMED: every published sample has one, in a list."""

    def __init__(self, functions: Mapping[str, FunctionSpec], asynchronous: AsyncInvocations, batch: int = 1) -> None:
        self._subscriptions = [
            _Subscription(spec.name, trigger, asynchronous, batch)
            for spec in functions.values()
            for trigger in spec.oss_triggers
        ]

    async def receive(self, document: bytes) -> None:
        """Raises MalformedNotification, and InvocationRefused for an event too large to be accepted."""
        described = [(record, *_described(record)) for record in _records(document)]
        await asyncio.gather(
            *(
                subscription.accept(record)
                for record, event_name, bucket, key in described
                for subscription in self._subscriptions
                if subscription.trigger.takes(event_name, bucket, key)
            )
        )


class _Subscription:
    """One trigger of one function."""

    def __init__(self, function: str, trigger: OssTrigger, asynchronous: AsyncInvocations, batch: int) -> None:
        self.trigger = trigger
        self._function = function
        self._rule_id = uuid.uuid5(uuid.NAMESPACE_URL, f"{function}/{trigger.name}").hex
        self._asynchronous = asynchronous
        self._most = batch
        self._open: _Batch | None = None

    async def accept(self, record: Mapping[str, Any]) -> None:
        """Returns when an event with the record in it is on disk."""
        ruled = {**record, "oss": {**record["oss"], "ruleId": self._rule_id}}
        encoded = json.dumps(ruled, ensure_ascii=False).encode()
        if self._open is not None and not self._open.has_room_for(encoded):
            self._close(self._open)
        if self._open is None:
            self._open = _Batch()
            self._open.accepting = asyncio.create_task(self._accept(self._open))
        batch = self._open
        batch.records.append(encoded)
        if len(batch.records) == self._most:
            self._close(batch)
        if batch.accepting is not None:
            await asyncio.shield(batch.accepting)

    async def _accept(self, batch: _Batch) -> None:
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(batch.closed.wait(), _JOIN_SECONDS)
        self._close(batch)
        self._asynchronous.accept(Event(self._function, batch.event))

    def _close(self, batch: _Batch) -> None:
        batch.closed.set()
        if self._open is batch:
            self._open = None


class _Batch:
    """Records that will share an event, and the task that accepts it."""

    def __init__(self) -> None:
        self.records: list[bytes] = []
        self.closed = asyncio.Event()
        self.accepting: asyncio.Task[None] | None = None

    @property
    def event(self) -> bytes:
        return _OPENING + _BETWEEN.join(self.records) + _CLOSING

    def has_room_for(self, record: bytes) -> bool:
        return len(self.event) + len(_BETWEEN) + len(record) <= EVENT_BYTES


def _records(document: bytes) -> list[dict[str, Any]]:
    try:
        records = json.loads(document)["events"]
    except (ValueError, KeyError, TypeError) as error:
        raise MalformedNotification("the body must be a JSON object with a list `events`") from error
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise MalformedNotification("events must be a list of objects")
    return records


def _described(record: Mapping[str, Any]) -> tuple[str, str, str]:
    """Name of the event, bucket and key."""
    try:
        described = (record["eventName"], record["oss"]["bucket"]["name"], record["oss"]["object"]["key"])
    except (KeyError, TypeError) as error:
        raise MalformedNotification("an event has an eventName, an oss.bucket.name and an oss.object.key") from error
    if not all(isinstance(text, str) for text in described):
        raise MalformedNotification("eventName, oss.bucket.name and oss.object.key are strings")
    return described
