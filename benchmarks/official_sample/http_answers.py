"""The HTTP trigger's event and answer."""

from __future__ import annotations

import base64
import json
from typing import Any


def fields_of(event: bytes) -> dict[str, Any]:
    """The JSON body of the request."""
    request = json.loads(event)
    body = request["body"]
    if request.get("isBase64Encoded"):
        body = base64.b64decode(body)
    fields: dict[str, Any] = json.loads(body)
    return fields


def answer(status: int, body: dict[str, Any]) -> dict[str, Any]:
    """What Function Compute makes an HTTP response of."""
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json"},
        "isBase64Encoded": False,
        "body": json.dumps(body),
    }
