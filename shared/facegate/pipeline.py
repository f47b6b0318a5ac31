"""The one way every command takes: claim, normalise, call, record, answer. What arrives here is validated.

Nothing is called without a claim, and nothing is answered that is not recorded. A claim is given back only after a
failure that certainly was not executed; after an unknown outcome of a call that enrols it is kept until the service
can be asked.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec.structs

from facegate import log
from facegate.commands import Command
from facegate.deadline import Deadline
from facegate.errors import FacegateError
from facegate.ledger.claims import Claim, Claims, Replay
from facegate.ledger.errors import LedgerError
from facegate.ledger.records import DecisionRecord
from facegate.ledger.results import Results
from facegate.operations import Decision
from facegate.pictures import Normalised, normalise
from facegate.pictures_given import PictureBytes, PictureUrl
from facegate.reconcile import Reconciler
from facegate.retry import Execution
from facegate.verification.client import VerificationClient
from facegate.verification.errors import MalformedAnswer, VerificationError
from facegate.verification.service import Call

SETTLE_MS = 10_000
"""After an unknown outcome the service may still be at work: asked earlier, it could deny what it is about to do."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The decided command. `replayed`: it had been decided before, and nothing was called now."""

    record: DecisionRecord
    replayed: bool


@dataclass(frozen=True, slots=True)
class _Called:
    """What the call came to."""

    decision: Decision
    message: str
    request_id: str | None
    attempts: int


@dataclass(frozen=True)
class Pipeline:
    """`wait_ms`: how long a twin of a request in progress waits for its result."""

    claims: Claims
    results: Results
    verification: VerificationClient
    reconciler: Reconciler
    wait_ms: int
    now_ms: Callable[[], int]

    def run(self, command: Command, deadline: Deadline) -> Outcome:
        """Raises FacegateError: StillInProgress, IdempotencyConflict, PictureError, VerificationError, LedgerError."""
        wait_ms = min(self.wait_ms, deadline.remaining_ms() // 2)
        claim = self.claims.acquire(command.biz_id, command.fingerprint, deadline.total_ms(), wait_ms)
        if isinstance(claim, Replay):
            return Outcome(claim.record, replayed=True)
        pictures: dict[str, Normalised] = {}
        try:
            pictures.update(_normalised(command))
            called = self._called(command, claim, pictures, deadline)
            record = _record(command, claim, pictures, called, self.now_ms())
        except VerificationError as error:
            if not error.final:
                self._give_up(command, claim, error)
                raise
            record = _refusal(command, claim, pictures, error, self.now_ms())
        except FacegateError:
            self._release(claim)
            raise
        return Outcome(self._stored(record), replayed=False)

    def _called(
        self, command: Command, claim: Claim, pictures: Mapping[str, Normalised], deadline: Deadline
    ) -> _Called:
        if command.register_group is not None and claim.begun_before:
            decision = self.reconciler.enrolled_since(command, claim.started_at_ms, deadline)
            if decision is not None:
                return _Called(decision, "success", None, attempts=0)
        try:
            answered = self.verification.call(_call(command, pictures), command.operation.result, deadline)
            decision = _decided(command, answered.result, answered.request_id)
        except VerificationError as error:
            if command.register_group is None or error.execution is Execution.NOT_EXECUTED:
                raise
            lost = self._found_after_loss(command, claim, deadline)
            if lost is None:
                raise
            return _Called(lost, "success", error.request_id, error.attempts)
        return _Called(decision, answered.message, answered.request_id, answered.attempts)

    def _found_after_loss(self, command: Command, claim: Claim, deadline: Deadline) -> Decision | None:
        try:
            return self.reconciler.enrolled_since(command, claim.started_at_ms, deadline)
        except VerificationError:
            return None

    def _give_up(self, command: Command, claim: Claim, error: VerificationError) -> None:
        """Leaves the claim so that the next attempt does the right thing; the error itself is the answer."""
        enrols = command.register_group is not None
        try:
            if enrols and (claim.begun_before or error.execution is not Execution.NOT_EXECUTED):
                self.claims.settle(claim, SETTLE_MS)
            else:
                self.claims.release(claim)
        except LedgerError as second:
            log.write("WARNING", "claim left to its lease", code=second.code, merchant_biz_id=command.biz_id)

    def _release(self, claim: Claim) -> None:
        try:
            self.claims.release(claim)
        except LedgerError as error:
            log.write("WARNING", "claim left to its lease", code=error.code, merchant_biz_id=claim.biz_id)

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


def _normalised(command: Command) -> dict[str, Normalised]:
    normalised = {}
    for name, picture in command.pictures.items():
        if isinstance(picture, PictureBytes):
            try:
                normalised[name] = normalise(picture.data, command.operation.profile)
            except FacegateError as error:
                error.message = f"{name}: {error.message}"
                raise
    return normalised


def _call(command: Command, pictures: Mapping[str, Normalised]) -> Call:
    operation = command.operation
    fields = dict(command.parameters)
    base64_fields = set()
    for picture in operation.pictures:
        given = command.pictures.get(picture.name)
        if isinstance(given, PictureUrl):
            fields[picture.url_field] = given.url
        elif given is not None:
            fields[picture.name] = picture.prefix + base64.b64encode(pictures[picture.name].jpeg).decode()
            base64_fields.add(picture.name)
    return Call(
        service=operation.service,
        action=operation.action,
        query={name: value for name, value in fields.items() if name in operation.query},
        body={name: value for name, value in fields.items() if name not in operation.query},
        base64_fields=frozenset(base64_fields),
        repeatable=command.register_group is None,
    )


def _decided(command: Command, result: object, request_id: str | None) -> Decision:
    try:
        return command.operation.decide(command.request, result)
    except ValueError as error:
        raise MalformedAnswer(f"the service's result: {error}", executed=True, request_id=request_id) from None


def _record(
    command: Command, claim: Claim, pictures: Mapping[str, Normalised], called: _Called, now_ms: int
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
        pictures=_digests(command, pictures),
        request_id=called.request_id,
        transaction_id=decision.transaction_id,
    )


def _refusal(
    command: Command, claim: Claim, pictures: Mapping[str, Normalised], error: VerificationError, now_ms: int
) -> DecisionRecord:
    called = _Called(
        Decision("refused", f"the service answered {error.code}", {}), error.message, error.request_id, error.attempts
    )
    record = _record(command, claim, pictures, called, now_ms)
    return msgspec.structs.replace(record, code=error.code, http_status=error.http_status)


def _digests(command: Command, pictures: Mapping[str, Normalised]) -> dict[str, str]:
    return {name: pictures[name].sha256 if name in pictures else "url" for name in command.pictures}
