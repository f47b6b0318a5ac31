"""People who enrol over HTTP while a burst of uploads is worked off: does the quota leave them a share?"""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType

import httpx

_TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class Visit:
    """What the caller got, and after how many milliseconds."""

    user: str
    status: int
    milliseconds: float


class Visitors:
    """While it is entered, each of `pictures` is enrolled by a POST to `url`, one every `seconds`, evenly."""

    def __init__(self, url: str, pictures: Sequence[bytes], seconds: float) -> None:
        self.visits: list[Visit] = []
        self._url, self._pictures, self._seconds = url, pictures, seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._visit_all, name="visitors", daemon=True)

    def __enter__(self) -> Visitors:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _visit_all(self) -> None:
        with httpx.Client(base_url=self._url, timeout=_TIMEOUT_SECONDS, trust_env=False) as client:
            for number, picture in enumerate(self._pictures):
                if self._stop.wait(self._seconds):
                    return
                self.visits.append(_visit(client, f"visitor-{number:05}", picture))


def _visit(client: httpx.Client, user: str, picture: bytes) -> Visit:
    body = {"MerchantUserId": user, "FacePicture": base64.b64encode(picture).decode()}
    started = time.monotonic()
    status = client.post("/v1/add-face-record", json=body).status_code
    return Visit(user, status, (time.monotonic() - started) * 1000)
