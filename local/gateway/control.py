"""The control surface under /_local/, for tests and people: where everything is, what was called, and faults.

What a local service knows is asked of it, at its own /_control/ routes.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

import httpx
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from local.function_compute.invocation import InvocationRefused
from local.gateway.event_sources import event_source_routes
from local.gateway.invocations import invocation_routes
from local.gateway.trail import trail_route

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from local.function_compute.oss_notifications import OssNotifications
    from local.gateway.application import Gateway
    from local.mns.topics import Topics
    from local.trail import Trail


@dataclass(frozen=True)
class Endpoints:
    """The answer of GET /_local/endpoints; URLs of services that do not run are null."""

    gateway: str
    id_verification: str
    tablestore: str
    function_compute: str
    oss: str | None
    mns: str
    region: str
    account_id: str
    bucket: str | None
    access_key_id: str
    access_key_secret: str
    tablestore_instance: str
    signup_topic: str
    face_groups: list[str]


@dataclass(frozen=True)
class EventSources:
    """`mns_calls` counts the requests to MNS's own API, by operation."""

    oss: OssNotifications
    topics: Topics
    mns_calls: Mapping[str, int] = field(default_factory=dict)


def application(
    gateway: Gateway,
    sources: EventSources,
    endpoints: Endpoints,
    trails: Mapping[str, Trail],
    client: httpx.AsyncClient,
) -> Starlette:
    """The gateway with its control surface. `trails` are those of the services in this process. The caller keeps and
    closes `client`."""

    def forward(method: str, path: str, service: str, control: str) -> Route:
        async def forwarded(request: Request) -> Response:
            body = await request.body()
            headers = {"content-type": request.headers.get("content-type", "application/json")}
            try:
                answer = await client.request(method, f"{service}/_control/{control}", content=body, headers=headers)
            except httpx.HTTPError as error:
                message = f"the service did not answer: {type(error).__name__}"
                return JSONResponse({"Code": "BadGateway", "Message": message}, 502)
            return Response(answer.content, answer.status_code, media_type=answer.headers.get("content-type"))

        return Route(path, forwarded, methods=[method])

    async def where(_: Request) -> Response:
        return JSONResponse(asdict(endpoints))

    async def mns_calls(_: Request) -> Response:
        return JSONResponse(dict(sources.mns_calls))

    async def invoke(request: Request) -> Response:
        """One function with the body as its event, past the gateway: for recorded events."""
        try:
            result = await gateway.functions.invoke(request.path_params["function"], await request.body())
        except InvocationRefused as refusal:
            return JSONResponse({"Code": refusal.code, "Message": str(refusal)}, refusal.status)
        headers = {} if result.error_type is None else {"X-Fc-Error-Type": result.error_type}
        return Response(result.payload, 200, headers, "application/json")

    async def kill(request: Request) -> Response:
        """As if the machine under a function's instances were lost."""
        try:
            killed = await gateway.functions.kill(request.path_params["function"])
        except InvocationRefused as refusal:
            return JSONResponse({"Code": refusal.code, "Message": str(refusal)}, refusal.status)
        return JSONResponse({"killed": killed})

    face, tables, objects = endpoints.id_verification, endpoints.tablestore, endpoints.oss
    control = [
        Route("/endpoints", where),
        *invocation_routes(gateway.asynchronous, client, objects),
        *event_source_routes(sources.oss, sources.topics),
        Route("/functions/{function}/invocations", invoke, methods=["POST"]),
        Route("/functions/{function}/instances", kill, methods=["DELETE"]),
        *(forward(method, "/calls", face, "calls") for method in ("GET", "DELETE")),
        trail_route(trails, {"id_verification": face, "tablestore": tables, "oss": objects}, client),
        forward("GET", "/records", face, "records"),
        *(forward(method, "/faults", face, "faults") for method in ("GET", "POST", "DELETE")),
        forward("GET", "/tablestore/calls", tables, "calls"),
        Route("/mns/calls", mns_calls),
        *(forward(method, "/tablestore/faults", tables, "faults") for method in ("GET", "POST", "DELETE")),
    ]
    if objects is not None:
        control += [
            *(forward(method, "/oss/calls", objects, "calls") for method in ("GET", "DELETE")),
            *(forward(method, "/oss/faults", objects, "faults") for method in ("GET", "POST", "DELETE")),
            forward("GET", "/oss/objects", objects, f"objects?bucket={endpoints.bucket}"),
        ]
    return Starlette(routes=[Mount("/_local", routes=control), Mount("/", app=gateway)])
