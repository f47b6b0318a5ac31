"""From an outcome or an error to the HTTP answer: the official envelope, and the status that a mobile client can
act on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from facegate.errors import FacegateError
from facegate.ledger.records import DecisionRecord
from facegate.operations import OPERATIONS
from facegate.verification.service import COMPARE_FACES, Service

SHOWN = {
    "Operation": "operation",
    "Outcome": "outcome",
    "Rule": "rule",
    "Code": "code",
    "HttpStatus": "http_status",
    "Scores": "scores",
    "Threshold": "threshold",
    "RequestId": "request_id",
    "TransactionId": "transaction_id",
    "PictureSha256": "pictures",
    "Source": "source",
    "Attempts": "attempts",
    "StartedAt": "started_at_ms",
    "DecidedAt": "decided_at_ms",
    "MerchantBizId": "merchant_biz_id",
    "MerchantUserId": "user",
}
"""What a look-up shows of a record, and where it comes from; the official result stands beside it."""


class HttpAnswer(Struct, frozen=True):
    """What both kinds of HTTP event are answered with. A `body` that is text is JSON already."""

    status: int
    body: Mapping[str, Any] | str
    headers: Mapping[str, str] = field(default_factory=dict)

    def as_event_result(self) -> dict[str, Any]:
        """All four keys, always: what the platform assumes for a missing one is unconfirmed."""
        return {
            "statusCode": self.status,
            "headers": {"Content-Type": "application/json", "Cache-Control": "no-store", **self.headers},
            "isBase64Encoded": False,
            "body": self.body if isinstance(self.body, str) else _json(self.body),
        }


def decided(record: DecisionRecord, *, request_id: str, replayed: bool) -> HttpAnswer:
    """The answer to the request that was decided, and the same again to every replay of it."""
    body: dict[str, Any] = {
        "RequestId": record.request_id or request_id,
        "Code": record.code,
        "Message": record.message,
    }
    if record.code == "Success":
        body.update(_result(record))
    elif OPERATIONS[record.operation].service is COMPARE_FACES:
        body["Success"] = False
    body["MerchantBizId"] = record.merchant_biz_id
    if record.user is not None:
        body["MerchantUserId"] = record.user
    return HttpAnswer(record.http_status, body, {"Idempotency-Replayed": "true"} if replayed else {})


def stored(record: DecisionRecord) -> dict[str, Any]:
    """A stored decision, for look-ups: the answer and how it came about."""
    shown = {name: getattr(record, attribute) for name, attribute in SHOWN.items()}
    if record.code == "Success":
        shown[_result_key(record)] = record.answer
    return {name: value for name, value in shown.items() if value is not None}


def success(result: Mapping[str, Any], request_id: str, **more: Any) -> HttpAnswer:
    """facegate's own look-ups, in the same envelope."""
    body = {"RequestId": request_id, "Code": "Success", "Message": "success", "Result": result, **more}
    return HttpAnswer(200, body)


def accepted(biz_id: str, request_id: str) -> HttpAnswer:
    """The request will be worked on; `Location` is where its result will be."""
    body = {
        "RequestId": request_id,
        "Code": "Accepted",
        "Message": "the request is accepted: ask for its result in a moment",
        "MerchantBizId": biz_id,
    }
    return HttpAnswer(202, body, {"Location": f"/v1/results/{biz_id}", "Preference-Applied": "respond-async"})


def refused(
    error: FacegateError, request_id: str, biz_id: str | None = None, service: Service | None = None
) -> HttpAnswer:
    """The error as the caller sees it: code, status, one sentence, and when to come back."""
    body: dict[str, Any] = {
        "RequestId": getattr(error, "request_id", None) or request_id,
        "Code": error.code,
        "Message": error.message,
    }
    if service is COMPARE_FACES:
        body["Success"] = False
    if biz_id is not None:
        body["MerchantBizId"] = biz_id
    headers = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
    return HttpAnswer(error.http_status, body, headers)


def _json(body: Mapping[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _result_key(record: DecisionRecord) -> str:
    return OPERATIONS[record.operation].service.result_key


def _result(record: DecisionRecord) -> dict[str, Any]:
    if _result_key(record) == "Data":
        return {"Success": True, "Data": record.answer}
    return {"Result": record.answer}
