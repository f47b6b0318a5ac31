"""People who enrol over HTTP while a burst of uploads is worked off: does the quota leave them a share?"""

from __future__ import annotations

import base64
import time
from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from benchmarks.background import Background

_TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class Visit:
    """What the caller got, and after how many milliseconds."""

    user: str
    status: int
    milliseconds: float


class Visitors(Background):
    """While it is entered, each of `pictures` is enrolled by a POST to `url`, one every `seconds`, evenly."""

    def __init__(self, url: str, pictures: Sequence[bytes], seconds: float) -> None:
        super().__init__("visitors")
        self.visits: list[Visit] = []
        self._url, self._pictures, self._seconds = url, pictures, seconds

    def work(self) -> None:
        with httpx.Client(base_url=self._url, timeout=_TIMEOUT_SECONDS, trust_env=False) as client:
            for number, picture in enumerate(self._pictures):
                if self.stopping.wait(self._seconds):
                    return
                self.visits.append(_visit(client, f"visitor-{number:05}", picture))


def _visit(client: httpx.Client, user: str, picture: bytes) -> Visit:
    body = {"MerchantUserId": user, "FacePicture": base64.b64encode(picture).decode()}
    started = time.monotonic()
    status = client.post("/v1/add-face-record", json=body).status_code
    return Visit(user, status, (time.monotonic() - started) * 1000)
