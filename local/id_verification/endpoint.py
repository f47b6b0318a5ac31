"""The RPC endpoint: the one way that every request takes.

Known action and version, signature, fault, rate limit, parameters, groups, pictures, faces, answer; in this
order, so that a request that is refused early costs nothing and changes nothing. A client that goes away does
not stop what it has started.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from local.connections import hang, reset
from local.id_verification import comparing, duplication, enrolling
from local.id_verification.answers import Answer, error, new_request_id, send_answer, success
from local.id_verification.calling import Call, Payload
from local.id_verification.errors import ServiceError
from local.id_verification.faults import ANSWERS, THROTTLING
from local.id_verification.operations import OPERATIONS, Operation
from local.id_verification.parameters import apply, merge
from local.id_verification.signature import SignatureCheck, WireRequest, join_headers

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import Receive, Scope, Send

    from local.id_verification.calls import CallCounts
    from local.id_verification.downloads import Downloads
    from local.id_verification.engine import FaceEngine
    from local.id_verification.faults import Fault, FaultBook
    from local.id_verification.quota import Quota
    from local.id_verification.records import FaceRecords
    from local.trail import Trail

BODY_LIMIT = 8_000_000  # documented for CompareFaces; the others' pictures fit by their own limits

HANDLERS: dict[str, Callable[[Call], Awaitable[Payload]]] = {
    "FaceCompare": comparing.face_compare,
    "FaceCrossCompareIntl": comparing.face_cross_compare,
    "FaceDuplicationCheckIntl": duplication.face_duplication_check,
    "AddFaceRecord": enrolling.add_face_record,
    "CompareFaces": comparing.compare_faces,
    "QueryFaceGroup": enrolling.query_face_group,
    "QueryFaceRecord": enrolling.query_face_record,
    "DeleteFaceRecord": enrolling.delete_face_record,
    "DeleteFaceRecordV2": enrolling.delete_face_record_v2,
    "DeleteVerifyResult": enrolling.delete_verify_result,
    "KeepaliveIntl": enrolling.keepalive,
}


@dataclass(frozen=True)
class Endpoint:
    """An ASGI application. `latency_seconds` is added to every operation."""

    signature: SignatureCheck
    faults: FaultBook
    quota: Quota
    calls: CallCounts
    trail: Trail
    records: FaceRecords
    engine: FaceEngine
    downloads: Downloads
    latency_seconds: float

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id, headers = new_request_id(), join_headers(scope["headers"])
        host = headers.get("host", "")
        try:
            body = await read_body(receive, BODY_LIMIT)
            request = WireRequest(scope["method"], scope["path"], scope["query_string"], headers, body)
            operation = _operation(headers)
            self.signature.check(request)
            self.calls[operation.action].received += 1
            self.trail.note(headers.get("x-acs-security-token"), operation.action)
        except ServiceError as failure:
            await send_answer(error(request_id, host, failure), send)
            return
        fault = self.faults.take(operation.action)
        execute = partial(self._answer, operation, request, request_id)
        if fault is None:
            await send_answer(await execute(), send)
        elif fault.fault in ANSWERS:
            self.calls[operation.action].throttled += fault.fault in THROTTLING
            await send_answer(ANSWERS[fault.fault](request_id, host, operation.envelope), send)
        else:
            await _misbehave(fault, execute, scope, receive, send)

    async def _answer(self, operation: Operation, request: WireRequest, request_id: str) -> Answer:
        try:
            payload = await self._carry_out(operation, request)
        except ServiceError as failure:
            return error(request_id, request.headers["host"], failure)
        return success(request_id, {**operation.envelope.success, **payload})

    async def _carry_out(self, operation: Operation, request: WireRequest) -> Payload:
        if not self.quota.admit(operation.action):
            self.calls[operation.action].throttled += 1
            raise ServiceError("Throttling.Api")
        await asyncio.sleep(self.latency_seconds)
        accepted = apply(merge(request.query, request.body), operation.fields, operation.pictures)
        call = Call(
            accepted.values,
            accepted.pictures,
            operation.profile,
            self.records,
            self.engine,
            self.downloads,
        )
        payload = await HANDLERS[operation.action](call)
        counts = self.calls[operation.action]
        counts.executed += 1
        counts.billed += operation.is_billed
        return payload


async def _misbehave(
    fault: Fault, execute: Callable[[], Awaitable[Answer]], scope: Scope, receive: Receive, send: Send
) -> None:
    if fault.fault == "reset":
        await reset(scope, receive)
    elif fault.fault == "hang-before-execute":
        await hang(scope, receive)
    elif fault.fault == "hang-after-execute":
        await execute()
        await hang(scope, receive)
    else:
        await asyncio.sleep(fault.delay_seconds)
        await send_answer(await execute(), send)


def _operation(headers: dict[str, str]) -> Operation:
    operation = OPERATIONS.get(headers.get("x-acs-action", ""))
    if operation is None or headers.get("x-acs-version") != operation.version:
        raise ServiceError("InvalidAction.NotFound", "Check x-acs-action and x-acs-version.")
    return operation


async def read_body(receive: Receive, limit: int) -> bytes:
    """The request's body. Raises ServiceError RequestBodyTooLarge beyond `limit` bytes."""
    body = bytearray()
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > limit:
            raise ServiceError("RequestBodyTooLarge")
    return bytes(body)
