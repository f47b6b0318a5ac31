"""Faults on order: which request goes wrong, how, and how often."""

from __future__ import annotations

import asyncio
import enum
import socket
import struct
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    from starlette.requests import Request

LONGEST_HANG_SECONDS = 60
TRANSPORT = "local.transport"
"""Where an ASGI scope carries the connection's transport."""


class Kind(enum.Enum):
    SERVER_BUSY = "server-busy"
    INTERNAL_ERROR = "internal-error"
    RESET = "reset"
    HANG_BEFORE = "hang-before"
    HANG_AFTER = "hang-after"


class Fault(msgspec.Struct, forbid_unknown_fields=True):
    """`table` None means any. Only HANG_AFTER carries the request out, and then never answers."""

    api: str
    fault: Kind
    table: str | None = None
    times: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 1


class FaultBook:
    """The faults still to come, in the order in which they were asked for."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    @property
    def pending(self) -> tuple[Fault, ...]:
        return tuple(self._faults)

    def add(self, fault: Fault) -> None:
        self._faults.append(fault)

    def clear(self) -> None:
        self._faults.clear()

    def take(self, api: str, tables: set[str]) -> Kind | None:
        """The fault for this request, used up by one."""
        for fault in self._faults:
            if fault.api == api and (fault.table is None or fault.table in tables):
                fault.times -= 1
                if fault.times == 0:
                    self._faults.remove(fault)
                return fault.fault
        return None


class ConnectionProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol, which also lets the application reach its connection, so as to break it."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        scope: Any = self.scope
        scope[TRANSPORT] = self.transport


async def hang(request: Request) -> None:
    """Waits until the client gives up, a minute at most, then resets the connection."""
    try:
        # The body has been read, so the next event can only be the disconnect.
        await asyncio.wait_for(request.receive(), LONGEST_HANG_SECONDS)
    except asyncio.TimeoutError:
        reset(request)


def reset(request: Request) -> None:
    """Ends the connection with a TCP reset instead of an orderly close."""
    transport: asyncio.Transport = request.scope[TRANSPORT]
    connection = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
