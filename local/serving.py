"""Serves an ASGI application on loopback and says so in one line on standard output when it listens."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
from typing import TYPE_CHECKING, Any

import uvicorn

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

HOST = "127.0.0.1"
EXIT_WITH_STDIN = "LOCAL_CLOUD_EXIT_WITH_STDIN"
"""Set to 1 in a service's environment, the service stops when its standard input ends: whoever holds the
other end of the pipe leaves no orphan, even when it is killed."""

_SECONDS_TO_FINISH = 2


class _Server(uvicorn.Server):
    async def startup(self, sockets: list[Any] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            port = self.servers[0].sockets[0].getsockname()[1]
            sys.stdout.write(f"ready http://{HOST}:{port}\n")
            sys.stdout.flush()


class _EmbeddedServer(_Server):
    """A server inside a program that handles SIGINT and SIGTERM itself."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def serve(app: Any, port: int, http: Any = "httptools") -> None:
    """Serves until SIGTERM, SIGINT or, where asked for, the end of standard input.

    `port` 0 takes a free one; the printed line `ready http://…` names it.
    """
    server = _Server(_config(app, http, port))
    if os.environ.get(EXIT_WITH_STDIN) == "1":
        threading.Thread(target=_stop_at_end_of_stdin, args=(server,), daemon=True).start()
    server.run()


async def serve_on(app: Any, bound: socket.socket) -> None:
    """Serves on a bound socket until cancelled; requests under way then get a moment to finish."""
    server = _EmbeddedServer(_config(app, "httptools"))
    serving = asyncio.create_task(server.serve(sockets=[bound]))
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        server.should_exit = True
        await serving
        raise


def _config(app: Any, http: Any, port: int = 0) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=HOST,
        port=port,
        http=http,
        log_level="warning",
        access_log=False,
        lifespan="on",
        timeout_keep_alive=60,
        timeout_graceful_shutdown=_SECONDS_TO_FINISH,
    )


def _stop_at_end_of_stdin(server: uvicorn.Server) -> None:
    while os.read(0, 4096):
        pass
    server.should_exit = True
