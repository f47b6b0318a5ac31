"""A request's connection: for answers, and to break it on order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local import connections

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import Receive, Scope, Send


class Connection:
    """The one exchange of a request and its answer."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send

    async def start(self, status: int, headers: dict[str, str]) -> None:
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await self._send({"type": "http.response.start", "status": status, "headers": raw})

    async def write(self, pieces: Iterable[bytes]) -> None:
        """All pieces, or as many as the client stays for."""
        transport = connections.transport_of(self._scope)
        for piece in pieces:
            if transport.is_closing():
                await connections.gone(self._receive)  # what is sent from then on, the server drops
                return
            await self._send({"type": "http.response.body", "body": piece, "more_body": True})

    async def end(self) -> None:
        await self._send({"type": "http.response.body", "body": b""})

    async def close_after(self, unannounced: Iterable[bytes] = ()) -> None:
        """Closes in good order, whatever was announced, after bytes that no header spoke of."""
        transport = connections.transport_of(self._scope)
        for piece in unannounced:
            transport.write(piece)
        transport.close()
        await connections.gone(self._receive)

    async def reset(self) -> None:
        """Ends with a TCP RST."""
        await connections.reset(self._scope, self._receive)

    async def hang(self) -> None:
        """Until the client gives up, a minute at most."""
        await connections.hang(self._scope, self._receive)
