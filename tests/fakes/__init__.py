"""The fakes of the layer: one per outside service, and a clock. None of them touches a disk, a socket or the time."""

from __future__ import annotations

from tests.fakes.clock import Clock
from tests.fakes.invoker import FakeInvoker
from tests.fakes.objects import MemoryObjects
from tests.fakes.store import MemoryStore
from tests.fakes.transport import FakeTransport, Sent, answer
from tests.fakes.verification import Asked, FakeVerification

__all__ = [
    "Asked",
    "Clock",
    "FakeInvoker",
    "FakeTransport",
    "FakeVerification",
    "MemoryObjects",
    "MemoryStore",
    "Sent",
    "answer",
]
