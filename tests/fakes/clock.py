"""Time that passes only when a test says so."""

from __future__ import annotations

from collections.abc import Callable

from facegate.deadline import RESERVE_MS, Deadline

EPOCH_MS = 1_800_000_000_000
"""2027-01-15T08:00:00Z"""


class Clock:
    """One time for the wall clock and the monotonic one. `slept` records every sleep, in milliseconds; `on_sleep` is
    what happens meanwhile.
    """

    def __init__(self) -> None:
        self.ms = EPOCH_MS
        self.slept: list[int] = []
        self.on_sleep: Callable[[], object] = lambda: None

    def now_ms(self) -> int:
        return self.ms

    def monotonic(self) -> float:
        return (self.ms - EPOCH_MS) / 1000

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds * 1000))
        self.pass_ms(round(seconds * 1000))
        self.on_sleep()

    def pass_ms(self, milliseconds: int) -> None:
        self.ms += milliseconds

    def deadline(self, remaining_ms: int = 20_000) -> Deadline:
        """A deadline with this much time for work, the reserve apart."""
        return Deadline.after((remaining_ms + RESERVE_MS) / 1000, self.monotonic)
