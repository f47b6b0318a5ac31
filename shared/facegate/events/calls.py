"""POST /v1/<operation>: an HTTP request becomes the one command, and its outcome the answer."""

from __future__ import annotations

from dataclasses import dataclass

from facegate import log
from facegate.commands import CommandMaker
from facegate.deadline import Deadline
from facegate.errors import FacegateError, RequestError
from facegate.events import answers, bodies
from facegate.events.answers import HttpAnswer
from facegate.events.http import HttpRequest
from facegate.operations import Operation
from facegate.pipeline import Pipeline


@dataclass(frozen=True, slots=True)
class Calls:
    """One operation, as HTTP. `max_body_bytes` is checked before the body is read."""

    operation: Operation
    maker: CommandMaker
    pipeline: Pipeline
    max_body_bytes: int

    def answer(self, request: HttpRequest, request_id: str, deadline: Deadline) -> HttpAnswer:
        """Raises RequestError and PictureTooLarge for a request that cannot become a command."""
        if request.method != "POST":
            raise RequestError(f"{self.operation.action} is called by POST", code="MethodNotAllowed", http_status=405)
        command = self.maker.make(
            self.operation,
            bodies.fields(request.headers.get("content-type", ""), request.body, self.max_body_bytes),
            source=request.source,
            request_id=request_id,
            idempotency_key=request.headers.get("idempotency-key"),
        )
        try:
            outcome = self.pipeline.run(command, deadline)
        except FacegateError as error:
            log.refused(error, request_id=request_id, operation=self.operation.action, merchant_biz_id=command.biz_id)
            return answers.refused(error, request_id, command.biz_id)
        record = outcome.record
        log.write(
            "INFO",
            "decided",
            request_id=request_id,
            service_request_id=record.request_id or "",
            operation=record.operation,
            merchant_biz_id=record.merchant_biz_id,
            outcome=record.outcome,
            code=record.code,
            attempts=record.attempts,
            replayed=outcome.replayed,
            source=request.source,
        )
        return answers.decided(record, request_id=request_id, replayed=outcome.replayed)
