"""The composition root: the parts of the service, wired into one ASGI application."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.routing import Route

from local.id_verification.calls import CallCounts
from local.id_verification.control import Control
from local.id_verification.downloads import Downloads
from local.id_verification.endpoint import Endpoint
from local.id_verification.engine import FaceEngine
from local.id_verification.faults import fault_book
from local.id_verification.nonces import NonceMemory
from local.id_verification.operations import OPERATIONS
from local.id_verification.quota import Quota
from local.id_verification.records import FaceRecords
from local.id_verification.signature import SignatureCheck
from local.trail import Trail

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from local.credentials import Account

DATABASE = "id_verification.sqlite3"


@dataclass(frozen=True)
class Settings:
    """`data` is the folder of the database; `face_groups` exist from the start (in the cloud: from the console)."""

    data: Path
    account: Account
    face_groups: tuple[str, ...]
    queries_per_second: int
    latency_ms: int


def build(settings: Settings) -> Starlette:
    """Loads the models and opens the database, so that the server is ready when it listens."""
    settings.data.mkdir(parents=True, exist_ok=True)
    records = FaceRecords(settings.data / DATABASE, time.time)
    for code in settings.face_groups:
        records.add_group(code)
    engine, downloads = FaceEngine(), Downloads()
    calls, trail, faults = CallCounts(OPERATIONS), Trail(), fault_book()
    endpoint = Endpoint(
        signature=SignatureCheck(settings.account, NonceMemory(), time.time),
        faults=faults,
        quota=Quota(settings.queries_per_second, time.monotonic),
        calls=calls,
        trail=trail,
        records=records,
        engine=engine,
        downloads=downloads,
        latency_seconds=settings.latency_ms / 1000,
    )

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        await downloads.close()
        engine.close()
        records.close()

    routes = [Route("/", endpoint, methods=["POST"]), *Control(calls, trail, faults, records).routes()]
    return Starlette(routes=routes, lifespan=lifespan)
