"""`Prefer: respond-async`: the request is accepted, handed over to the same function, and answered by id later.

What is handed over is the HTTP event itself with the id that was given to it. A picture never travels in an
asynchronous payload, and a payload has a limit: then the event travels as an object under PREFIX, which is deleted
when the work ends (and by the bucket's lifecycle rule, should that fail).
"""

from __future__ import annotations

import json
from typing import Any

from msgspec import Struct

from facegate.commands import Command
from facegate.errors import RequestError
from facegate.invocation import MAX_RETURNABLE_BYTES, Invoker
from facegate.objects import Objects
from facegate.pictures_given import PictureBytes

PREFIX = "deferred/"
MARK = "facegateDeferred"
_PAYLOAD_START = f'{{"{MARK}"'.encode()
"""No HTTP event begins so: a caller's path or header cannot be taken for handed-over work."""
MAX_EVENT_BYTES = 48 * 1024 * 1024
"""32 MB of body in Base64, and the event around it."""


class Handed(Struct, frozen=True):
    """Work that came back: the HTTP event or the key of the object that it is in, and the id it was promised under."""

    event: bytes | None
    biz_id: str
    key: str | None


class Deferral(Struct, frozen=True):
    """Hands requests over, and takes them again."""

    invoker: Invoker
    objects: Objects
    function: str

    def hand_over(self, event: bytes, command: Command, turn: int) -> None:
        """Raises HandOverFailed, ObjectError. A second hand-over in the same turn is no error and does nothing."""
        work = _work(command)
        told = {"biz_id": command.biz_id, "user": command.user}
        payload = _payload({**told, "event": event.decode("utf-8")})
        has_picture = any(isinstance(picture, PictureBytes) for picture in command.pictures.values())
        if has_picture or len(payload) > MAX_RETURNABLE_BYTES:
            key = PREFIX + work
            self.objects.put(key, event)
            payload = _payload({**told, "key": key})
        self.invoker.hand_over(self.function, payload, f"{work}-{turn}")

    def taken(self, event: bytes) -> Handed:
        """The work in an event that is handed over. Raises RequestError."""
        try:
            told: dict[str, Any] = json.loads(event)[MARK]
            biz_id, key, inner = str(told["biz_id"]), told.get("key"), told.get("event")
        except (ValueError, KeyError, TypeError, RecursionError):
            raise RequestError("the handed-over work cannot be read") from None
        if key is None:
            return Handed(str(inner).encode(), biz_id, None)
        if not str(key).startswith(PREFIX):
            raise RequestError("handed-over work is kept elsewhere")
        return Handed(None, biz_id, str(key))

    def event_of(self, handed: Handed) -> bytes:
        """The HTTP event. Raises ObjectError: ObjectMissing when the work has ended."""
        if handed.event is not None:
            return handed.event
        return self.objects.get(str(handed.key), MAX_EVENT_BYTES).data

    def done(self, handed: Handed) -> None:
        """The work has ended: what it travelled in is deleted. Raises ObjectError."""
        if handed.key is not None:
            self.objects.delete(handed.key)

    def withdraw(self, command: Command) -> None:
        """The work had ended before this hand-over: nobody else deletes what it put. Raises ObjectError."""
        self.objects.delete(PREFIX + _work(command))


def is_handed_over(event: bytes) -> bool:
    return event.startswith(_PAYLOAD_START)


def user(payload: str) -> str | None:
    """The keyed hash of the user that handed-over work is about, if it is such work and names one."""
    try:
        named = json.loads(payload)[MARK]["user"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return named if isinstance(named, str) else None


def object_key(payload: str) -> str | None:
    """The object that handed-over work travels in, if it is such work and does."""
    try:
        key = json.loads(payload)[MARK]["key"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return key if isinstance(key, str) and key.startswith(PREFIX) else None


def _work(command: Command) -> str:
    """One request with one input, by a name that is fit for a task id."""
    return f"r{command.biz_id}-{command.fingerprint[:16]}"


def _payload(told: dict[str, str | None]) -> bytes:
    return json.dumps({MARK: told}, ensure_ascii=False).encode()
