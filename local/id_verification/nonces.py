"""Remembers the used signature nonces for as long as a request that carries one could still be accepted."""

from __future__ import annotations

import heapq


class NonceMemory:
    """At most `capacity` nonces, in memory; beyond that the one that expires first is forgotten early."""

    def __init__(self, capacity: int = 200_000) -> None:
        self._capacity = capacity
        self._used: set[str] = set()
        self._by_expiry: list[tuple[float, str]] = []

    def admit(self, nonce: str, now: float, expires_at: float) -> bool:
        """True if `nonce` is new; it is then remembered until `expires_at`. Times are Unix seconds."""
        while self._by_expiry and self._by_expiry[0][0] < now:
            self._forget_first()
        if nonce in self._used:
            return False
        if len(self._used) >= self._capacity:
            self._forget_first()
        self._used.add(nonce)
        heapq.heappush(self._by_expiry, (expires_at, nonce))
        return True

    def _forget_first(self) -> None:
        self._used.discard(heapq.heappop(self._by_expiry)[1])
