"""The rate limit: so many requests per second for each action, for the whole account.

Documented: 10 in Singapore and Hong Kong, 3 in Kuala Lumpur and Jakarta. How the second is measured is
unconfirmed; here it is the second before the request. A request that is throttled does not count.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_WINDOW_SECONDS = 1.0


class Quota:
    """`queries_per_second` for each action; `clock` is monotonic, in seconds."""

    def __init__(self, queries_per_second: int, clock: Callable[[], float]) -> None:
        self._limit = queries_per_second
        self._clock = clock
        self._admitted: dict[str, deque[float]] = {}

    def admit(self, action: str) -> bool:
        now = self._clock()
        admitted = self._admitted.setdefault(action, deque())
        while admitted and now - admitted[0] >= _WINDOW_SECONDS:
            admitted.popleft()
        if len(admitted) >= self._limit:
            return False
        admitted.append(now)
        return True
