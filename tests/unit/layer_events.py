"""Events as the platform makes them."""

from __future__ import annotations

import base64
import json
from typing import Any

from facegate.events.http import HttpRequest, parse


def trigger(method: str, path: str, body: str = "", **more: Any) -> dict[str, Any]:
    """The HTTP trigger's event, version v1."""
    return {
        "version": "v1",
        "rawPath": path,
        "headers": {"Content-Type": "application/json"},
        "queryParameters": {},
        "body": body,
        "isBase64Encoded": False,
        "requestContext": {"requestId": "r-1", "http": {"method": method, "path": path}},
        **more,
    }


def gateway(method: str, path: str, body: str = "", **more: Any) -> dict[str, Any]:
    """API Gateway's event."""
    return {
        "path": path,
        "httpMethod": method,
        "headers": {"content-type": "application/json"},
        "queryParameters": {},
        "pathParameters": {},
        "body": body,
        "isBase64Encoded": "false",
        **more,
    }


SHAPES = {"http": trigger, "api-gateway": gateway}


def encoded(shape: dict[str, Any]) -> bytes:
    return json.dumps(shape).encode()


def request(method: str, path: str, fields: object = None, **headers: str) -> HttpRequest:
    """A request through the HTTP trigger, JSON in its body; `_` in a header's name for `-`."""
    named = {"Content-Type": "application/json", **{key.replace("_", "-"): value for key, value in headers.items()}}
    body = base64.b64encode(json.dumps(fields).encode()).decode() if fields is not None else ""
    return parse(encoded(trigger(method, path, body, headers=named, isBase64Encoded=True)))
