"""HTTP requests as the events that functions get: an HTTP trigger's, and API Gateway's."""

from __future__ import annotations

import base64
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_TEXT_TYPES = ("application/json", "application/xml", "application/javascript", "application/x-www-form-urlencoded")
_NOT_PASSED_ON = frozenset(
    ("connection", "expect", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade")
)


@dataclass(frozen=True)
class HttpRequest:
    """A request as it was received: `raw_path` still percent-encoded, `query` without its question mark, headers in
    order, `time` in Unix seconds."""

    method: str
    raw_path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    source_ip: str
    protocol: str
    time: float


def http_trigger_event(
    request: HttpRequest, *, request_id: str, function: str, account_id: str, region: str
) -> dict[str, Any]:
    """The event of an HTTP trigger, version v1. Which content types FC takes for text is UNCONFIRMED."""
    headers = _headers(request)
    text = _text(request.body, headers.get("Content-Type", ""))
    moment = time.gmtime(request.time)
    return {
        "version": "v1",
        "rawPath": request.raw_path,
        "headers": headers,
        "queryParameters": _query(request),
        "body": _base64(request.body) if text is None else text,
        "isBase64Encoded": text is None,
        "requestContext": {
            "accountId": account_id,
            "triggerId": str(uuid.uuid5(uuid.NAMESPACE_URL, f"http:{function}")),
            "domainName": f"{function}.{region}.fcapp.run",
            "domainPrefix": function,
            "requestId": request_id,
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", moment),
            "timeEpoch": str(int(request.time * 1000)),
            "http": {
                "method": request.method,
                "path": unquote(request.raw_path),
                "protocol": request.protocol,
                "sourceIp": request.source_ip,
                "userAgent": headers.get("User-Agent", ""),
            },
        },
    }


def api_gateway_event(request: HttpRequest, *, request_id: str, path_parameters: Mapping[str, str]) -> dict[str, Any]:
    """The event of the traditional API Gateway, with isBase64Encoded as the string that its documents show. Whether
    its `path` is encoded is UNCONFIRMED: here it is as received."""
    headers = _headers(request)
    text = _text(request.body, headers.get("Content-Type", ""))
    gateway_headers = {
        "CaRequestId": request_id,
        "X-Ca-Api-Gateway": request_id,
        "CaClientIp": request.source_ip,
        "CaHttpSchema": "HTTP",
        "X-Forwarded-For": request.source_ip,
    }
    return {
        "path": request.raw_path,
        "httpMethod": request.method,
        "headers": {**headers, **gateway_headers},
        "queryParameters": _query(request),
        "pathParameters": dict(path_parameters),
        "body": _base64(request.body) if text is None else text,
        "isBase64Encoded": "true" if text is None else "false",
    }


def _headers(request: HttpRequest) -> dict[str, str]:
    # x-fc- headers are Function Compute's own: a client's do not pass.
    return _joined(
        ("-".join(part.capitalize() for part in name.split("-")), value)
        for name, value in request.headers
        if name.lower() not in _NOT_PASSED_ON and not name.lower().startswith("x-fc-")
    )


def _query(request: HttpRequest) -> dict[str, str]:
    return _joined(parse_qsl(request.query, keep_blank_values=True))


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return {name: ",".join(several) for name, several in values.items()}


def _text(body: bytes, content_type: str) -> str | None:
    media_type = content_type.partition(";")[0].strip().lower()
    is_text = media_type.startswith("text/") or media_type.endswith(("+json", "+xml")) or media_type in _TEXT_TYPES
    if media_type and not is_text:
        return None
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _base64(body: bytes) -> str:
    return base64.b64encode(body).decode("ascii")
