"""Forgets a person everywhere, and proves it by asking every store again.

Order: a tombstone first, so that nothing enrols the user while the rest goes on; the service's face records, since
they are what can recognise the person; the service's verification data; our rows last, since they tell what the
service still
has. Every step can be repeated, so an erasure that failed half-way is finished by asking for it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import msgspec

from facegate.deadline import Deadline
from facegate.errors import FacegateError
from facegate.ledger import tables
from facegate.ledger.records import DecisionRecord
from facegate.ledger.results import MAX_PAGE, Results
from facegate.ledger.store import Store
from facegate.reconcile import FaceRecord
from facegate.verification.client import VerificationClient
from facegate.verification.errors import ServiceRefused
from facegate.verification.service import ID_VERIFICATION, Call

TOMBSTONE_OWNER = "erasure"


class ErasureIncomplete(FacegateError):
    """Something is left, or time ran out: the same request goes on where this one stopped."""

    code = "ErasureIncomplete"
    http_status = 503


class _Deleted(msgspec.Struct, frozen=True):
    Deleted: str | None = None
    DeletedGroupCodes: str | None = None


class _VerifyResult(msgspec.Struct, frozen=True):
    DeleteResult: str | None = None


@dataclass
class Erased:
    """What was deleted, and what a second look found: `remaining` must be all zero."""

    deleted_groups: list[str] = field(default_factory=list)
    results: int = 0
    verifications: int = 0
    remaining: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Eraser:
    """`face_groups` are those of the deployment, each asked again at the end."""

    store: Store
    claims_table: str
    results: Results
    verification: VerificationClient
    face_groups: tuple[str, ...]
    now_ms: Callable[[], int]

    def erase(self, user: str, deadline: Deadline) -> Erased:
        """Erases the user with this keyed hash. Raises ErasureIncomplete, VerificationError, LedgerError."""
        erased = Erased()
        self._entomb(user)
        query = {"MerchantUserId": user}
        deleted = self.verification.call(_call("DeleteFaceRecordV2", query), _Deleted, deadline).result
        erased.deleted_groups = [code for code in (deleted.DeletedGroupCodes or "").split(",") if code]
        for record in self._records(user):
            if not deadline.remaining_ms():
                raise ErasureIncomplete("time ran out: ask again, the erasure goes on", retry_after=1)
            erased.verifications += self._delete_verification(record, deadline)
            self.store.delete(self.claims_table, tables.key_of(record.merchant_biz_id))
            self.store.delete(self.results.table, tables.key_of(record.merchant_biz_id))
            erased.results += 1
        erased.remaining = self._remaining(user, deadline)
        if any(erased.remaining.values()):
            raise ErasureIncomplete("something is left: ask again, the erasure goes on", retry_after=1)
        return erased

    def _entomb(self, user: str) -> None:
        """Keeps the hash and the time, so that a late event of the user can be told from a new consent."""
        key = tables.key_of(f"erased:{user}")
        row: dict[str, str | int] = {"owner": TOMBSTONE_OWNER, "erased_at_ms": self.now_ms()}
        if not self.store.put_new(self.claims_table, key, row):
            self.store.put_if_owner(self.claims_table, key, row, TOMBSTONE_OWNER)

    def _records(self, user: str) -> Iterator[DecisionRecord]:
        """All records of the user, as the index shows them: each page is read before its rows are deleted."""
        after = None
        while True:
            page = self.results.of_user(user, MAX_PAGE, after)
            yield from page.records
            if page.next is None:
                return
            after = page.next

    def _delete_verification(self, record: DecisionRecord, deadline: Deadline) -> int:
        if record.transaction_id is None:
            return 0
        query = {"TransactionId": record.transaction_id, "DeleteAfterQuery": "N", "DeleteType": "All"}
        try:
            self.verification.call(_call("DeleteVerifyResult", query), _VerifyResult, deadline)
        except ServiceRefused as error:
            if error.code != "InvalidParameter":
                raise
            return 0  # the service keeps this data for 30 days and no longer knows it
        return 1

    def _remaining(self, user: str, deadline: Deadline) -> dict[str, int]:
        remaining = {}
        for group in self.face_groups:
            query = {"CurrentPage": "1", "PageSize": "50", "FaceGroupCode": group, "MerchantUserId": user}
            records = self.verification.page(_call("QueryFaceRecord", query), FaceRecord, deadline).result
            remaining[group] = sum(record.MerchantUserId == user for record in records)
        remaining["results"] = len(self.results.of_user(user, MAX_PAGE, None).records)
        return remaining


def _call(action: str, query: dict[str, str]) -> Call:
    return Call(ID_VERIFICATION, action, query, {})
