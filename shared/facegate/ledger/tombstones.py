"""Who was erased, and when: the keyed hash and a time, so that a late event can be told from a new consent."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from facegate.ledger import tables
from facegate.ledger.store import Row, Store

OWNER = "erasure"


class Tombstones(Struct, frozen=True):
    """Kept in the claims table, and as long as its rows."""

    store: Store
    table: str
    now_ms: Callable[[], int]

    def set(self, user: str) -> None:
        """From now on the user is erased. Raises LedgerError."""
        row: Row = {"owner": OWNER, "erased_at_ms": self.now_ms()}
        if not self.store.put_new(self.table, _key(user), row):
            self.store.put_if_owner(self.table, _key(user), row, OWNER)

    def erased_since(self, user: str, since_ms: int) -> bool:
        """Whether the user was erased at or after `since_ms`. Raises LedgerError."""
        row = self.store.get(self.table, _key(user))
        return row is not None and int(row["erased_at_ms"]) >= since_ms


def _key(user: str) -> str:
    return tables.key_of(f"erased:{user}")
