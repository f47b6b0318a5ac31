"""What became of asynchronous invocations, under /_local/invocations, and a way to wait for all of them."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import httpx
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.function_compute.async_queue import OUTCOMES

if TYPE_CHECKING:
    from starlette.requests import Request

    from local.function_compute.async_invocations import AsyncInvocations

MOST_SECONDS = 600
_OUTBOX_SECONDS = 0.05


def invocation_routes(asynchronous: AsyncInvocations, client: httpx.AsyncClient, oss: str | None) -> list[Route]:
    """`oss` is the URL of the local OSS: nothing is quiet while events wait there."""

    async def listed(request: Request) -> Response:
        outcome = request.query_params.get("outcome")
        if outcome is not None and outcome not in OUTCOMES:
            return _bad_request(f"outcome must be one of {', '.join(OUTCOMES)}")
        return JSONResponse(asynchronous.queue.listed(request.query_params.get("function"), outcome))

    async def summary(_: Request) -> Response:
        return JSONResponse(asynchronous.queue.summary())

    async def idle(request: Request) -> Response:
        given = request.query_params.get("timeout", "30")
        if not re.fullmatch(r"[0-9]{1,3}", given) or not 1 <= int(given) <= MOST_SECONDS:
            return _bad_request(f"timeout must be a whole number of seconds from 1 to {MOST_SECONDS}")
        try:
            await asyncio.wait_for(_all_quiet(asynchronous, client, oss), int(given))
        except asyncio.TimeoutError:
            return JSONResponse({"idle": False}, 504)
        except httpx.HTTPError as error:
            message = f"the local OSS did not answer: {type(error).__name__}"
            return JSONResponse({"Code": "BadGateway", "Message": message}, 502)
        return JSONResponse({"idle": True})

    return [
        Route("/invocations", listed),
        Route("/invocations/summary", summary),
        Route("/invocations/idle", idle),
    ]


async def _all_quiet(asynchronous: AsyncInvocations, client: httpx.AsyncClient, oss: str | None) -> None:
    """Events in OSS's outbox are invocations to come. They leave it only after they were accepted, so an outbox
    that was empty before the queue is quiet hides none."""
    while True:
        await asynchronous.until_quiet()
        if oss is None:
            return
        waiting = await _events_waiting(client, oss)
        if not waiting and asynchronous.is_quiet:
            return
        if waiting:
            await asyncio.sleep(_OUTBOX_SECONDS)  # another process's state: nothing here can be awaited for it


async def _events_waiting(client: httpx.AsyncClient, oss: str) -> int:
    answer = await client.get(f"{oss}/_control/outbox")
    answer.raise_for_status()
    waiting: int = answer.json()["pending"]
    return waiting


def _bad_request(message: str) -> Response:
    return JSONResponse({"Code": "InvalidArgument", "Message": message}, 400)
