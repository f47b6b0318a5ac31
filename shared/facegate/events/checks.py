"""Sign-ups are checked: one message, one duplicate check, its result readable by id and by user."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from facegate import log
from facegate.commands import CommandMaker
from facegate.deadline import Deadline
from facegate.enrolment import UserErased
from facegate.errors import FacegateError
from facegate.events import signups
from facegate.events.giving_back import given_back, may_pass
from facegate.events.signups import SignUp
from facegate.ledger.failures import Failure, Failures, failure_id
from facegate.ledger.records import DecisionRecord
from facegate.operations import Operation
from facegate.pipeline import Pipeline

OPERATION = "FaceDuplicationCheckIntl"


class Checks(Struct, frozen=True):
    """The handler of dedup-on-signup."""

    operation: Operation
    maker: CommandMaker
    pipeline: Pipeline
    failures: Failures
    function: str
    now_ms: Callable[[], int]

    def handle(self, event: bytes, request_id: str, deadline: Deadline) -> dict[str, str]:
        """What the check came to, and under which id. Raises GivenBack when it may fare better later."""
        user = signups.user(event, self.maker.users)
        try:
            record = self._check(signups.parse(event), request_id, deadline)
        except UserErased:
            return {"Outcome": "erased"}
        except FacegateError as error:
            log.refused(error, request_id=request_id, operation=OPERATION)
            if may_pass(error):
                raise given_back(error) from None
            kept = self._fail(event, error.code, error.message, request_id, user)
            return {"Outcome": "failed", "Code": error.code} if kept else {"Outcome": "erased"}
        log.decided(record, request_id, replayed=False)
        if record.outcome == "refused":
            self._fail(event, record.code, record.message, request_id, user)
        return {"Outcome": record.outcome, "MerchantBizId": record.merchant_biz_id}

    def _check(self, sign_up: SignUp, request_id: str, deadline: Deadline) -> DecisionRecord:
        command = self.maker.make(
            self.operation,
            {**sign_up.fields, "MerchantBizId": sign_up.biz_id()},
            source=sign_up.source,
            request_id=request_id,
            occurred_at_ms=sign_up.at_ms or None,
        )
        return self.pipeline.run(command, deadline).record

    def _fail(self, event: bytes, reason: str, detail: str, request_id: str, user: str | None) -> bool:
        text = event.decode("utf-8", "replace")
        return self.failures.record(
            Failure(
                failure_id=failure_id(self.function, text),
                function=self.function,
                reason=reason,
                detail=detail,
                attempts=1,
                failed_at_ms=self.now_ms(),
                event=text,
                user=user,
                request_id=request_id,
                arose_at_ms=signups.arose_at_ms(event),
            )
        )
