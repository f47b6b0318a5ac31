"""The wire under the real SDK: its requests are taken down, and answers and failures are scripted.

It stands in for `requests.Session.send`, so that all of the SDK above it runs: placement, signing, parsing, its own
exceptions. Nothing is opened or resolved.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

Scripted = requests.Response | Exception


def answer(status: int = 200, body: object = None, headers: Mapping[str, str] | None = None) -> requests.Response:
    """`body` is sent as it is when it is bytes, else as JSON."""
    made = requests.Response()
    made.status_code = status
    made._content = body if isinstance(body, bytes) else json.dumps(body).encode()
    made.headers.update({"Content-Type": "application/json", **(headers or {})})
    return made


@dataclass(frozen=True)
class Sent:
    """One request as it would have gone out. `timeout` is (connect, read) in seconds."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    timeout: tuple[float, float]

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    @property
    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.url).query).items()}

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}


@dataclass
class FakeTransport:
    """`script` is used up in order; a request beyond it fails the test."""

    script: list[Scripted] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)

    def will(self, *scripted: Scripted) -> None:
        self.script.extend(scripted)

    def install(self, monkeypatch: pytest.MonkeyPatch) -> FakeTransport:
        def send(_: requests.Session, request: requests.PreparedRequest, **options: Any) -> requests.Response:
            return self._answer(request, options["timeout"])

        monkeypatch.setattr(requests.Session, "send", send)
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "DEBUG"):
            monkeypatch.delenv(name, raising=False)
        return self

    def _answer(self, request: requests.PreparedRequest, timeout: tuple[float, float]) -> requests.Response:
        body = request.body or b""
        assert isinstance(body, bytes)
        headers = {name.lower(): str(value) for name, value in request.headers.items()}
        self.sent.append(Sent(str(request.url), headers, body, timeout))
        assert self.script, "one request more than the test foresees"
        told = self.script.pop(0)
        if isinstance(told, Exception):
            raise told
        return told
