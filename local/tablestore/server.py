"""The HTTP side: has a request checked and carried out, signs the answer. And a control surface for tests."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import uuid
from collections import Counter
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from tablestore.protobuf import table_store_pb2 as pb

from local.connections import hang, reset
from local.faults import fault_routes
from local.tablestore import operations
from local.tablestore.errors import TablestoreError
from local.tablestore.faults import Kind, fault_book
from local.tablestore.signature import SignedRequest, Signer, authenticate, content_md5, format_date
from local.trail import Trail

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

    from local.credentials import Account
    from local.tablestore.service import Service

MAX_BODY_BYTES = 5 * 1024 * 1024

log = logging.getLogger("local.tablestore")


class Server:
    """One instance of the service for one account."""

    def __init__(self, account: Account, instance: str, service: Service) -> None:
        self._account = account
        self._instance = instance
        self._service = service
        self._faults = fault_book()
        self._calls: Counter[str] = Counter()
        self._trail = Trail()

    def app(self) -> Starlette:
        @contextlib.asynccontextmanager
        async def lifespan(_: Starlette) -> AsyncIterator[None]:
            yield
            self._service.store.close()

        return Starlette(
            routes=[
                *fault_routes(self._faults),
                Route("/_control/calls", self.calls, methods=["GET"]),
                Route("/_control/trail", self.trail, methods=["GET"]),
                Route(
                    "/{path:path}",
                    self.api,
                    methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"],
                ),
            ],
            exception_handlers={sqlite3.Error: failed, Exception: failed},
            lifespan=lifespan,
        )

    async def api(self, request: Request) -> Response:
        path, signer = request.url.path, None
        try:
            check_method(request.method)
            body = await read_body(request, MAX_BODY_BYTES)
            signed = SignedRequest(path, request.headers.items(), body)
            signer = authenticate(self._account, self._instance, signed, datetime.now(timezone.utc))
            return await self._perform(request, path, body, signer)
        except TablestoreError as error:
            return answer(error.status, error_body(error), path, signer)

    async def _perform(self, request: Request, path: str, body: bytes, signer: Signer) -> Response:
        api = path.removeprefix("/")
        operation = operations.find(api)
        self._calls[api] += 1
        message = operations.parse(operation, body)
        for table in operation.tables(message) or {""}:
            self._trail.note(request.headers.get("x-ots-ststoken"), api, table)
        order = self._faults.take((api, operation.tables(message)))
        fault = None if order is None else order.fault
        if fault is Kind.SERVER_BUSY:
            raise TablestoreError("OTSServerBusy", "Server is busy.")
        if fault is Kind.INTERNAL_ERROR:
            raise TablestoreError("OTSInternalServerError", "Internal server error.")
        if fault is Kind.RESET:
            await reset(request.scope, request.receive)
            return Response()
        if fault is Kind.HANG_BEFORE:
            await hang(request.scope, request.receive)
            return Response()
        result = operation.run(self._service, message)
        if fault is Kind.HANG_AFTER:
            await hang(request.scope, request.receive)
        return answer(200, result.SerializeToString(), path, signer)

    async def calls(self, _: Request) -> Response:
        """How many authenticated requests each API has had, faults included."""
        return JSONResponse(dict(self._calls))

    async def trail(self, _: Request) -> Response:
        return JSONResponse(self._trail.as_json())


def check_method(method: str) -> None:
    if method != "POST":
        raise TablestoreError("OTSMethodNotAllowed", "Only POST method for requests is supported.")


async def read_body(request: Request, limit: int) -> bytes:
    """The body. A longer one is read but not kept, so that the client hears the refusal and not a reset."""
    body, size = bytearray(), 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= limit:
            body += chunk
    if size > limit:
        raise TablestoreError("OTSRequestBodyTooLarge", "The size of POST data is too large.")
    return bytes(body)


def error_body(error: TablestoreError) -> bytes:
    data: bytes = pb.Error(code=error.code, message=error.message).SerializeToString()
    return data


def answer(status: int, body: bytes, path: str, signer: Signer | None) -> Response:
    """An answer with the headers that the SDK checks; signed once the request's signature was."""
    headers = {
        "x-ots-contentmd5": content_md5(body),
        "x-ots-contenttype": "protocol buffer",
        "x-ots-date": format_date(datetime.now(timezone.utc)),
        "x-ots-requestid": str(uuid.uuid4()),
    }
    if signer:
        headers["authorization"] = signer.authorization(path, headers)
    return Response(body, status_code=status, headers=headers, media_type="application/octet-stream")


async def failed(request: Request, error: Exception) -> Response:
    """A fault of this server itself: the client hears that there was one, never what."""
    log.error("%s failed: %s", request.url.path, type(error).__name__)
    body = error_body(TablestoreError("OTSInternalServerError", "Internal server error."))
    return answer(500, body, request.url.path, None)
