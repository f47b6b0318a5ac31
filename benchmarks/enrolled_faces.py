"""A local ID Verification in which many faces are enrolled already, in place of the stand-in, which keeps none."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from benchmarks.services import Services, service_process
from local import deployment
from local.id_verification.records import FaceRecords

GROUP = deployment.FACE_GROUPS[0]
_DIMENSIONS = 128
_SPREAD = 0.12
"""Of an embedding's numbers: as long as dlib's are, and never near one of a real face."""


@contextmanager
def enrolled(services: Services, folder: Path, count: int) -> Iterator[str]:
    """Its URL; without a limit of calls a second. Raises ServiceDidNotStart."""
    folder.mkdir()
    _fill(folder / "id_verification.sqlite3", count)
    account = services.account
    arguments = {
        "--port": "0",
        "--data": str(folder),
        "--access-key-id": account.access_key_id,
        "--access-key-secret": account.access_key_secret,
        "--face-groups": ",".join(deployment.FACE_GROUPS),
        "--qps": "1000000",
    }
    options = (text for pair in arguments.items() for text in pair)
    with service_process("id-verification", ("local.id_verification", *options), folder) as url:
        yield url


def _fill(file: Path, count: int) -> None:
    chance = np.random.default_rng(count)
    records = FaceRecords(file, time.time)
    records.add_group(GROUP)
    for number in range(count):
        records.add(GROUP, f"{number:032x}", chance.normal(scale=_SPREAD, size=_DIMENSIONS), "MANUAL")
    records.close()
