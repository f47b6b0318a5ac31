"""The local OSS as a child process, its clients, and a receiver of its events."""

from __future__ import annotations

import http.server
import json
import os
import select
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import alibabacloud_oss_v2 as oss
import httpx
import pytest
from alibabacloud_oss_v2.transport import RequestsHttpClient

from local.credentials import Account

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
ACCOUNT = Account.new()
REGION = "ap-southeast-1"
BUCKET = "facegate-local"
CONTENT = bytes(range(256)) * 8
READY_SECONDS = 60


@dataclass(frozen=True)
class LocalOss:
    process: subprocess.Popen[str]
    url: str
    control: httpx.Client
    transports: list[RequestsHttpClient] = field(default_factory=list)

    @classmethod
    def start(cls, data: Path, *options: str) -> LocalOss:
        keys = ("--access-key-id", ACCOUNT.access_key_id, "--access-key-secret", ACCOUNT.access_key_secret)
        own = ("--port", "0", "--data", str(data), "--region", REGION, "--bucket", BUCKET)
        process = subprocess.Popen(
            [sys.executable, "-m", "local.oss", *own, *keys, *options],
            cwd=ROOT,
            env={**os.environ, "PYTHONWARNINGS": "default"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert process.stdout is not None
        ready = select.select([process.stdout], [], [], READY_SECONDS)[0] and process.stdout.readline()
        if not ready or not ready.startswith("ready "):
            process.kill()
            process.communicate()
            pytest.fail(f"the local OSS did not start: {ready or 'no output'}")
        url = ready.split()[1]
        return cls(process, url, httpx.Client(base_url=url, trust_env=False, timeout=30))

    def stop(self) -> str:
        """What it wrote after its `ready` line."""
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> str:
        self.control.close()
        for transport in self.transports:
            transport.close()
        self.process.send_signal(number)
        output: str = self.process.communicate(timeout=30)[0]
        return output

    def client(self, provider: Any = None, *, read_timeout: float = 30, **changes: Any) -> oss.Client:
        """The unmodified SDK; by path, since the endpoint is an IP address."""
        transport = RequestsHttpClient(readwrite_timeout=read_timeout)
        transport.open()
        transport.session.trust_env = False
        self.transports.append(transport)
        config = oss.config.load_default()
        config.region = REGION
        config.endpoint = self.url
        config.credentials_provider = provider or static(ACCOUNT.access_key_id, ACCOUNT.access_key_secret)
        config.http_client = transport
        config.retry_max_attempts = 1
        for name, value in changes.items():
            setattr(config, name, value)
        return oss.Client(config)

    def order_fault(self, operation: str, fault: str, times: int = 1, **more: str) -> None:
        order = {"operation": operation, "fault": fault, "times": times, **more}
        self.control.post("/_control/faults", json=order).raise_for_status()

    def calls(self, operation: str) -> int:
        counts: dict[str, int] = self.control.get("/_control/calls").json()
        return counts.get(operation, 0)

    def objects(self) -> dict[str, dict[str, Any]]:
        return {one["key"]: one for one in self.control.get("/_control/objects").json()}

    def outbox(self) -> dict[str, int]:
        counts: dict[str, int] = self.control.get("/_control/outbox").json()
        return counts


def static(key_id: str, secret: str, token: str | None = None) -> Any:
    return oss.credentials.StaticCredentialsProvider(key_id, secret, token)


def temporary(expires_at: int) -> Any:
    key = ACCOUNT.issue(expires_at)
    return static(key.access_key_id, key.access_key_secret, key.security_token)


def refusal(call: Callable[[], object]) -> oss.exceptions.ServiceError:
    """The service's error behind the SDK's."""
    with pytest.raises(oss.exceptions.OperationError) as refused:
        call()
    error = refused.value.unwrap()
    assert isinstance(error, oss.exceptions.ServiceError)
    return error


def put(client: oss.Client, key: str, body: Any = CONTENT, **fields: Any) -> oss.PutObjectResult:
    return client.put_object(oss.PutObjectRequest(BUCKET, key, body=body, **fields))


def get(client: oss.Client, key: str, **fields: Any) -> oss.GetObjectResult:
    return client.get_object(oss.GetObjectRequest(BUCKET, key, **fields))


def read(client: oss.Client, key: str, **fields: Any) -> bytes:
    return b"".join(get(client, key, **fields).body.iter_bytes())


class Receiver:
    """Takes events; refuses the next `refusals` of them with 503."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.refusals = 0
        self.attempts = 0
        self._changed = threading.Condition()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                self.send_response(receiver.take(json.loads(body)))
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/events"

    def take(self, document: dict[str, Any]) -> int:
        with self._changed:
            self.attempts += 1
            if self.refusals > 0:
                self.refusals -= 1
                return 503
            self.events += document["events"]
            self._changed.notify_all()
            return 200

    def until(self, holds: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
        """The events, once that holds for them."""
        with self._changed:
            assert self._changed.wait_for(lambda: holds(self.events), timeout=60), self.events
            return list(self.events)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
