"""Where events come in, under /_local/: the local OSS's notifications, and messages for MNS topics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.function_compute.invocation import InvocationRefused
from local.function_compute.oss_notifications import MalformedNotification
from local.mns.errors import MnsError

if TYPE_CHECKING:
    from starlette.requests import Request

    from local.function_compute.oss_notifications import OssNotifications
    from local.mns.topics import Topics

MOST_BYTES = 1024 * 1024


def event_source_routes(notifications: OssNotifications, topics: Topics) -> list[Route]:
    async def notify(request: Request) -> Response:
        try:
            await notifications.receive(await _body(request))
        except MalformedNotification as error:
            return _error(400, "InvalidArgument", str(error))
        except InvocationRefused as refusal:
            return _error(refusal.status, refusal.code, str(refusal))
        return Response(status_code=204)

    async def publish(request: Request) -> Response:
        try:
            message = topics.publish(request.path_params["topic"], await _body(request))
        except (MnsError, InvocationRefused) as error:
            return _error(error.status, error.code, str(error))
        return JSONResponse({"MessageId": message.message_id}, 202)

    return [
        Route("/notify/oss", notify, methods=["POST"]),
        Route("/topics/{topic}", publish, methods=["POST"]),
    ]


async def _body(request: Request) -> bytes:
    """The body, as far as it is read: what is longer is too long for every receiver here."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            break
    return bytes(body)


def _error(status: int, code: str, message: str) -> Response:
    return JSONResponse({"Code": code, "Message": message}, status)
