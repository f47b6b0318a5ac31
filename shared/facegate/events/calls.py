"""POST /v1/<operation>: an HTTP request becomes the one command, and its outcome the answer."""

from __future__ import annotations

from msgspec import Struct

from facegate import log
from facegate.commands import Command, CommandMaker
from facegate.deadline import Deadline
from facegate.errors import FacegateError, RequestError
from facegate.events import answers, bodies, http
from facegate.events.answers import HttpAnswer
from facegate.events.deferred import Deferral, Handed
from facegate.events.giving_back import given_back, may_pass
from facegate.events.http import HttpRequest
from facegate.ledger.claims import Claims, Replay
from facegate.objects import ObjectMissing
from facegate.operations import Operation
from facegate.pipeline import Pipeline


class Calls(Struct, frozen=True):
    """One operation, as HTTP. `max_body_bytes` is checked before the body is read."""

    operation: Operation
    maker: CommandMaker
    pipeline: Pipeline
    deferral: Deferral
    claims: Claims
    max_body_bytes: int

    def answer(self, request: HttpRequest, event: bytes, request_id: str, deadline: Deadline) -> HttpAnswer:
        """The decision, 202 for later, or the error."""
        biz_id = None
        try:
            command = self._command(request, request_id)
            biz_id = command.biz_id
            if "respond-async" in request.headers.get("prefer", "").lower():
                return self._deferred(command, event, request_id)
            outcome = self.pipeline.run(command, deadline)
        except FacegateError as error:
            log.refused(error, request_id=request_id, operation=self.operation.action, merchant_biz_id=biz_id or "")
            return answers.refused(error, request_id, biz_id, self.operation.service)
        log.decided(outcome.record, request_id, replayed=outcome.replayed)
        return answers.decided(outcome.record, request_id=request_id, replayed=outcome.replayed)

    def work_off(self, handed: Handed, request_id: str, deadline: Deadline) -> dict[str, str]:
        """Handed-over work: nobody waits for an answer. Raises GivenBack when it may fare better later."""
        try:
            event = self.deferral.event_of(handed)
        except ObjectMissing:
            record = self.claims.results.find(handed.biz_id)
            if record is None:
                raise
            return {"Outcome": record.outcome, "MerchantBizId": handed.biz_id}  # delivered again, after its end
        command = self._command(http.parse(event), request_id, handed.biz_id)
        try:
            outcome = self.pipeline.run(command, deadline)
        except FacegateError as error:
            log.refused(error, request_id=request_id, operation=self.operation.action, merchant_biz_id=command.biz_id)
            if may_pass(error):
                raise given_back(error) from None
            self.pipeline.refuse(command, error)
            self.deferral.done(handed)
            return {"Outcome": "refused", "Code": error.code}
        log.decided(outcome.record, request_id, replayed=outcome.replayed)
        self.deferral.done(handed)
        return {"Outcome": outcome.record.outcome, "MerchantBizId": command.biz_id}

    def _command(self, request: HttpRequest, request_id: str, biz_id: str | None = None) -> Command:
        if request.method != "POST":
            raise RequestError(f"{self.operation.action} is called by POST", code="MethodNotAllowed", http_status=405)
        fields = bodies.fields(request.headers.get("content-type", ""), request.body, self.max_body_bytes)
        if biz_id is not None:
            fields["MerchantBizId"] = biz_id
        return self.maker.make(
            self.operation,
            fields,
            source=request.source,
            request_id=request_id,
            idempotency_key=request.headers.get("idempotency-key"),
        )

    def _deferred(self, command: Command, event: bytes, request_id: str) -> HttpAnswer:
        """202 and where the result will be; the stored answer at once, if the request was decided before."""
        accepted = self.claims.accept(command.biz_id, command.fingerprint)
        if isinstance(accepted, Replay):
            return answers.decided(accepted.record, request_id=request_id, replayed=True)
        self.deferral.hand_over(event, command, accepted.turn)
        record = self.claims.results.find(command.biz_id)
        if record is not None:
            self.deferral.withdraw(command)
            return answers.decided(record, request_id=request_id, replayed=True)
        return answers.accepted(command.biz_id, request_id)
