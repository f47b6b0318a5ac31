"""What is left of a function's time. Every inner time-out is cut to it, so that the function answers before it is
killed.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from msgspec import Struct

RESERVE_MS = 800


class Deadline(Struct, frozen=True):
    """`ends_at` in seconds of the monotonic `clock`; RESERVE_MS of it is kept for recording and answering."""

    ends_at: float
    clock: Callable[[], float] = time.monotonic

    @classmethod
    def after(cls, seconds: float, clock: Callable[[], float] = time.monotonic) -> Deadline:
        return cls(clock() + seconds, clock)

    def remaining_ms(self) -> int:
        """Milliseconds left for work; 0 when the reserve is reached."""
        return max(0, int((self.ends_at - self.clock()) * 1000) - RESERVE_MS)

    def total_ms(self) -> int:
        """Milliseconds until the platform ends the function, the reserve included."""
        return max(0, int((self.ends_at - self.clock()) * 1000))
