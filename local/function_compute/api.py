"""Function Compute's own API, as far as it invokes functions: the form of FC 3.0, and of 2.0 with its services.

A function of FC 3.0 has no service. Whether the form of 2.0 reaches one is UNCONFIRMED; here it does through the one
service name that is given, if one is.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from local.function_compute.acceptance import Event
from local.function_compute.api_signature import check_signature
from local.function_compute.invocation import InvocationRefused, entity_too_large, new_request_id
from local.trail import Trail

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from local.credentials import Account
    from local.function_compute.async_invocations import AsyncInvocations
    from local.function_compute.instances import FunctionCompute

PAYLOAD_BYTES = 32 * 1024 * 1024
QUALIFIER = "LATEST"

_FC3 = re.compile(r"/2023-03-30/functions/(?P<function>[^/]+)/invocations")
_FC2 = re.compile(
    r"/2016-08-15/services/(?P<service>[^/.]+)(?:\.(?P<qualifier>[^/]+))?/functions/(?P<function>[^/]+)/invocations"
)


@dataclass(frozen=True)
class _Call:
    """`task_header` is where this form of the API has the task id."""

    function: str
    task_header: str


@dataclass(frozen=True)
class Api:
    """An ASGI application. `service` is the service of FC 2.0 that has all functions, None: there is none."""

    functions: FunctionCompute
    asynchronous: AsyncInvocations
    account: Account
    service: str | None
    trail: Trail = field(default_factory=Trail)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        request_id = new_request_id(time.time())
        try:
            response = await self._answer(request, request_id)
        except InvocationRefused as refusal:
            body = json.dumps({"ErrorCode": refusal.code, "ErrorMessage": str(refusal)})
            response = Response(body, refusal.status, media_type="application/json")
        except ClientDisconnect:
            return
        response.headers["X-Fc-Request-Id"] = request_id
        await response(scope, receive, send)

    async def _answer(self, request: Request, request_id: str) -> Response:
        raw_path = request.scope["raw_path"].decode("ascii")
        payload = await _payload(request)
        check_signature(request.method, raw_path, request.headers, payload, account=self.account, now=time.time())
        call = self._call(request.method, unquote(raw_path), request.query_params.get("qualifier"))
        self.trail.note(request.headers.get("x-fc-security-token"), "InvokeFunction", call.function)
        kind = request.headers.get("x-fc-invocation-type", "Sync").lower()
        if kind == "async":
            self.asynchronous.accept(
                Event(
                    function=call.function,
                    payload=payload,
                    request_id=request_id,
                    task_id=request.headers.get(call.task_header),
                    delay_seconds=_delay(request.headers.get("x-fc-async-delay", "0")),
                )
            )
            return Response(status_code=202)
        if kind != "sync":
            raise InvocationRefused(400, "InvalidArgument", "x-fc-invocation-type is Sync or Async")
        result = await self.functions.invoke(call.function, payload, request_id)
        headers = {} if result.error_type is None else {"X-Fc-Error-Type": result.error_type}
        return Response(result.payload, 200, headers, "application/octet-stream")

    def _call(self, method: str, path: str, qualifier: str | None) -> _Call:
        if method == "POST" and (found := _FC3.fullmatch(path)):
            _check_qualifier(qualifier)
            return _Call(found["function"], "x-fc-async-task-id")
        if method == "POST" and (found := _FC2.fullmatch(path)):
            if found["service"] != self.service:
                raise InvocationRefused(404, "ServiceNotFound", f"service '{found['service']}' does not exist")
            _check_qualifier(found["qualifier"])
            return _Call(found["function"], "x-fc-stateful-async-invocation-id")
        raise InvocationRefused(400, "PathNotSupported", f"'{method}' against '{path}' is not supported")


async def _payload(request: Request) -> bytes:
    payload = bytearray()
    async for piece in request.stream():
        payload += piece
        if len(payload) > PAYLOAD_BYTES:
            raise entity_too_large(PAYLOAD_BYTES)
    return bytes(payload)


def _check_qualifier(qualifier: str | None) -> None:
    if qualifier not in (None, "", QUALIFIER):
        raise InvocationRefused(404, "AliasNotFound", f"alias '{qualifier}' does not exist: only {QUALIFIER} does")


def _delay(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise InvocationRefused(400, "InvalidArgument", "x-fc-async-delay is a whole number of seconds")
    return int(text)
