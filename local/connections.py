"""What HTTP servers hide: the connection under a request, to reset it, or to leave it without an answer."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import TYPE_CHECKING

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    from starlette.types import Receive, Scope

LONGEST_HANG_SECONDS = 60
_TRANSPORT = "transport"
_LINGER_ZERO = struct.pack("ii", 1, 0)


class ExposedTransportProtocol(HttpToolsProtocol):
    """Puts the transport of the connection into the state of each request's scope."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"][_TRANSPORT] = self.transport


def transport_of(scope: Scope) -> asyncio.Transport:
    """Of a request that ExposedTransportProtocol received."""
    transport: asyncio.Transport = scope["state"][_TRANSPORT]
    return transport


async def reset(scope: Scope, receive: Receive) -> None:
    """Ends the connection with a TCP RST instead of an answer."""
    transport = transport_of(scope)
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
    transport.abort()
    await gone(receive)


async def hang(scope: Scope, receive: Receive) -> None:
    """Gives no answer until the client has gone; one that is still there after a minute is reset."""
    try:
        await asyncio.wait_for(gone(receive), LONGEST_HANG_SECONDS)
    except asyncio.TimeoutError:
        await reset(scope, receive)


async def gone(receive: Receive) -> None:
    """Waits until the connection has ended."""
    while (await receive())["type"] != "http.disconnect":
        pass
