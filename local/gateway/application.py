"""The gateway's ASGI application: requests in, events to functions, responses out.

The authType of an HTTP trigger (function, jwt) is not enforced: every caller on this machine is let in.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from local.function_compute.acceptance import Event
from local.function_compute.invocation import InvocationRefused, InvocationResult, new_request_id
from local.gateway.answers import Answer, MalformedAnswer, answer_from, error_answer
from local.gateway.events import HttpRequest, api_gateway_event, http_trigger_event

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from local.function_compute.async_invocations import AsyncInvocations
    from local.gateway.routes import Match, RouteTable

API_GATEWAY_PREFIX = "/apigw"
HEADER_BYTES = 8 * 1024
PATH_AND_QUERY_BYTES = 4 * 1024
BODY_BYTES = 32 * 1024 * 1024


class Invoker(Protocol):
    """Runs a function once, or ends its instances; raises InvocationRefused where it would not even start."""

    async def invoke(self, function_name: str, event: bytes, request_id: str | None = None) -> InvocationResult: ...

    async def kill(self, function_name: str) -> int: ...


class InvalidArgument(Exception):
    """A request beyond a documented limit (FC answers 400 InvalidArgument)."""


@dataclass(frozen=True)
class Gateway:
    """The front doors of every route: an HTTP trigger at the path, API Gateway at the path under /apigw.

    As documented, any client of an HTTP trigger can make its call asynchronous, by a header. API Gateway waits for
    every call."""

    routes: RouteTable
    functions: Invoker
    asynchronous: AsyncInvocations
    account_id: str
    region: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        request_id = new_request_id(time.time())
        try:
            answer = await self._answer(request, request_id)
        except ClientDisconnect:
            return
        headers = {**answer.headers, "X-Fc-Request-Id": request_id}
        await Response(answer.body, answer.status, headers)(scope, receive, send)

    async def _answer(self, request: Request, request_id: str) -> Answer:
        raw_path = request.scope["raw_path"].decode("ascii")
        behind_api_gateway = raw_path.startswith(f"{API_GATEWAY_PREFIX}/")
        path = raw_path.removeprefix(API_GATEWAY_PREFIX) if behind_api_gateway else raw_path
        match = self.routes.match(request.method, path)
        if match.route is None:
            return _no_route(request.method, match, request_id)
        kind = request.headers.get("x-fc-invocation-type", "Sync").lower()
        if kind not in ("sync", "async"):
            return error_answer(400, "InvalidArgument", "X-Fc-Invocation-Type is Sync or Async", request_id)
        try:
            received = await _received(request, match.route.method, path)
        except InvalidArgument as error:
            return error_answer(400, "InvalidArgument", str(error), request_id)
        function = match.route.function
        if behind_api_gateway:
            event = api_gateway_event(received, request_id=request_id, path_parameters=match.parameters)
        else:
            event = http_trigger_event(
                received,
                request_id=request_id,
                function=function,
                account_id=self.account_id,
                region=self.region,
            )
        payload = json.dumps(event, ensure_ascii=False).encode()
        if behind_api_gateway or kind == "sync":
            return await self._invoked(function, payload, request_id)
        return self._accepted(Event(function, payload, request_id), request_id)

    def _accepted(self, event: Event, request_id: str) -> Answer:
        try:
            self.asynchronous.accept(event)
        except InvocationRefused as refusal:
            return error_answer(refusal.status, refusal.code, str(refusal), request_id)
        return Answer(202)

    async def _invoked(self, function: str, event: bytes, request_id: str) -> Answer:
        try:
            result = await self.functions.invoke(function, event, request_id)
        except InvocationRefused as refusal:
            return error_answer(refusal.status, refusal.code, str(refusal), request_id)
        if result.error_type is not None:
            message = "the function failed; its log says why"
            headers = {"X-Fc-Error-Type": result.error_type}
            return error_answer(502, "FunctionError", message, request_id, headers)
        try:
            return answer_from(result.payload)
        except MalformedAnswer as error:
            return error_answer(502, "InvalidFunctionResponse", str(error), request_id)


def _no_route(method: str, match: Match, request_id: str) -> Answer:
    if not match.allowed:
        return error_answer(404, "NotFound", "there is nothing at this path", request_id)
    allow = {"Allow": ", ".join(sorted({*match.allowed, "OPTIONS"}))}
    if method == "OPTIONS":
        return Answer(204, allow)
    return error_answer(405, "MethodNotAllowed", f"{method} is not allowed at this path", request_id, allow)


async def _received(request: Request, method: str, path: str) -> HttpRequest:
    """The request, read whole within the documented limits. HEAD reaches the function as its route's GET."""
    query = request.scope["query_string"]
    if len(path) + (len(query) + 1 if query else 0) > PATH_AND_QUERY_BYTES:
        raise InvalidArgument(f"the path and query are longer than {PATH_AND_QUERY_BYTES} bytes")
    if sum(len(name) + len(value) + len(": \r\n") for name, value in request.headers.raw) > HEADER_BYTES:
        raise InvalidArgument(f"the headers are longer than {HEADER_BYTES} bytes")
    return HttpRequest(
        method=method,
        raw_path=path,
        query=query.decode("latin-1"),
        headers=tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw),
        body=await _body(request),
        source_ip=request.client.host if request.client else "",
        protocol=f"HTTP/{request.scope['http_version']}",
        time=time.time(),
    )


async def _body(request: Request) -> bytes:
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > BODY_BYTES:
        raise InvalidArgument(f"the body is longer than {BODY_BYTES} bytes")
    body = bytearray()
    async for chunk in request.stream():
        if len(body) + len(chunk) > BODY_BYTES:
            raise InvalidArgument(f"the body is longer than {BODY_BYTES} bytes")
        body += chunk
    return bytes(body)
