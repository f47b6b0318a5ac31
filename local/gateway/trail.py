"""GET /_local/trail: who called which operation of which local service, on what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from local.trail import Trail


def trail_route(trails: Mapping[str, Trail], services: Mapping[str, str | None], client: httpx.AsyncClient) -> Route:
    """`trails` are those of the services in this process, `services` the URLs of the others; None: it does not run."""

    async def trail(_: Request) -> Response:
        entries = [{"service": name, **entry} for name, kept in trails.items() for entry in kept.as_json()]
        for name, url in services.items():
            if url is None:
                continue
            try:
                answer = (await client.get(f"{url}/_control/trail")).raise_for_status()
            except httpx.HTTPError as error:
                message = f"{name} did not answer: {type(error).__name__}"
                return JSONResponse({"Code": "BadGateway", "Message": message}, 502)
            entries += [{"service": name, **entry} for entry in answer.json()]
        return JSONResponse(entries)

    return Route("/trail", trail)
