"""The one way every command takes: claim, normalise, call, record, answer. What arrives here is validated.

Nothing is called without a claim, and nothing is answered that is not recorded. A claim is given back only after a
failure that certainly was not executed; after an unknown outcome of a call that enrols it is kept until the service
can be asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec
import msgspec.structs

from facegate import calling, log
from facegate.calling import Called
from facegate.commands import Command
from facegate.deadline import Deadline
from facegate.enrolment import Enrolment, UserErased, may_have_enrolled
from facegate.errors import FacegateError, IdempotencyConflict
from facegate.ledger.claims import Claim, Claims, Replay
from facegate.ledger.errors import LedgerError
from facegate.ledger.records import DecisionRecord
from facegate.ledger.results import Results
from facegate.objects import Objects
from facegate.operations import Decision
from facegate.pictures.normaliser import Normalised
from facegate.pictures_ready import make_ready, usable_cpus
from facegate.verification.client import VerificationClient
from facegate.verification.errors import VerificationError


class Outcome(msgspec.Struct, frozen=True):
    """The decided command. `replayed`: it had been decided before, and nothing was called now."""

    record: DecisionRecord
    replayed: bool


class Pipeline(msgspec.Struct, frozen=True):
    """`wait_ms`: how long a twin of a request in progress waits for its result."""

    claims: Claims
    results: Results
    objects: Objects
    verification: VerificationClient
    enrolment: Enrolment
    wait_ms: int
    now_ms: Callable[[], int]

    def run(self, command: Command, deadline: Deadline) -> Outcome:
        """Raises FacegateError: StillInProgress, IdempotencyConflict, PictureError, ObjectError, UserErased,
        VerificationError, LedgerError.
        """
        wait_ms = min(self.wait_ms, deadline.remaining_ms() * 3 // 4)
        claim = self.claims.acquire(command.biz_id, command.fingerprint, deadline.total_ms(), wait_ms)
        if isinstance(claim, Replay):
            return Outcome(claim.record, replayed=True)
        pictures: dict[str, Normalised] = {}
        try:
            profile = command.operation.profile
            pictures.update(make_ready(command.pictures, profile, self.objects, usable_cpus()))
            called = self._called(command, claim, pictures, deadline)
            record = _record(command, claim, pictures, called, self.now_ms())
        except VerificationError as error:
            if not error.final:
                self.claims.leave(claim, unknown=_is_unknown(command, claim, error))
                raise
            record = _refusal(command, claim, pictures, error, self.now_ms())
        except FacegateError as error:
            self.claims.leave(claim, unknown=_is_unknown(command, claim, error))
            raise
        return Outcome(self._stored(record), replayed=False)

    def refuse(self, command: Command, error: FacegateError) -> None:
        """Records that a command which nobody waits for came to nothing, so that its result can be asked for.

        Not where the id belongs to another request, nor of an erased user, of whom nothing is kept. Raises
        StillInProgress, LedgerError.
        """
        if isinstance(error, IdempotencyConflict | UserErased):
            return
        claim = self.claims.acquire(command.biz_id, command.fingerprint, 0, 0)
        if isinstance(claim, Replay):
            return
        decision = Decision("refused", f"refused with {error.code}", {})
        record = _record(command, claim, {}, Called(decision, error.message, None, 0), self.now_ms())
        self._stored(msgspec.structs.replace(record, code=error.code, http_status=error.http_status))

    def _called(self, command: Command, claim: Claim, pictures: Mapping[str, Normalised], deadline: Deadline) -> Called:
        if command.register_group is None:
            return calling.call(self.verification, command, pictures, deadline)
        return self.enrolment.call(command, claim, pictures, deadline)

    def _stored(self, record: DecisionRecord) -> DecisionRecord:
        try:
            return self.results.write_once(record)
        except LedgerError:
            # The call was made and billed: the log is the last place that can keep its decision.
            log.write(
                "ERROR",
                "result not stored",
                merchant_biz_id=record.merchant_biz_id,
                operation=record.operation,
                outcome=record.outcome,
                code=record.code,
                service_request_id=record.request_id or "",
            )
            raise


def _is_unknown(command: Command, claim: Claim, error: FacegateError) -> bool:
    return command.register_group is not None and may_have_enrolled(claim, error)


def _record(
    command: Command, claim: Claim, pictures: Mapping[str, Normalised], called: Called, now_ms: int
) -> DecisionRecord:
    decision = called.decision
    return DecisionRecord(
        operation=command.operation.action,
        merchant_biz_id=command.biz_id,
        outcome=decision.outcome,
        rule=decision.rule,
        code="Success",
        http_status=200,
        message=called.message,
        source=command.source,
        fingerprint=command.fingerprint,
        attempts=called.attempts,
        started_at_ms=claim.started_at_ms,
        decided_at_ms=now_ms,
        user=command.user,
        scores=decision.scores,
        threshold=decision.threshold,
        answer=decision.answer,
        pictures={name: pictures[name].sha256 if name in pictures else "url" for name in command.pictures},
        request_id=called.request_id,
        transaction_id=decision.transaction_id,
        enrolment_id=called.enrolment_id,
    )


def _refusal(
    command: Command, claim: Claim, pictures: Mapping[str, Normalised], error: VerificationError, now_ms: int
) -> DecisionRecord:
    decision = Decision("refused", f"the service answered {error.code}", {})
    called = Called(decision, error.message, error.request_id, error.attempts)
    record = _record(command, claim, pictures, called, now_ms)
    return msgspec.structs.replace(record, code=error.code, http_status=error.http_status)
