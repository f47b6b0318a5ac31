"""The one way that every request takes: address, operation, signature, fault, bucket, expiry, operation, answer."""

from __future__ import annotations

import logging
import sqlite3
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from local.oss import events, operations
from local.oss.answers import Answer, refusal
from local.oss.bucket_settings import granted_acl
from local.oss.calling import Call
from local.oss.connections import Connection
from local.oss.errors import OssError
from local.oss.receiving import Body, ClientGone
from local.oss.sending import SENDERS, send
from local.oss.service import Content
from local.oss.signature import refuse_version_1
from local.oss.wire import WireRequest, address, bucket_of_host, join_headers, new_request_id, parse_query
from local.trail import Trail

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import Receive, Scope, Send

    from local.oss.faults import FaultBook
    from local.oss.operations import Operation
    from local.oss.service import Service
    from local.oss.signature import Authenticator

REPLACED, DELETED = "replaced", "deleted"
INSTEAD: dict[str | None, Callable[[Connection], Awaitable[None]]] = {
    "reset": Connection.reset,
    "hang": Connection.hang,
}
ERRORS: dict[str | None, str] = {"http-500": "InternalError", "http-503": "ServiceUnavailable"}
BEFORE: dict[str | None, str] = {"replaced-before": REPLACED, "deleted-before": DELETED}
AFTER: dict[str | None, str] = {"replaced-after-head": REPLACED, "deleted-after-head": DELETED}
REPLACEMENT = b"replaced by a fault on order"

log = logging.getLogger("local.oss")


class Endpoint:
    """An ASGI application. `calls` counts the requests let in, by operation, faults included; no object may have
    more than `max_object_bytes`."""

    def __init__(
        self, service: Service, authenticator: Authenticator, faults: FaultBook, max_object_bytes: int
    ) -> None:
        self.calls: Counter[str] = Counter()
        self.trail = Trail()
        self._service = service
        self._authenticator = authenticator
        self._faults = faults
        self._max_object_bytes = max_object_bytes

    async def __call__(self, scope: Scope, receive: Receive, send_event: Send) -> None:
        connection = Connection(scope, receive, send_event)
        request = _unaddressed(scope)
        try:
            hosted = bucket_of_host(request.host, self._service.identity.region)
            bucket, key = address(scope["raw_path"], hosted)
            request = replace(request, bucket=bucket, key=key, query=parse_query(scope["query_string"]))
            refuse_version_1(request)
            operation = operations.find(request)
            body = Body(request, receive, self._max_object_bytes)
            call = Call(self._service, request, body, self._authenticator)
            self._check_permission(operation, call)
        except OssError as error:
            await self._send(connection, request, refusal(error, request))
            return
        self.calls[operation.name] += 1
        if not operation.signs_body:  # who sends a form is known only once its body is read
            self.trail.note(_security_token(request), operation.name, _place(request))
        order = self._faults.take((operation.name, request.key))
        try:
            await self._perform(connection, operation, call, None if order is None else order.fault)
        except ClientGone:
            return

    async def _perform(self, connection: Connection, operation: Operation, call: Call, fault: str | None) -> None:
        if fault in INSTEAD:
            await INSTEAD[fault](connection)
            return
        if fault in ERRORS:
            await self._send(connection, call.request, refusal(OssError(ERRORS[fault]), call.request))
            return
        if fault in BEFORE:
            self._change_object(call, BEFORE[fault])
        await self._send(connection, call.request, await self._answer(operation, call), fault)
        if fault in AFTER:
            self._change_object(call, AFTER[fault])

    async def _answer(self, operation: Operation, call: Call) -> Answer:
        try:
            return await operation.run(call)
        except OssError as error:
            return refusal(error, call.request)
        except (OSError, sqlite3.Error) as error:
            log.error("%s failed: %s", operation.name, type(error).__name__)  # noqa: TRY400  no traceback in a log
            return refusal(OssError("InternalError"), call.request)

    async def _send(
        self, connection: Connection, request: WireRequest, answer: Answer, fault: str | None = None
    ) -> None:
        headers = {"x-oss-request-id": request.request_id, **answer.headers}
        if answer.status >= 400 and "expect" in request.headers:
            headers["connection"] = "close"  # the body that was announced may never come
        try:
            await SENDERS.get(fault or "", send)(connection, replace(answer, headers=headers))
        except OSError as error:
            log.error("%s: %s", request.request_id, error)  # noqa: TRY400  no traceback in a log
            await connection.reset()
        finally:
            answer.close()

    def _check_permission(self, operation: Operation, call: Call) -> None:
        is_signed = operation.signs_body or self._authenticator.check_request(call.request)
        if not is_signed and granted_acl(call) not in operation.anonymous:
            raise OssError("AccessDenied", "Anonymous user has no right to access this bucket.", ec="0003-00000001")
        if not operation.makes_bucket:
            self._service.check_bucket(call.bucket)
            self._service.expire(call.bucket)

    def _change_object(self, call: Call, change: str) -> None:
        """Replaces or deletes the object as another client would."""
        stored = self._service.catalogue.find_object(call.bucket, call.key)
        if stored is None:
            return
        if change == DELETED:
            self._service.remove(events.DELETE, call.bucket, call.key, call.origin)
            return
        with self._service.blobs.new() as writer:
            writer.write(REPLACEMENT)
            blob = writer.finish()
        content = Content(blob, blob.md5.hex().upper())
        self._service.store(
            events.PUT, call.bucket, call.key, content, attributes=stored.attributes, origin=call.origin
        )


def _unaddressed(scope: Scope) -> WireRequest:
    """What can be said of a request before anything in it is checked; enough for a refusal."""
    headers = join_headers(scope["headers"])
    return WireRequest(
        method=scope["method"],
        bucket=None,
        key=None,
        query=(),
        headers=headers,
        host=headers.get("host", ""),
        source_ip=(scope["client"] or ("127.0.0.1", 0))[0],
        request_id=new_request_id(),
    )


def _security_token(request: WireRequest) -> str | None:
    return request.headers.get("x-oss-security-token") or request.parameter("x-oss-security-token")


def _place(request: WireRequest) -> str:
    """The bucket, with the top folder of the key or of the listed prefix: no file or user is named."""
    folder, slash, _ = (request.key or request.parameter("prefix") or "").partition("/")
    return f"{request.bucket}/{folder}/" if slash else str(request.bucket)
