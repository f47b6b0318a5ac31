"""Uploads enrol: every record of an OSS event on its own, so that a bad one neither stops nor repeats the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from facegate import log
from facegate.commands import CommandMaker
from facegate.deadline import Deadline
from facegate.enrolment import UserErased
from facegate.errors import FacegateError, RequestError
from facegate.events import uploads
from facegate.events.giving_back import GivenBack, given_back, may_pass
from facegate.events.uploads import Upload
from facegate.ledger.failures import Failure, Failures, failure_id
from facegate.ledger.results import Results
from facegate.objects import ObjectChanged, ObjectMissing, Objects
from facegate.operations import Operation
from facegate.pipeline import Outcome, Pipeline

OPERATION = "AddFaceRecord"


class Enrolments(Struct, frozen=True):
    """The handler of enroll-on-upload."""

    operation: Operation
    maker: CommandMaker
    pipeline: Pipeline
    objects: Objects
    results: Results
    failures: Failures
    function: str
    now_ms: Callable[[], int]

    def handle(self, event: bytes, request_id: str, deadline: Deadline) -> dict[str, int]:
        """How many records came to what. Raises GivenBack when at least one may fare better later."""
        counts: dict[str, int] = {}
        back: GivenBack | None = None
        for upload, raw in uploads.parse(event):
            try:
                outcome = self._enrol(upload, request_id, deadline)
            except FacegateError as error:
                if may_pass(error):
                    back, outcome = given_back(error), "given back"
                else:
                    kept = self._fail(upload, raw, error.code, error.message, request_id)
                    outcome = "failed" if kept else "erased"
                log.refused(error, request_id=request_id, operation=OPERATION, merchant_biz_id=upload.biz_id())
            else:
                if isinstance(outcome, Outcome):
                    outcome = self._decided(upload, raw, outcome, request_id)
            counts[outcome] = counts.get(outcome, 0) + 1
        if back is not None:
            raise back
        return counts

    def _enrol(self, upload: Upload, request_id: str, deadline: Deadline) -> Outcome | str:
        if not upload.is_ours or upload.key.endswith("/"):
            return "skipped"
        if upload.size == 0:
            raise RequestError("the object is empty", code="EmptyObject")
        upload.owner({})
        try:
            found = self.objects.get(upload.key, self.operation.profile.max_input_bytes, upload.etag or None)
        except (ObjectChanged, ObjectMissing) as error:
            if self.results.find(upload.biz_id()) is not None:
                return "replayed"  # delivered again after the object had served
            if isinstance(error, ObjectMissing):
                raise
            return "overwritten"
        user, group = upload.owner(found.metadata)
        command = self.maker.make(
            self.operation,
            {
                "MerchantBizId": upload.biz_id(),
                "MerchantUserId": user,
                "FaceGroupCode": group,
                "FacePicture": found.data,
            },
            source="upload",
            request_id=request_id,
            occurred_at_ms=upload.at_ms or None,
        )
        try:
            return self.pipeline.run(command, deadline)
        except UserErased:
            return "erased"

    def _decided(self, upload: Upload, raw: dict[str, Any], outcome: Outcome, request_id: str) -> str:
        """A refusal is recorded as a failure also where it is replayed: whoever decided it may have died before."""
        record = outcome.record
        log.decided(record, request_id, replayed=outcome.replayed)
        if record.outcome != "enrolled":
            self._fail(
                upload, raw, record.code if record.code != "Success" else "NotEnrolled", record.message, request_id
            )
        return "replayed" if outcome.replayed else record.outcome

    def _fail(self, upload: Upload, raw: dict[str, Any], reason: str, detail: str, request_id: str) -> bool:
        """Recorded as its own event, so that it can be handed back without the others; not of an erased user."""
        event = uploads.alone(raw)
        return self.failures.record(
            Failure(
                failure_id=failure_id(self.function, event),
                function=self.function,
                reason=reason,
                detail=detail,
                attempts=1,
                failed_at_ms=self.now_ms(),
                event=event,
                user=uploads.user(upload, self.maker.users),
                request_id=request_id,
                object_key=upload.key,
                arose_at_ms=upload.at_ms or None,
            )
        )
