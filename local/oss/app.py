"""The composition root: the parts of the service, wired into one ASGI application."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from starlette.applications import Starlette

from local.oss.blobs import Blobs
from local.oss.catalogue import Catalogue
from local.oss.control import PREFIX, Control
from local.oss.delivery import Delivery
from local.oss.endpoint import Endpoint
from local.oss.faults import fault_book
from local.oss.service import Identity, Service
from local.oss.signature import Authenticator
from local.oss.wire import bucket_of_host, join_headers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path
    from typing import TextIO

    from starlette.types import ASGIApp, Receive, Scope, Send

    from local.credentials import Account

DATABASE = "oss.sqlite3"


class FolderInUse(Exception):
    """Another local OSS serves this folder."""


@dataclass(frozen=True)
class Settings:
    """`data` is the folder that gets a folder `oss`; `bucket` exists from the start, None: none does. Another account
    has the buckets `taken`. `notify` is where events go, None: nowhere. `clock_offset_ms` is added to the clock that
    stamps and ages objects, not to the signatures'."""

    data: Path
    account: Account
    account_id: str
    region: str
    bucket: str | None
    taken: frozenset[str]
    notify: str | None
    max_object_bytes: int
    clock_offset_ms: int


class Application:
    """Sends what is for the control surface there, and every other request to the service itself."""

    def __init__(self, endpoint: ASGIApp, control: ASGIApp, region: str) -> None:
        self._endpoint = endpoint
        self._control = control
        self._region = region

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._is_control(scope):
            await self._control(scope, receive, send)
        else:
            await self._endpoint(scope, receive, send)

    def _is_control(self, scope: Scope) -> bool:
        """No bucket can be called `_control`, but an object in a bucket that the host names can."""
        host = join_headers(scope["headers"]).get("host", "")
        return scope["raw_path"].startswith(PREFIX.encode()) and bucket_of_host(host, self._region) is None


def build(settings: Settings) -> Application:
    """Opens the folder and clears what a killed process left. Raises FolderInUse, or OSError for the disk."""
    folder = settings.data / "oss"
    folder.mkdir(parents=True, exist_ok=True)
    lock = _locked(folder / "lock")
    catalogue, blobs = Catalogue(folder / DATABASE), Blobs(folder / "blobs")
    blobs.sweep(catalogue.blobs())

    def now_ms() -> int:
        return time.time_ns() // 1_000_000 + settings.clock_offset_ms

    if settings.bucket is not None:
        catalogue.add_bucket(settings.bucket, now_ms())
    delivery = Delivery(catalogue, settings.notify) if settings.notify else None
    identity = Identity(settings.region, settings.account_id)
    service = Service(catalogue, blobs, identity, now_ms, delivery.wake if delivery else None, taken=settings.taken)
    authenticator = Authenticator(settings.account, settings.region, lambda: datetime.now(timezone.utc))
    faults = fault_book()
    endpoint = Endpoint(service, authenticator, faults, settings.max_object_bytes)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        delivering = asyncio.create_task(delivery.run()) if delivery else None
        yield
        if delivering is not None:
            delivering.cancel()
            await asyncio.gather(delivering, return_exceptions=True)
        catalogue.close()
        lock.close()

    control = Starlette(routes=Control(endpoint, faults, catalogue, settings.bucket).routes(), lifespan=lifespan)
    return Application(endpoint, control, settings.region)


def _locked(path: Path) -> TextIO:
    lock = path.open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise FolderInUse(f"another local OSS is using {path.parent}") from error
    return lock
