"""What failed for good, kept until an operator has handed it back or let it go.

The event is kept as it came (no picture is ever in one), since that is what is handed back. It may name a user in
the clear; rows therefore carry the user's keyed hash where it is known, are erased with the user, are not written
once the user is erased, and expire sooner than results.
"""

from __future__ import annotations

import hashlib

import msgspec

from facegate.ledger.store import Row, Store
from facegate.ledger.tombstones import Tombstones


class Failure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event that was given up. Times are Unix milliseconds; `attempts` counts the deliveries.

    `reason` is a code (ours, the service's or the platform's condition), `detail` one sentence; `event` is the
    event's text, `arose_at_ms` when it arose, where it tells, and `object_key` the object that it is about or travels
    in, which is deleted when the user is erased.
    """

    failure_id: str
    function: str
    reason: str
    detail: str
    attempts: int
    failed_at_ms: int
    event: str
    user: str | None = None
    request_id: str | None = None
    object_key: str | None = None
    arose_at_ms: int | None = None


def failure_id(function: str, event: str) -> str:
    """The same event of the same function fails under one id, however often it is delivered: 32 hexadecimal
    characters.
    """
    return hashlib.sha256(f"{function}\n{event}".encode()).hexdigest()[:32]


class Failures(msgspec.Struct, frozen=True):
    """The failures table."""

    store: Store
    table: str
    tombstones: Tombstones

    def record(self, failure: Failure) -> bool:
        """Writes the failure, replacing an earlier one of the same event. False: its user was erased since the event
        arose, and nothing is written. Raises LedgerError.
        """
        if self._of_an_erased_user(failure):
            return False
        row: Row = {"function": failure.function, "failure": msgspec.json.encode(failure).decode()}
        self.store.put(self.table, failure.failure_id, row)
        return True

    def all(self) -> list[Failure]:
        """Every failure, in no particular order. Raises LedgerError."""
        return [msgspec.json.decode(str(row["failure"]), type=Failure) for row in self.store.scan(self.table)]

    def forget(self, failure_id: str) -> None:
        """Deletes the failure. Raises LedgerError."""
        self.store.delete(self.table, failure_id)

    def _of_an_erased_user(self, failure: Failure) -> bool:
        if failure.user is None or failure.arose_at_ms is None:
            return False
        return self.tombstones.erased_since(failure.user, failure.arose_at_ms)
