"""When a call that was throttled comes back: just as a call of this instance leaves the second that the service counts.

The service takes so many calls of an operation a second (documented; that it counts the second before each call is
unconfirmed). Instances that come back at random leave places empty until one of them happens to ask, and the fewer
places there are, the more that costs: at 3 calls a second, 4 instances used 80 % of them (measured). An instance that
comes back a second after its own last call finds the place that this call has left, and they use 97 % without asking
more often.
"""

from __future__ import annotations

WINDOW_MS = 1_000
SPREAD_MS = 50
"""Drawn anew each time, for the service's clock and the way there."""


class Admissions:
    """When the calls of this process were sent that the service took, by action; in milliseconds of one clock.

    It outlives the invocations, which are one at a time.
    """

    def __init__(self) -> None:
        self._sent: dict[str, list[int]] = {}

    def note(self, action: str, sent_ms: int) -> None:
        """A call that was sent then was taken."""
        self._sent[action] = [*self._counted(action, sent_ms), sent_ms]

    def free_in_ms(self, action: str, now_ms: int) -> int | None:
        """In how many milliseconds the first of those calls leaves the second that is counted; None if all have left.

        Each is told once: whoever comes back for its place takes it.
        """
        counted = self._counted(action, now_ms)
        self._sent[action] = counted[1:]
        return counted[0] + WINDOW_MS - now_ms if counted else None

    def _counted(self, action: str, now_ms: int) -> list[int]:
        return [sent for sent in self._sent.get(action, []) if sent + WINDOW_MS > now_ms]
