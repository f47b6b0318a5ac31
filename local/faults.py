"""Faults on order, as every local service takes them: what shall go wrong next, with which calls, and how often.

A service says what its orders look like (a subclass of Order) and which call meets one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar

import msgspec
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

MAX_TIMES = 1_000_000
MAX_BODY_BYTES = 64_000


class OrderError(ValueError):
    """The order cannot be meant; the message names the field and what it must be."""


class Order(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`times` is what is left."""

    times: Annotated[int, msgspec.Meta(ge=1, le=MAX_TIMES)] = 1


AnOrder = TypeVar("AnOrder", bound=Order)
ACall = TypeVar("ACall")


class FaultBook(Generic[AnOrder, ACall]):
    """The faults still to come: first ordered, first served."""

    def __init__(self, kind: type[AnOrder], meets: Callable[[AnOrder, ACall], bool]) -> None:
        self._kind = kind
        self._meets = meets
        self._orders: list[AnOrder] = []

    def read(self, body: bytes) -> AnOrder:
        """Raises OrderError."""
        try:
            return msgspec.json.decode(body, type=self._kind)
        except msgspec.DecodeError as error:
            raise OrderError(f"not an order in JSON: {error}") from error

    def add(self, order: AnOrder) -> None:
        self._orders.append(order)

    def clear(self) -> None:
        self._orders.clear()

    def as_json(self) -> list[dict[str, Any]]:
        return [msgspec.to_builtins(order) for order in self._orders]

    def take(self, call: ACall) -> AnOrder | None:
        """The order for this call, used up by one."""
        for order in self._orders:
            if self._meets(order, call):
                order.times -= 1
                if order.times == 0:
                    self._orders.remove(order)
                return order
        return None


def fault_routes(book: FaultBook[Any, Any], path: str = "/_control/faults") -> list[Route]:
    """POST orders a fault, GET says what is left, DELETE calls all off."""

    async def order(request: Request) -> Response:
        try:
            book.add(book.read(await _body(request)))
        except OrderError as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        return Response(status_code=204)

    async def left(_: Request) -> Response:
        return JSONResponse(book.as_json())

    async def call_off(_: Request) -> Response:
        book.clear()
        return Response(status_code=204)

    return [
        Route(path, order, methods=["POST"]),
        Route(path, left, methods=["GET"]),
        Route(path, call_off, methods=["DELETE"]),
    ]


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_BODY_BYTES:
            raise OrderError(f"the body is limited to {MAX_BODY_BYTES} bytes")
    return bytes(body)
