"""What a function returns as an HTTP response, and the gateway's own errors.

What the real front doors do where a function fails or returns something else than the documented object is
UNCONFIRMED (a client of a function URL is believed to see 502). Here both are 502 without a word of the
function's, so that a mistake shows and nothing leaks.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

RESPONSE_BYTES = 6 * 1024 * 1024
"""Of the object a function returns, Base64 included (documented by API Gateway; FC's own bound is UNCONFIRMED)."""

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_SET_BY_THE_GATEWAY = frozenset(("connection", "content-length", "date", "keep-alive", "server", "upgrade"))
_BODYLESS = frozenset((204, 205, 304))


class MalformedAnswer(Exception):
    """Which part of a function's response object is wrong. Never quotes it."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def answer_from(payload: bytes) -> Answer:
    """The response that a function's return value describes: JSON with statusCode, headers (single strings),
    isBase64Encoded and body, all four. Raises MalformedAnswer."""
    if len(payload) > RESPONSE_BYTES:
        raise MalformedAnswer(f"the response has {len(payload)} bytes; at most {RESPONSE_BYTES} are allowed")
    try:
        answer = json.loads(payload)
    except ValueError as error:
        raise MalformedAnswer("the response is not JSON") from error
    if not isinstance(answer, dict):
        raise MalformedAnswer("the response is not a JSON object")
    status = answer.get("statusCode")
    if isinstance(status, bool) or not isinstance(status, int) or not 200 <= status <= 599:
        raise MalformedAnswer("statusCode must be an integer from 200 to 599")
    body = _body(answer.get("body"), answer.get("isBase64Encoded"))
    return Answer(status, _headers(answer.get("headers")), b"" if status in _BODYLESS else body)


def error_answer(
    status: int, code: str, message: str, request_id: str, headers: Mapping[str, str] | None = None
) -> Answer:
    """The gateway's own error, in the envelope of the official services."""
    body = json.dumps({"RequestId": request_id, "Code": code, "Message": message}).encode()
    return Answer(status, {"Content-Type": "application/json", **(headers or {})}, body)


def _headers(headers: Any) -> dict[str, str]:
    if not isinstance(headers, dict):
        raise MalformedAnswer("headers must be an object")
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name) or not isinstance(value, str) or not _HEADER_VALUE.fullmatch(value):
            raise MalformedAnswer("headers must be single-line strings under valid names")
    return {
        name: value
        for name, value in headers.items()
        if name.lower() not in _SET_BY_THE_GATEWAY and not name.lower().startswith("x-fc-")
    }


def _body(body: Any, is_base64: Any) -> bytes:
    if not isinstance(body, str) or not isinstance(is_base64, bool):
        raise MalformedAnswer("body must be a string and isBase64Encoded true or false")
    try:
        return base64.b64decode(body, validate=True) if is_base64 else body.encode("utf-8")
    except (binascii.Error, UnicodeEncodeError) as error:
        raise MalformedAnswer("body is not what isBase64Encoded says") from error
