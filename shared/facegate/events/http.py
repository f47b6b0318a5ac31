"""The two shapes in which a request over HTTP arrives: the HTTP trigger's event, and API Gateway's.

Header names are case-insensitive and values comma-joined in both; `isBase64Encoded` was seen as boolean and as
string, so both are read. The shapes are told apart by `rawPath` and `httpMethod` (documented).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import msgspec

from facegate import strict_base64
from facegate.errors import RequestError


class UnknownEvent(Exception):
    """The event is of neither shape: another trigger was pointed at this function."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """`segments` is the path, split and decoded; `headers` have lower-case names; `body` is bytes as they were sent."""

    method: str
    segments: tuple[str, ...]
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes = field(repr=False)
    source: str


def parse(event: bytes | str) -> HttpRequest:
    """Raises UnknownEvent, and RequestError when the body's Base64 is broken."""
    try:
        shape = msgspec.json.decode(event)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise UnknownEvent("the event is not JSON") from None
    if not isinstance(shape, dict):
        raise UnknownEvent("the event is not an object")
    if "requestContext" in shape and "rawPath" in shape:
        http = _object(_object(shape, "requestContext"), "http")
        return _request(shape, str(http.get("method", "")), str(shape["rawPath"]), "http")
    if "httpMethod" in shape:
        return _request(shape, str(shape["httpMethod"]), str(shape.get("path", "")), "api-gateway")
    raise UnknownEvent("the event is neither the HTTP trigger's nor API Gateway's")


def _object(shape: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = shape.get(name) or {}
    if not isinstance(found, dict):
        raise UnknownEvent(f"the event's {name} is not an object")
    return found


def _request(shape: Mapping[str, Any], method: str, path: str, source: str) -> HttpRequest:
    headers = {str(name).lower(): str(value) for name, value in _object(shape, "headers").items()}
    query = {str(name): str(value) for name, value in _object(shape, "queryParameters").items()}
    segments = tuple(unquote(part) for part in path.partition("?")[0].strip("/").split("/"))
    return HttpRequest(method.upper(), segments, headers, query, _body(shape), source)


def _body(shape: Mapping[str, Any]) -> bytes:
    body = shape.get("body") or ""
    if not isinstance(body, str):
        body = json.dumps(body)
    if str(shape.get("isBase64Encoded", False)).lower() != "true":
        return body.encode("utf-8", "surrogatepass")
    try:
        return strict_base64.decode(body)
    except ValueError:
        raise RequestError("the event's body is flagged as Base64 and is not") from None
