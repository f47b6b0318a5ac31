"""The supervisor: starts every local service, provisions them, and serves the gateway until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import sqlite3
import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, TypeAlias

import httpx

from deploy.provision.steps import ProvisionError
from local import deployment, holding, serving
from local.function_compute.acceptance import Pace
from local.function_compute.api import Api
from local.function_compute.async_invocations import AsyncInvocations
from local.function_compute.async_queue import AsyncQueue
from local.function_compute.environment import Surroundings
from local.function_compute.instances import FunctionCompute, Limits
from local.function_compute.listening import serve_quietly
from local.function_compute.oss_notifications import OssNotifications
from local.function_compute.template import load_template
from local.gateway.application import Gateway
from local.gateway.control import Endpoints, EventSources, application
from local.gateway.routes import load_routes
from local.mns.api import Api as MnsApi
from local.mns.store import TopicStore
from local.mns.topics import Topics
from local.service_process import ServiceProcess, started

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Coroutine, Mapping
    from pathlib import Path

    from local.deployment import Secrets
    from local.function_compute.function_spec import FunctionSpec
    from local.gateway.routes import RouteTable

QUEUE = "function_compute.sqlite3"
TOPICS = "mns.sqlite3"
_CONTROL_SECONDS = 10

Provision: TypeAlias = "Callable[[Mapping[str, object]], None]"
"""Makes tables, bucket and topic in the services of GET /_local/endpoints. Raises ProvisionError."""


class CloudError(Exception):
    """Why the local cloud cannot start or go on, in one line."""


@dataclass(frozen=True)
class Options:
    """`port` 0 takes a free one. `data` None keeps nothing. `qps` and `latency_ms` shape ID Verification, `pace` the
    asynchronous queue. `fc_service` is the service of FC 2.0 that has the functions, None: none has. `oss_batch` is
    how many OSS records may share an event. `python` starts the functions' interpreter."""

    port: int
    data: Path | None
    qps: int
    latency_ms: int
    max_instances: int
    template: Path
    layer: Path
    routes: Path
    oss: bool
    oss_batch: int
    fc_service: str | None
    pace: Pace
    python: tuple[str, ...] = (sys.executable,)


@dataclass(frozen=True)
class _Blueprint:
    """What is read and checked before anything is started."""

    kept: Secrets
    functions: dict[str, FunctionSpec]
    routes: RouteTable
    provision: Provision
    data: Path


@dataclass(frozen=True)
class _Services:
    """The services that are processes of their own; `oss` None: it does not run."""

    id_verification: ServiceProcess
    tablestore: ServiceProcess
    oss: ServiceProcess | None

    @property
    def all(self) -> list[ServiceProcess]:
        return [service for service in (self.id_verification, self.tablestore, self.oss) if service is not None]


@dataclass(frozen=True)
class _Doors:
    """The sockets of this process: the gateway's, and those of Function Compute's and MNS's API."""

    gateway: socket.socket
    function_compute: socket.socket
    mns: socket.socket


async def up(options: Options) -> None:
    """Runs the local cloud until cancelled, or until one of its services dies (ServiceDied).

    Prints `ready http://127.0.0.1:PORT` when everything serves. Raises CloudError, HeldElsewhere, TemplateError,
    RoutesError or DeploymentError where it cannot start.
    """
    with (
        holding.listening(options.port) as gateway,
        holding.listening(0) as function_compute,
        holding.listening(0) as mns,
        holding.data_folder(options.data) as data,
    ):
        blueprint = _blueprint(options, data)
        doors = _Doors(gateway, function_compute, mns)
        async with contextlib.AsyncExitStack() as stack:
            services = await _ready_services(stack, options, blueprint, doors)
            try:
                await _serve(stack, options, blueprint, services, doors)
            except sqlite3.Error as error:
                raise CloudError(f"the asynchronous queue in {data / QUEUE} cannot be used: {error}") from error


async def _serve(
    stack: contextlib.AsyncExitStack,
    options: Options,
    blueprint: _Blueprint,
    services: _Services,
    doors: _Doors,
) -> None:
    """Function Compute, its API, MNS and the gateway, all in this process, until one of them or a service ends."""
    kept, specs, data = blueprint.kept, blueprint.functions, blueprint.data
    endpoints = _endpoints(doors, services, kept)
    overrides = deployment.endpoint_overrides(
        id_verification=endpoints.id_verification,
        tablestore=endpoints.tablestore,
        oss=endpoints.oss,
        function_compute=endpoints.function_compute,
    )
    surroundings = Surroundings(deployment.ACCOUNT_ID, options.layer.resolve(), overrides, options.python)
    limits = Limits(instances=options.max_instances)
    queue = stack.enter_context(contextlib.closing(AsyncQueue(data / QUEUE)))
    functions = await stack.enter_async_context(
        FunctionCompute(specs, kept.account, surroundings, data / "logs", limits)
    )
    client = await stack.enter_async_context(httpx.AsyncClient(timeout=_CONTROL_SECONDS, trust_env=False))
    asynchronous = AsyncInvocations(functions, specs, queue, deployment.ACCOUNT_ID, options.pace)
    api = Api(functions, asynchronous, kept.account, options.fc_service)
    gateway = Gateway(blueprint.routes, functions, asynchronous, deployment.ACCOUNT_ID, deployment.REGION)
    store = stack.enter_context(contextlib.closing(TopicStore(data / TOPICS)))
    topics = Topics(specs, asynchronous, deployment.ACCOUNT_ID, store)
    mns = MnsApi(topics, kept.account, deployment.ACCOUNT_ID, deployment.REGION)
    sources = EventSources(OssNotifications(specs, asynchronous, options.oss_batch), topics, mns.calls)
    front = application(gateway, sources, endpoints, {"function_compute": api.trail, "mns": mns.trail}, client)

    async def provisioned_gateway() -> None:
        await _provision(blueprint.provision, endpoints)
        await serving.serve_on(front, doors.gateway)

    await _first_of(
        serve_quietly(api, doors.function_compute),
        serve_quietly(mns, doors.mns),
        provisioned_gateway(),
        asynchronous.run(),
        *(service.until_dead() for service in services.all),
    )


def _blueprint(options: Options, data: Path) -> _Blueprint:
    if not options.layer.is_dir():
        raise CloudError(f"no layer folder at {options.layer}")
    kept = deployment.kept_secrets(data)
    functions = load_template(options.template, deployment.template_environment(kept))
    return _Blueprint(kept, functions, load_routes(options.routes, functions), _provision_of(options.layer), data)


async def _ready_services(
    stack: contextlib.AsyncExitStack, options: Options, blueprint: _Blueprint, doors: _Doors
) -> _Services:
    """Every service that is a process, started side by side. `stack` stops them."""
    kept, data = blueprint.kept, blueprint.data
    common = ("--port", "0", "--access-key-id", kept.access_key_id, "--access-key-secret", kept.access_key_secret)
    groups = ",".join(deployment.FACE_GROUPS)
    shape = ("--face-groups", groups, "--qps", str(options.qps), "--latency-ms", str(options.latency_ms))
    notify = f"{holding.url_of(doors.gateway)}/_local/notify/oss"
    region = ("--region", deployment.REGION, "--notify", notify)

    async def service(name: str, *own: str) -> ServiceProcess:
        folder = (data / name).resolve()
        folder.mkdir(exist_ok=True)
        arguments = (f"local.{name}", "--data", str(folder), *common, *own)
        return await stack.enter_async_context(started(name, arguments, data / "logs"))

    services = _Services(
        tablestore=await service("tablestore", "--instance", deployment.TABLESTORE_INSTANCE),
        id_verification=await service("id_verification", *shape),
        oss=await service("oss", *region) if options.oss else None,
    )
    await asyncio.gather(*(one.until_ready() for one in services.all))
    return services


def _endpoints(doors: _Doors, services: _Services, kept: Secrets) -> Endpoints:
    return Endpoints(
        gateway=holding.url_of(doors.gateway),
        id_verification=services.id_verification.url,
        tablestore=services.tablestore.url,
        function_compute=holding.url_of(doors.function_compute),
        oss=services.oss.url if services.oss else None,
        mns=holding.url_of(doors.mns),
        region=deployment.REGION,
        account_id=deployment.ACCOUNT_ID,
        bucket=deployment.BUCKET if services.oss else None,
        access_key_id=kept.access_key_id,
        access_key_secret=kept.access_key_secret,
        tablestore_instance=deployment.TABLESTORE_INSTANCE,
        signup_topic=deployment.SIGNUP_TOPIC,
        face_groups=list(deployment.FACE_GROUPS),
    )


async def _provision(provision: Provision, endpoints: Endpoints) -> None:
    try:
        await asyncio.to_thread(provision, asdict(endpoints))
    except ProvisionError as error:
        raise CloudError(f"it cannot be provisioned: {error}") from error


def _provision_of(layer: Path) -> Provision:
    """What `make provision` does, which describes the tables with the layer's own package."""
    sys.path.append(str(layer.resolve()))
    try:
        module = importlib.import_module("deploy.provision.provisioning")
    except ModuleNotFoundError as error:
        raise CloudError(f"it cannot be provisioned: no module {error.name}") from error
    provision: Provision = module.provision_local_cloud
    return provision


async def _first_of(*running: Coroutine[None, None, None]) -> None:
    """Runs them all until one ends, then cancels the others; raises what the first one raised."""
    tasks = [asyncio.create_task(one) for one in running]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
