"""What failed for good, kept until an operator has handed it back or let it go.

The event is kept as it came (no picture is ever in one), since that is what is handed back. It may name a user in
the clear; rows therefore carry the user's keyed hash where it is known, are erased with the user, and expire sooner
than results.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import msgspec

from facegate.ledger.store import Row, Store


class Failure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event that was given up. Times are Unix milliseconds; `attempts` counts the deliveries.

    `reason` is a code (ours, the service's or the platform's condition), `detail` one sentence; `event` is the
    event's text, and `object_key` names the object that it travels in, if it does.
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


def failure_id(function: str, event: str) -> str:
    """The same event of the same function fails under one id, however often it is delivered: 32 hexadecimal
    characters.
    """
    return hashlib.sha256(f"{function}\n{event}".encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Failures:
    """The failures table."""

    store: Store
    table: str

    def record(self, failure: Failure) -> None:
        """Writes the failure, replacing an earlier one of the same event. Raises LedgerError."""
        row: Row = {"function": failure.function, "failure": msgspec.json.encode(failure).decode()}
        self.store.put(self.table, failure.failure_id, row)

    def all(self) -> list[Failure]:
        """Every failure, in no particular order. Raises LedgerError."""
        return [msgspec.json.decode(str(row["failure"]), type=Failure) for row in self.store.scan(self.table)]

    def forget(self, failure_id: str) -> None:
        """Deletes the failure. Raises LedgerError."""
        self.store.delete(self.table, failure_id)
