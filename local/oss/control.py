"""The control surface for tests and people: what was called, what shall go wrong, what is stored, what waits. Not
signed; loopback only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.faults import fault_routes

if TYPE_CHECKING:
    from starlette.requests import Request

    from local.oss.catalogue import Catalogue
    from local.oss.endpoint import Endpoint
    from local.oss.faults import FaultBook

PREFIX = "/_control/"


class Control:
    """`bucket` is the one whose objects are listed unless another is asked for by `?bucket=`; None: it must be."""

    def __init__(self, endpoint: Endpoint, faults: FaultBook, catalogue: Catalogue, bucket: str | None) -> None:
        self._endpoint = endpoint
        self._faults = faults
        self._catalogue = catalogue
        self._bucket = bucket

    def routes(self) -> list[Route]:
        return [
            *fault_routes(self._faults, f"{PREFIX}faults"),
            Route(f"{PREFIX}calls", self._get_calls, methods=["GET"]),
            Route(f"{PREFIX}calls", self._reset_calls, methods=["DELETE"]),
            Route(f"{PREFIX}trail", self._get_trail, methods=["GET"]),
            Route(f"{PREFIX}outbox", self._get_outbox, methods=["GET"]),
            Route(f"{PREFIX}objects", self._get_objects, methods=["GET"]),
        ]

    async def _get_calls(self, _: Request) -> Response:
        """How many requests each operation was let in for, faults included."""
        return JSONResponse(dict(self._endpoint.calls))

    async def _reset_calls(self, _: Request) -> Response:
        self._endpoint.calls.clear()
        return Response(status_code=204)

    async def _get_trail(self, _: Request) -> Response:
        return JSONResponse(self._endpoint.trail.as_json())

    async def _get_outbox(self, _: Request) -> Response:
        pending, ever = self._catalogue.event_counts()
        return JSONResponse({"pending": pending, "delivered": ever - pending})

    async def _get_objects(self, request: Request) -> Response:
        bucket = request.query_params.get("bucket", self._bucket)
        if bucket is None:
            return JSONResponse({"error": "say which by ?bucket="}, status_code=400)
        stored = self._catalogue.objects(bucket)
        return JSONResponse([{"key": one.key, "size": one.size, "etag": one.etag} for one in stored])
