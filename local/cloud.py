"""The supervisor: starts every local service, provisions it, and serves the gateway until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import importlib
import socket
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import httpx

from local import deployment, serving
from local.function_compute.environment import Surroundings
from local.function_compute.instances import FunctionCompute, Limits
from local.function_compute.template import load_template
from local.gateway.application import Gateway
from local.gateway.control import Endpoints, application
from local.gateway.routes import load_routes
from local.service_process import ServiceProcess, started

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

    from local.deployment import Secrets
    from local.function_compute.template import FunctionSpec
    from local.gateway.routes import RouteTable

_CONTROL_SECONDS = 10


class CloudError(Exception):
    """Why the local cloud cannot start, in one line."""


class Provision(Protocol):
    """Creates the tables; called once, before the gateway serves."""

    def __call__(self, *, endpoint: str, instance: str, access_key_id: str, access_key_secret: str) -> object: ...


@dataclass(frozen=True)
class Options:
    """`port` 0 takes a free one. `data` None keeps nothing. `qps` and `latency_ms` shape ID Verification."""

    port: int
    data: Path | None
    qps: int
    latency_ms: int
    max_instances: int
    template: Path
    layer: Path
    routes: Path


@dataclass(frozen=True)
class _Blueprint:
    """What is read and checked before anything is started."""

    kept: Secrets
    functions: dict[str, FunctionSpec]
    routes: RouteTable


async def up(options: Options, provision: Provision | None = None) -> None:
    """Runs the local cloud until cancelled, or until one of its services dies (ServiceDied).

    Prints `ready http://127.0.0.1:PORT` when everything serves. `provision` is deploy.tables.provision unless
    given. Raises CloudError, TemplateError, RoutesError or DeploymentError where it cannot start.
    """
    with _bound(options.port) as bound, _data_folder(options.data) as data:
        blueprint = _blueprint(options, data)
        provision = provision or _deploy_provision(options.layer)
        async with contextlib.AsyncExitStack() as stack:
            kept = blueprint.kept
            tablestore, id_verification = await _ready_services(stack, options, kept, data)
            await asyncio.to_thread(
                provision,
                endpoint=tablestore.url,
                instance=deployment.TABLESTORE_INSTANCE,
                access_key_id=kept.access_key_id,
                access_key_secret=kept.access_key_secret,
            )
            overrides = deployment.endpoint_overrides(id_verification.url, tablestore.url)
            surroundings = Surroundings(deployment.ACCOUNT_ID, options.layer.resolve(), overrides)
            limits = Limits(instances=options.max_instances)
            functions = await stack.enter_async_context(
                FunctionCompute(blueprint.functions, kept.account, surroundings, data / "logs", limits)
            )
            client = await stack.enter_async_context(httpx.AsyncClient(timeout=_CONTROL_SECONDS, trust_env=False))
            gateway = Gateway(blueprint.routes, functions, deployment.ACCOUNT_ID, deployment.REGION)
            endpoints = _endpoints(bound, id_verification, tablestore, kept)
            await _first_of(
                serving.serve_on(application(gateway, endpoints, client), bound),
                tablestore.until_dead(),
                id_verification.until_dead(),
            )


def _blueprint(options: Options, data: Path) -> _Blueprint:
    if not options.layer.is_dir():
        raise CloudError(f"no layer folder at {options.layer}")
    kept = deployment.kept_secrets(data)
    functions = load_template(options.template, deployment.template_environment(kept))
    return _Blueprint(kept, functions, load_routes(options.routes, functions))


async def _ready_services(
    stack: contextlib.AsyncExitStack, options: Options, kept: Secrets, data: Path
) -> tuple[ServiceProcess, ServiceProcess]:
    """Tablestore and ID Verification, started side by side. `stack` stops them."""
    common = ("--port", "0", "--access-key-id", kept.access_key_id, "--access-key-secret", kept.access_key_secret)
    groups = ",".join(deployment.FACE_GROUPS)
    shape = ("--face-groups", groups, "--qps", str(options.qps), "--latency-ms", str(options.latency_ms))

    async def service(name: str, *own: str) -> ServiceProcess:
        folder = (data / name).resolve()
        folder.mkdir(exist_ok=True)
        arguments = (f"local.{name}", "--data", str(folder), *common, *own)
        return await stack.enter_async_context(started(name, arguments, data / "logs"))

    tablestore = await service("tablestore", "--instance", deployment.TABLESTORE_INSTANCE)
    id_verification = await service("id_verification", *shape)
    await asyncio.gather(tablestore.until_ready(), id_verification.until_ready())
    return tablestore, id_verification


def _endpoints(
    bound: socket.socket, id_verification: ServiceProcess, tablestore: ServiceProcess, kept: Secrets
) -> Endpoints:
    return Endpoints(
        gateway=f"http://{serving.HOST}:{bound.getsockname()[1]}",
        id_verification=id_verification.url,
        tablestore=tablestore.url,
        oss=None,
        region=deployment.REGION,
        bucket=None,
        access_key_id=kept.access_key_id,
        access_key_secret=kept.access_key_secret,
        tablestore_instance=deployment.TABLESTORE_INSTANCE,
        face_groups=list(deployment.FACE_GROUPS),
    )


def _deploy_provision(layer: Path) -> Provision:
    """deploy.tables.provision, which describes the tables with the layer's own package."""
    sys.path.append(str(layer.resolve()))
    try:
        module = importlib.import_module("deploy.tables")
    except ModuleNotFoundError as error:
        raise CloudError(f"the tables cannot be provisioned: no module {error.name}") from error
    provision: Provision = module.provision
    return provision


@contextlib.contextmanager
def _bound(port: int) -> Iterator[socket.socket]:
    """The gateway's socket, listening at once so that no other process gets the port while the services start."""
    with socket.socket() as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((serving.HOST, port))
            bound.listen()
        except OSError as error:
            raise CloudError(f"port {port} cannot be taken: {error.strerror}") from error
        yield bound


@contextlib.contextmanager
def _data_folder(kept: Path | None) -> Iterator[Path]:
    """The data folder, held against a second local cloud. A temporary one is removed at the end, unless this
    process is killed."""
    with contextlib.ExitStack() as stack:
        if kept is None:
            temporary = tempfile.TemporaryDirectory(prefix="facegate-local-", ignore_cleanup_errors=True)
            folder = Path(stack.enter_context(temporary))
        else:
            folder = kept
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = stack.enter_context((folder / "lock").open("a"))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CloudError(f"another local cloud is using {folder}") from error
        yield folder


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
