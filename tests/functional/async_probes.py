"""Probe functions behind the asynchronous queue, the gateway and Function Compute's API, all in the test's process.

A probe function's index.py begins with PRELUDE: `seen(value)` appends a JSON line to the file `seen` of the test's
folder, from however many instances at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import textwrap
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import yaml

from local import holding
from local.function_compute.acceptance import Event, Pace
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
from local.gateway.routes import Route, RouteTable
from local.mns.store import TopicStore
from local.mns.topics import Topics
from tests.functional.function_probes import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from pathlib import Path

ACCOUNT_ID = "1234567890123456"
REGION = "ap-southeast-1"
SECONDS = 60
"""For what a test waits for: long, since only a failure waits that long."""

PRELUDE = """
import fcntl, json, os, signal, time
def seen(value):
    line = json.dumps(value).encode() + b"\\n"
    descriptor = os.open(os.environ["SEEN"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, line)
    os.close(descriptor)
"""


def source(body: str) -> str:
    """A handler that begins by noting its event and its request id."""
    noted = 'seen({"request": context.request_id, "event": event.decode()})'
    return f"{PRELUDE}\ndef handler(event, context):\n    {noted}\n{textwrap.indent(textwrap.dedent(body), '    ')}\n"


SUCCEED = source("return b'done'")
FAIL = source("raise ValueError('as ordered')")


def function_arn(name: str) -> str:
    return f"acs:fc:{REGION}:{ACCOUNT_ID}:functions/{name}"


def destinations(**names: str) -> dict[str, Any]:
    """destinationConfig of `on_failure="other"` and the like."""
    keys = {"on_failure": "onFailure", "on_success": "onSuccess"}
    return {"destinationConfig": {keys[key]: {"destination": function_arn(name)} for key, name in names.items()}}


@dataclass
class Running:
    """What a test uses of a running cloud: `gateway` speaks to its gateway and control surface, `api` is a URL."""

    asynchronous: AsyncInvocations
    functions: FunctionCompute
    gateway: httpx.AsyncClient
    api: str

    def accept(self, function: str, *payloads: bytes | str, **more: Any) -> list[str]:
        texts = (payload.encode() if isinstance(payload, str) else payload for payload in payloads)
        return self.asynchronous.accept(*(Event(function, text, **more) for text in texts))

    async def quiet(self) -> None:
        await asyncio.wait_for(self.asynchronous.until_quiet(), SECONDS)


@dataclass
class AsyncFunctions:
    """Functions by name: the source of each, or its source and more properties."""

    folder: Path
    sources: Mapping[str, str | tuple[str, dict[str, Any]]]
    pace: Pace = field(default_factory=lambda: Pace(time_scale=0.01))
    limits: Limits = field(default_factory=lambda: Limits(instances=2))
    oss_batch: int = 1
    service: str | None = None

    @property
    def seen(self) -> list[Any]:
        """What the functions noted, in order."""
        path = self.folder / "seen"
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []

    @property
    def events(self) -> list[str]:
        return [one["event"] for one in self.seen]

    def use(self, act: Callable[[Running], Awaitable[Any]], *, dispatching: bool = True) -> Any:
        """Runs `act` in a cloud of these functions; may be called again, as if the cloud were started again. Without
        `dispatching` events are accepted and none is run."""

        async def using() -> Any:
            async with self._running(dispatching) as (running, dispatcher):
                acting = asyncio.ensure_future(act(running))
                await asyncio.wait({acting, dispatcher}, return_when=asyncio.FIRST_COMPLETED)
                if not acting.done():
                    acting.cancel()
                    dispatcher.result()  # it never ends but with an error
                return await acting

        return asyncio.run(using())

    @contextlib.asynccontextmanager
    async def _running(self, dispatching: bool) -> AsyncIterator[tuple[Running, asyncio.Task[Any]]]:
        specs = load_template(self._write(), {})
        surroundings = Surroundings(ACCOUNT_ID)
        with (
            contextlib.closing(AsyncQueue(self.folder / "queue.sqlite3")) as queue,
            contextlib.closing(TopicStore(self.folder / "topics.sqlite3")) as store,
            holding.listening(0) as door,
        ):
            logs = self.folder / "logs"
            async with FunctionCompute(specs, ACCOUNT, surroundings, logs, self.limits) as functions:
                asynchronous = AsyncInvocations(functions, specs, queue, ACCOUNT_ID, self.pace)
                routes = RouteTable([Route("POST", f"/{name}", name) for name in specs])
                gateway = Gateway(routes, functions, asynchronous, ACCOUNT_ID, REGION)
                topics = Topics(specs, asynchronous, ACCOUNT_ID, store)
                topics.create("signups")
                sources = EventSources(OssNotifications(specs, asynchronous, self.oss_batch), topics)
                api = Api(functions, asynchronous, ACCOUNT, self.service)
                serving = asyncio.create_task(serve_quietly(api, door))
                dispatcher: asyncio.Task[Any] = asyncio.create_task(
                    asynchronous.run() if dispatching else asyncio.Event().wait()
                )
                async with httpx.AsyncClient() as services:
                    front = application(gateway, sources, _endpoints(holding.url_of(door)), {}, services)
                    transport = httpx.ASGITransport(front)
                    async with httpx.AsyncClient(transport=transport, base_url="http://local") as client:
                        try:
                            yield Running(asynchronous, functions, client, holding.url_of(door)), dispatcher
                        finally:
                            serving.cancel()
                            dispatcher.cancel()
                            await asyncio.gather(serving, dispatcher, return_exceptions=True)

    def _write(self) -> Path:
        resources = {}
        for name, given in self.sources.items():
            text, props = given if isinstance(given, tuple) else (given, {})
            code = self.folder / name
            code.mkdir(exist_ok=True)
            (code / "index.py").write_text(text, "utf-8")
            whole = {
                "functionName": name,
                "region": REGION,
                "runtime": "python3.10",
                "handler": "index.handler",
                "code": f"./{name}",
                "timeout": 20,
                "environmentVariables": {"SEEN": str(self.folder / "seen"), "FOLDER": str(self.folder)},
                **props,
            }
            resources[name] = {"component": "fc3", "props": whole}
        path = self.folder / "s.yaml"
        path.write_text(yaml.safe_dump({"edition": "3.0.0", "resources": resources}), "utf-8")
        return path


def listed(functions: AsyncFunctions, *events: str, **more: Any) -> list[dict[str, Any]]:
    """Accepts events for `probe`, waits for all that follows, and lists what became of it."""

    async def act(running: Running) -> list[dict[str, Any]]:
        running.accept("probe", *events, **more)
        await running.quiet()
        return running.asynchronous.queue.listed()

    result: list[dict[str, Any]] = functions.use(act)
    return result


def _endpoints(api: str) -> Endpoints:
    return Endpoints(
        gateway="http://local",
        id_verification="http://faces",
        tablestore="http://tables",
        function_compute=api,
        oss=None,
        mns="http://topics",
        region=REGION,
        account_id=ACCOUNT_ID,
        bucket=None,
        access_key_id=ACCOUNT.access_key_id,
        access_key_secret=ACCOUNT.access_key_secret,
        tablestore_instance="facegate",
        signup_topic="signups",
        face_groups=["members"],
    )
