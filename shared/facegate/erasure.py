"""Forgets a person everywhere, and proves it by asking every store again.

Order: a tombstone first, so that nothing enrols the user while the rest goes on; the service's face records, since
they are what can recognise the person; the uploaded pictures; the service's verification data; our rows last, since
they tell what the service still has. Every step can be repeated, so an erasure that failed half-way is finished by
asking for it again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from facegate.deadline import Deadline
from facegate.errors import FacegateError
from facegate.ledger.claims import Claims
from facegate.ledger.failures import Failure, Failures
from facegate.ledger.records import DecisionRecord
from facegate.ledger.results import MAX_PAGE
from facegate.ledger.tombstones import Tombstones
from facegate.objects import Objects
from facegate.operations import OPERATIONS
from facegate.reconcile import Reconciler
from facegate.verification.client import VerificationClient
from facegate.verification.errors import ServiceRefused
from facegate.verification.service import ID_VERIFICATION, Call


class ErasureIncomplete(FacegateError):
    """Something is left, or time ran out: the same request goes on where this one stopped."""

    code = "ErasureIncomplete"
    http_status = 503


class _VerifyResult(msgspec.Struct, frozen=True):
    DeleteResult: str | None = None


class Erased(msgspec.Struct):
    """What was deleted, and what a second look found: `remaining` must be all zero."""

    deleted_groups: list[str] = msgspec.field(default_factory=list)
    uploads: int = 0
    results: int = 0
    failures: int = 0
    verifications: int = 0
    remaining: dict[str, int] = msgspec.field(default_factory=dict)


class Eraser(msgspec.Struct, frozen=True):
    """`face_groups` are those of the deployment, each asked again at the end."""

    claims: Claims
    failures: Failures
    tombstones: Tombstones
    verification: VerificationClient
    reconciler: Reconciler
    objects: Objects
    face_groups: tuple[str, ...]

    def erase(self, user: str, folders: Sequence[str], deadline: Deadline) -> Erased:
        """Erases the user with this keyed hash, whose uploads are in `folders` of the bucket. Raises
        ErasureIncomplete, VerificationError, ObjectError, LedgerError.
        """
        erased = Erased()
        self.tombstones.set(user)
        erased.deleted_groups = self.reconciler.forget(user, deadline)
        for key in self._uploads(folders):
            _check_time(deadline)
            self.objects.delete(key)
            erased.uploads += 1
        for record in self._records(user):
            _check_time(deadline)
            erased.verifications += self._delete_verification(record, deadline)
            if record.enrolment_id is not None:
                self.claims.forget(record.enrolment_id)
            self.claims.forget(record.merchant_biz_id)
            erased.results += 1
        for failure in self._failures(user):
            if failure.object_key is not None:
                self.objects.delete(failure.object_key)
            self.failures.forget(failure.failure_id)
            erased.failures += 1
        erased.remaining = self._remaining(user, folders, deadline)
        if any(erased.remaining.values()):
            raise ErasureIncomplete("something is left: ask again, the erasure goes on", retry_after=1)
        return erased

    def _uploads(self, folders: Sequence[str]) -> list[str]:
        return [key for folder in folders for key in self.objects.directly_in(folder)]

    def _records(self, user: str) -> Iterator[DecisionRecord]:
        """All records of the user, as the index shows them: each page is read before its rows are deleted."""
        after = None
        while True:
            page = self.claims.results.of_user(user, MAX_PAGE, after)
            yield from page.records
            if page.next is None:
                return
            after = page.next

    def _failures(self, user: str) -> list[Failure]:
        return [failure for failure in self.failures.all() if failure.user == user]

    def _delete_verification(self, record: DecisionRecord, deadline: Deadline) -> int:
        if record.transaction_id is None or OPERATIONS[record.operation].service is not ID_VERIFICATION:
            return 0
        query = {"TransactionId": record.transaction_id, "DeleteAfterQuery": "N", "DeleteType": "All"}
        try:
            self.verification.call(Call(ID_VERIFICATION, "DeleteVerifyResult", query, {}), _VerifyResult, deadline)
        except ServiceRefused as error:
            if error.code != "InvalidParameter":
                raise
            return 0  # the service keeps this data for 30 days and no longer knows it
        return 1

    def _remaining(self, user: str, folders: Sequence[str], deadline: Deadline) -> dict[str, int]:
        return {
            **{group: len(self.reconciler.records(user, group, deadline)) for group in self.face_groups},
            "uploads": len(self._uploads(folders)),
            "results": len(self.claims.results.of_user(user, MAX_PAGE, None).records),
            "failures": len(self._failures(user)),
        }


def _check_time(deadline: Deadline) -> None:
    if not deadline.remaining_ms():
        raise ErasureIncomplete("time ran out: ask again, the erasure goes on", retry_after=1)
