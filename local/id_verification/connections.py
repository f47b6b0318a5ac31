"""What HTTP servers hide: the connection under a request, to reset it, or to leave it without an answer."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import TYPE_CHECKING

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    from starlette.types import Receive, Scope

_TRANSPORT = "transport"
_LINGER_ZERO = struct.pack("ii", 1, 0)


class ExposedTransportProtocol(HttpToolsProtocol):
    """Puts the transport of the connection into the state of each request's scope."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"][_TRANSPORT] = self.transport


async def reset(scope: Scope, receive: Receive) -> None:
    """Ends the connection with a TCP RST instead of an answer."""
    transport: asyncio.Transport = scope["state"][_TRANSPORT]
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
    transport.abort()
    await _disconnected(receive)


async def hang(scope: Scope, receive: Receive, at_most_seconds: float) -> None:
    """Gives no answer until the client has gone; one that is still there after `at_most_seconds` is reset."""
    try:
        await asyncio.wait_for(_disconnected(receive), at_most_seconds)
    except asyncio.TimeoutError:
        await reset(scope, receive)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
