"""Who runs now and who waits: a fixed number of places, given out in order of arrival."""

from __future__ import annotations

import asyncio
import collections
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType


class Places:
    """So many at a time, the others in strict order of arrival: a freed place goes to whoever waits longest.

    Not asyncio.Semaphore, which before CPython 3.11 lets a newcomer overtake.
    """

    def __init__(self, count: int) -> None:
        self._free = count
        self._count = count
        self._queue: collections.deque[asyncio.Future[None]] = collections.deque()
        self._all_free = asyncio.Event()
        self._all_free.set()

    @property
    def waiting(self) -> int:
        return sum(not turn.done() for turn in self._queue)

    async def all_free(self) -> None:
        await self._all_free.wait()

    async def __aenter__(self) -> None:
        await self.acquire()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    async def acquire(self) -> None:
        """Takes a place, to be given back by `release`."""
        if self._free:
            self._free -= 1
            self._all_free.clear()
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                self.release()  # the place was given in the same moment
            raise

    def release(self) -> None:
        while self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
        if self._free == self._count:
            self._all_free.set()
