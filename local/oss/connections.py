"""A request's connection: for answers, and to break it on order."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import TYPE_CHECKING

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import Receive, Scope, Send

LONGEST_HANG_SECONDS = 60
_TRANSPORT = "transport"
_LINGER_ZERO = struct.pack("ii", 1, 0)


class ExposedTransportProtocol(HttpToolsProtocol):
    """Puts the transport of the connection into the state of each request's scope."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"][_TRANSPORT] = self.transport


class Connection:
    """The one exchange of a request and its answer."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send

    @property
    def _transport(self) -> asyncio.Transport:
        transport: asyncio.Transport = self._scope["state"][_TRANSPORT]
        return transport

    async def start(self, status: int, headers: dict[str, str]) -> None:
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await self._send({"type": "http.response.start", "status": status, "headers": raw})

    async def write(self, pieces: Iterable[bytes]) -> None:
        for piece in pieces:
            await self._send({"type": "http.response.body", "body": piece, "more_body": True})

    async def end(self) -> None:
        await self._send({"type": "http.response.body", "body": b""})

    async def close_after(self, unannounced: Iterable[bytes] = ()) -> None:
        """Closes in good order, whatever was announced, after bytes that no header spoke of."""
        for piece in unannounced:
            self._transport.write(piece)
        self._transport.close()
        await self._gone()

    async def reset(self) -> None:
        """Ends with a TCP RST."""
        connection = self._transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
        self._transport.abort()
        await self._gone()

    async def hang(self) -> None:
        """Until the client gives up; one that does not within a minute is reset."""
        try:
            await asyncio.wait_for(self._gone(), LONGEST_HANG_SECONDS)
        except asyncio.TimeoutError:
            await self.reset()

    async def _gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
