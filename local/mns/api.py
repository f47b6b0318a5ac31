"""The HTTP side: has a request checked and carried out, and answers in XML."""

from __future__ import annotations

import re
import sqlite3
import time
import uuid
from collections import Counter
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from local.function_compute.invocation import InvocationRefused
from local.mns.documents import parse, render
from local.mns.errors import MnsError
from local.mns.signature import check_signature
from local.trail import Trail

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from local.credentials import Account
    from local.mns.topics import Topics

VERSION = "2015-06-06"
RETENTION_SECONDS = 86_400
"""Documented: how long a topic keeps a message that it could not deliver."""
MAX_BODY_BYTES = 256 * 1024

_PATH = re.compile(r"/topics/(?P<topic>[^/?]+)(?P<messages>/messages)?")
_OPERATIONS = {
    ("PUT", False): "CreateTopic",
    ("GET", False): "GetTopicAttributes",
    ("DELETE", False): "DeleteTopic",
    ("POST", True): "PublishMessage",
}
_TOPIC_FIELDS = frozenset(("MaximumMessageSize", "LoggingEnabled"))
_MESSAGE_FIELDS = frozenset(("MessageBody",))
_BOOLEANS = {"true": True, "false": False}


class Api:
    """An ASGI application. `calls` counts the authenticated requests by operation."""

    def __init__(self, topics: Topics, account: Account, account_id: str, region: str) -> None:
        self.calls: Counter[str] = Counter()
        self.trail = Trail()
        self._topics = topics
        self._account = account
        self._account_id = account_id
        self._host = f"mns.{region}.aliyuncs.com"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        request_id = uuid.uuid4().hex[:24].upper()
        try:
            response = await self._answer(request)
        except (MnsError, InvocationRefused) as refusal:
            response = self._refusal(refusal.status, refusal.code, str(refusal), request_id)
        except sqlite3.Error:
            response = self._refusal(500, "InternalError", "Internal error.", request_id)
        except ClientDisconnect:
            return
        response.headers["x-mns-request-id"] = request_id
        response.headers["x-mns-version"] = VERSION
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        target, body = _target(request), await _body(request)
        check_signature(request.method, target, request.headers, body, account=self._account, now=time.time())
        found = _PATH.fullmatch(target)
        operation = _OPERATIONS.get((request.method, bool(found["messages"]))) if found else None
        if found is None or operation is None:
            raise MnsError("NotImplemented", f"The local MNS does not serve {request.method} {target}.")
        self.calls[operation] += 1
        topic = found["topic"]
        self.trail.note(request.headers.get("security-token"), operation, topic)
        if operation == "CreateTopic":
            return self._create(topic, body)
        if operation == "DeleteTopic":
            self._topics.delete(topic)
            return Response(status_code=204)
        if operation == "GetTopicAttributes":
            return self._describe(topic)
        message = self._topics.publish(topic, parse(body, "Message", _MESSAGE_FIELDS).get("MessageBody", "").encode())
        return _xml(render("Message", {"MessageId": message.message_id, "MessageBodyMD5": message.md5}), 201)

    def _create(self, topic: str, body: bytes) -> Response:
        fields = parse(body, "Topic", _TOPIC_FIELDS)
        size, logging = fields.get("MaximumMessageSize", "65536"), fields.get("LoggingEnabled", "False").lower()
        if not re.fullmatch(r"[0-9]{1,9}", size) or logging not in _BOOLEANS:
            raise MnsError("InvalidArgument", "MaximumMessageSize is a number, LoggingEnabled True or False.")
        made = self._topics.create(topic, maximum_message_size=int(size), logging_enabled=_BOOLEANS[logging])
        location = f"http://{self._account_id}.{self._host}/topics/{topic}"
        return Response(status_code=201 if made else 204, headers={"location": location})

    def _describe(self, topic: str) -> Response:
        found = self._topics.attributes(topic)
        fields = {
            "TopicName": found.name,
            "CreateTime": found.created,
            "LastModifyTime": found.created,
            "MaximumMessageSize": found.maximum_message_size,
            "MessageRetentionPeriod": RETENTION_SECONDS,
            "MessageCount": 0,
            "LoggingEnabled": found.logging_enabled,
        }
        return _xml(render("Topic", fields), 200)

    def _refusal(self, status: int, code: str, message: str, request_id: str) -> Response:
        fields = {"Code": code, "Message": message, "RequestId": request_id, "HostId": f"http://{self._host}"}
        return _xml(render("Error", fields), status)


def _target(request: Request) -> str:
    """Path and query as they were sent."""
    query = request.scope["query_string"].decode("latin-1")
    path: str = request.scope["raw_path"].decode("latin-1")
    return f"{path}?{query}" if query else path


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_BODY_BYTES:
            raise MnsError("RequestBodyTooLarge", f"A request has at most {MAX_BODY_BYTES} bytes.")
    return bytes(body)


def _xml(body: bytes, status: int) -> Response:
    return Response(body, status, media_type="text/xml")
