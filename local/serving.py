"""Serves an ASGI application on loopback and says so in one line on standard output when it listens."""

from __future__ import annotations

import sys
from typing import Any

import uvicorn

HOST = "127.0.0.1"


class _Server(uvicorn.Server):
    async def startup(self, sockets: list[Any] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            port = self.servers[0].sockets[0].getsockname()[1]
            sys.stdout.write(f"ready http://{HOST}:{port}\n")
            sys.stdout.flush()


def serve(app: Any, port: int, http: Any = "httptools") -> None:
    """Serves until SIGTERM or SIGINT. `port` 0 takes a free one; the printed line `ready http://…` names it."""
    config = uvicorn.Config(
        app, host=HOST, port=port, http=http, log_level="warning", access_log=False, lifespan="on", timeout_keep_alive=60
    )
    _Server(config).run()
