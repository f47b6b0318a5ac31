"""Enrols a person at most once, and nobody who was erased.

    tombstone? ── same photograph? ── begun before? ask ── call ── answer lost? ask ── erased meanwhile? undo

The service has no idempotency of its own: a repeated call enrols and bills again. So a call that may have been made
already is looked for (`reconcile`) before another is made; the same photograph of the same user in the same group
is recognised by the hash of the normalised picture, whatever request brings it; and an erasure that comes between
is respected, before and after the call.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

import msgspec
import msgspec.structs

from facegate import calling
from facegate.calling import Called
from facegate.commands import Command
from facegate.deadline import Deadline
from facegate.errors import FacegateError
from facegate.ledger.claims import Claim, Claims, Replay
from facegate.ledger.errors import LedgerError
from facegate.ledger.records import DecisionRecord
from facegate.ledger.tombstones import Tombstones
from facegate.operations import Decision
from facegate.pictures.normaliser import Normalised
from facegate.reconcile import Reconciler
from facegate.retry import Execution
from facegate.verification.client import VerificationClient
from facegate.verification.errors import VerificationError

ENROLS_ALWAYS = "AddFaceRecord"


class UserErased(FacegateError):
    """The user was erased after the event arose, or while it was worked on: nothing is enrolled any more."""

    code = "UserErased"
    http_status = 410


class Enrolment(msgspec.Struct, frozen=True):
    """The calls that enrol: AddFaceRecord, and a duplicate check that registers."""

    claims: Claims
    tombstones: Tombstones
    verification: VerificationClient
    reconciler: Reconciler
    now_ms: Callable[[], int]

    def call(self, command: Command, claim: Claim, pictures: Mapping[str, Normalised], deadline: Deadline) -> Called:
        """Raises UserErased, StillInProgress, VerificationError, LedgerError."""
        if command.occurred_at_ms is not None and self._erased_since(command, command.occurred_at_ms):
            raise UserErased("the user was erased after this event")
        enrolment_id = _enrolment_id(command, pictures)
        if enrolment_id is None:
            called = self._once(command, claim, pictures, deadline)
        else:
            called = self._one_photograph_once(command, claim, enrolment_id, pictures, deadline)
        if self._erased_since(command, claim.started_at_ms):
            self._undo(command, called, deadline)
            raise UserErased("the user was erased while this request was worked on")
        return called

    def _undo(self, command: Command, called: Called, deadline: Deadline) -> None:
        try:
            self.reconciler.forget(str(command.user), deadline)
        except VerificationError as error:
            error.execution = Execution.EXECUTED  # the enrolment was: who repeats the request has to undo it
            raise
        if called.enrolment_id is not None:
            self.claims.forget(called.enrolment_id)

    def _one_photograph_once(
        self,
        command: Command,
        claim: Claim,
        enrolment_id: str,
        pictures: Mapping[str, Normalised],
        deadline: Deadline,
    ) -> Called:
        mark = self._marked(command, enrolment_id, deadline)
        if isinstance(mark, Replay):
            return _recognised(mark.record, enrolment_id)
        begun = msgspec.structs.replace(
            claim,
            begun_before=claim.begun_before or mark.begun_before,
            started_at_ms=min(claim.started_at_ms, mark.started_at_ms),
        )
        try:
            called = self._once(command, begun, pictures, deadline)
        except FacegateError as error:
            self.claims.leave(mark, unknown=may_have_enrolled(begun, error))
            raise
        if called.decision.outcome != "enrolled":
            self.claims.leave(mark, unknown=False)
            return called
        self.claims.results.write_once(_mark(command, mark, called, pictures, self.now_ms()))
        return msgspec.structs.replace(called, enrolment_id=enrolment_id)

    def _marked(self, command: Command, enrolment_id: str, deadline: Deadline) -> Claim | Replay:
        """The claim of the photograph, or its enrolment; one from before an erasure counts no more."""
        lease_ms, wait_ms = deadline.total_ms(), deadline.remaining_ms() // 4
        mark = self.claims.acquire(enrolment_id, enrolment_id, lease_ms, wait_ms)
        if isinstance(mark, Replay) and self._erased_since(command, mark.record.started_at_ms):
            self.claims.forget(enrolment_id)
            return self.claims.acquire(enrolment_id, enrolment_id, lease_ms, wait_ms)
        return mark

    def _once(self, command: Command, claim: Claim, pictures: Mapping[str, Normalised], deadline: Deadline) -> Called:
        if claim.begun_before:
            decision = self.reconciler.enrolled_since(command, claim.started_at_ms, deadline)
            if decision is not None:
                return Called(decision, "success", None, attempts=0)
        try:
            return calling.call(self.verification, command, pictures, deadline)
        except VerificationError as error:
            if error.execution is Execution.NOT_EXECUTED:
                raise
            found = self._found_after_loss(command, claim, deadline)
            if found is None:
                raise
            return Called(found, "success", error.request_id, error.attempts)

    def _found_after_loss(self, command: Command, claim: Claim, deadline: Deadline) -> Decision | None:
        try:
            return self.reconciler.enrolled_since(command, claim.started_at_ms, deadline)
        except VerificationError:
            return None

    def _erased_since(self, command: Command, since_ms: int) -> bool:
        return command.user is not None and self.tombstones.erased_since(command.user, since_ms)


def may_have_enrolled(claim: Claim, error: FacegateError) -> bool:
    """Whether somebody may be enrolled by a call that was made under the claim, which the error ended."""
    if isinstance(error, VerificationError):
        return claim.begun_before or error.execution is not Execution.NOT_EXECUTED
    return claim.begun_before or isinstance(error, LedgerError)  # the table is written after the call too


def _enrolment_id(command: Command, pictures: Mapping[str, Normalised]) -> str | None:
    """One photograph of one user in one group; None where the call may end without enrolling, or sends no picture."""
    if command.operation.action != ENROLS_ALWAYS or not pictures:
        return None
    (picture,) = pictures.values()
    parts = ("enrolment", str(command.register_group), str(command.user), picture.sha256)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _recognised(record: DecisionRecord, enrolment_id: str) -> Called:
    rule = "recognised: the same photograph of this user is enrolled already"
    decision = Decision("enrolled", rule, dict(record.answer or {}))
    return Called(decision, "success", record.request_id, 0, enrolment_id)


def _mark(
    command: Command, mark: Claim, called: Called, pictures: Mapping[str, Normalised], now_ms: int
) -> DecisionRecord:
    """The photograph's own record: without the user, so that it does not show among the user's decisions."""
    return DecisionRecord(
        operation=command.operation.action,
        merchant_biz_id=mark.biz_id,
        outcome=called.decision.outcome,
        rule=called.decision.rule,
        code="Success",
        http_status=200,
        message=called.message,
        source=command.source,
        fingerprint=mark.fingerprint,
        attempts=called.attempts,
        started_at_ms=mark.started_at_ms,
        decided_at_ms=now_ms,
        answer=msgspec.to_builtins(called.decision.answer),
        pictures={name: picture.sha256 for name, picture in pictures.items()},
        request_id=called.request_id,
    )
