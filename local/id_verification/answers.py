"""The answers of the RPC wire: success and error JSON, each under a request id of its own."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Send

    from local.id_verification.errors import ServiceError

JSON = "application/json;charset=utf-8"


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


def json_text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def new_request_id() -> str:
    return str(uuid.uuid4()).upper()


def success(request_id: str, fields: Mapping[str, Any]) -> Answer:
    return _json(200, request_id, {"RequestId": request_id, **fields})


def error(request_id: str, host: str, failure: ServiceError) -> Answer:
    """`host` is the Host header of the request."""
    recommend = f"https://api.alibabacloud.com/troubleshoot?q={failure.code}"
    fields = {
        "RequestId": request_id,
        "HostId": host,
        "Code": failure.code,
        "Message": failure.message,
        "Recommend": recommend,
    }
    return _json(failure.status, request_id, fields)


async def send_answer(answer: Answer, send: Send) -> None:
    headers = {
        "content-type": answer.content_type,
        "content-length": str(len(answer.body)),
        **answer.headers,
    }
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})
    await send({"type": "http.response.body", "body": answer.body})


def _json(status: int, request_id: str, fields: Mapping[str, Any]) -> Answer:
    body = json_text(fields).encode()
    return Answer(status, body, headers={"x-acs-request-id": request_id})
