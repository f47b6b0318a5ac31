"""Serves a second application in a process that already serves one, without a word on standard output."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from starlette.types import ASGIApp

_SECONDS_TO_FINISH = 2


class _Server(uvicorn.Server):
    """Leaves SIGINT and SIGTERM to the program."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve_quietly(app: ASGIApp, bound: socket.socket) -> None:
    """Serves on a bound socket until cancelled; requests under way then get a moment to finish."""
    config = uvicorn.Config(
        app,
        http="httptools",
        log_level="warning",
        access_log=False,
        lifespan="off",
        timeout_keep_alive=60,
        timeout_graceful_shutdown=_SECONDS_TO_FINISH,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[bound]))
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        server.should_exit = True
        await serving
        raise
