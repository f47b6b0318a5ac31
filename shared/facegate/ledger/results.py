"""Decision records: written once, read by id or by user."""

from __future__ import annotations

from msgspec import Struct

from facegate.ledger import tables
from facegate.ledger.records import DecisionRecord, from_json, to_json
from facegate.ledger.store import Row, Store

MAX_PAGE = 50


class RecordPage(Struct, frozen=True):
    """`next` is to be given back for the following page; None at the end."""

    records: list[DecisionRecord]
    next: tuple[int, str] | None


class Results(Struct, frozen=True):
    """The results table."""

    store: Store
    table: str

    def write_once(self, record: DecisionRecord) -> DecisionRecord:
        """Stores `record` and returns what is stored: the earlier one, if this request was decided before. Raises
        LedgerError.
        """
        if self.store.put_new(self.table, tables.key_of(record.merchant_biz_id), _row(record)):
            return record
        return self.find(record.merchant_biz_id) or record

    def find(self, biz_id: str) -> DecisionRecord | None:
        """The record of a MerchantBizId. Raises LedgerError."""
        row = self.store.get(self.table, tables.key_of(biz_id))
        return None if row is None else _record(row)

    def of_user(self, user: str, limit: int, after: tuple[int, str] | None) -> RecordPage:
        """The records of a user (keyed hash), newest first, MAX_PAGE at most. Raises LedgerError.

        The index follows the table by milliseconds (documented): a record may be found by id a moment before it is
        found here.
        """
        page = self.store.newest_of_user(self.table, user, min(limit, MAX_PAGE), after)
        return RecordPage([_record(row) for row in page.rows], page.next)


def _row(record: DecisionRecord) -> Row:
    row: dict[str, str | int] = {tables.DECIDED_AT: record.decided_at_ms, tables.RECORD: to_json(record)}
    if record.user is not None:
        row[tables.USER] = record.user
    return row


def _record(row: Row) -> DecisionRecord:
    return from_json(str(row[tables.RECORD]))
