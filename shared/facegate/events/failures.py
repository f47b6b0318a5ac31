"""The failure destination: what the platform gave up becomes a row that an operator can read and hand back.

The payload's shape is documented: requestContext{requestId, functionArn, condition, approximateInvokeCount},
requestPayload, responseContext{statusCode, functionError}, responsePayload.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from facegate.errors import RequestError
from facegate.events import deferred, signups, uploads
from facegate.ledger.failures import Failure, Failures, failure_id
from facegate.ledger.results import Results
from facegate.users import UserIds

MAX_DETAIL = 300


def record(event: bytes, failures: Failures, results: Results, users: UserIds, now_ms: int) -> dict[str, list[str]]:
    """Writes what failed: of an event of several uploads, those that came to nothing. Raises RequestError,
    LedgerError.
    """
    parsed = [failure for failure in parse(event, users, now_ms) if not _decided(failure, results)]
    return {"FailureIds": [failure.failure_id for failure in parsed if failures.record(failure)]}


def parse(event: bytes | str, users: UserIds, now_ms: int) -> list[Failure]:
    """The failures that the destination's payload tells of: one for each record of an OSS event, else one.

    Raises RequestError when it is no such payload.
    """
    try:
        told = json.loads(event)
        context = told["requestContext"]
        function = str(context["functionArn"]).rpartition("functions/")[2].partition("/")[0]
        payload = str(told["requestPayload"])
        attempts = int(context.get("approximateInvokeCount", 1))
    except (ValueError, KeyError, TypeError):
        raise RequestError("the event is not a failure destination's") from None
    reason, detail = _why(told)
    return [
        Failure(
            failure_id=failure_id(function, part.event),
            function=function,
            reason=reason or str(context.get("condition", "Unknown")),
            detail=detail[:MAX_DETAIL],
            attempts=attempts,
            failed_at_ms=now_ms,
            event=part.event,
            user=part.user,
            request_id=str(context.get("requestId", "")) or None,
            object_key=part.object_key,
            arose_at_ms=part.arose_at_ms,
        )
        for part in _parts(payload, users)
    ]


class _Part(NamedTuple):
    """What can fail alone: an event, the keyed hash of the user it is about, the object, when it arose."""

    event: str
    user: str | None
    object_key: str | None
    arose_at_ms: int | None


def _parts(payload: str, users: UserIds) -> list[_Part]:
    """The event, or each of its records as an event of its own."""
    try:
        records = uploads.parse(payload)
    except uploads.UnreadableEvent:
        user = deferred.user(payload) or signups.user(payload, users)
        return [_Part(payload, user, deferred.object_key(payload), signups.arose_at_ms(payload))]
    return [
        _Part(uploads.alone(raw), uploads.user(upload, users), upload.key, upload.at_ms or None)
        for upload, raw in records
    ]


def _decided(failure: Failure, results: Results) -> bool:
    """Whether the failed event is that of one upload, and the upload has a result all the same."""
    try:
        ((upload, _),) = uploads.parse(failure.event)
    except (uploads.UnreadableEvent, ValueError):
        return False
    return results.find(upload.biz_id()) is not None


def _why(told: Mapping[str, Any]) -> tuple[str, str]:
    """The code and sentence that our own handlers raise with; empty where the platform itself gave up."""
    try:
        said = json.loads(str(told.get("responsePayload") or "{}"))
        message = str(said.get("errorMessage", ""))
    except (ValueError, AttributeError):
        return "", ""
    code, separator, detail = message.partition(": ")
    if separator and code.replace(".", "").isalnum():
        return code, detail
    return "", "the function failed"
