"""The local ID Verification service as its own process, and clients of the unmodified official SDK for it."""

from __future__ import annotations

import select
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from alibabacloud_cloudauth_intl20220809.client import Client
from alibabacloud_tea_openapi.client import Client as GenericClient
from alibabacloud_tea_openapi.models import Config, OpenApiRequest, Params
from darabonba.runtime import RuntimeOptions

from local.credentials import Account

ROOT = Path(__file__).parents[3]
ACCOUNT = Account.new()
READY_SECONDS = 60


@dataclass(frozen=True)
class Service:
    process: subprocess.Popen[str]
    control: httpx.Client

    @property
    def endpoint(self) -> str:
        return self.control.base_url.netloc.decode()

    def config(self, **changes: Any) -> Config:
        account = {"access_key_id": ACCOUNT.access_key_id, "access_key_secret": ACCOUNT.access_key_secret}
        return Config(**{"endpoint": self.endpoint, "protocol": "HTTP", **account, **changes})

    def client(self, **changes: Any) -> Any:
        return Client(self.config(**changes))

    def call(self, action: str, version: str, body: dict[str, str], **changes: Any) -> Any:
        """Through the generic client, as CompareFaces is called without its package."""
        params = Params(
            action=action,
            version=version,
            protocol="HTTP",
            pathname="/",
            method="POST",
            auth_type="AK",
            style="RPC",
            req_body_type="formData",
            body_type="json",
        )
        return GenericClient(self.config(**changes)).call_api(params, OpenApiRequest(body=body), RuntimeOptions())

    def calls(self, action: str) -> dict[str, int]:
        counts: dict[str, int] = self.control.get("/_control/calls").json()[action]
        return counts

    def records(self, group: str) -> list[dict[str, str]]:
        return [r for r in self.control.get("/_control/records").json() if r["FaceGroupCode"] == group]

    def order_fault(self, action: str, fault: str, times: int = 1, **more: int) -> None:
        order = {"action": action, "fault": fault, "times": times, **more}
        self.control.post("/_control/faults", json=order).raise_for_status()


def start(data: Path, *options: str) -> Service:
    command = [sys.executable, "-m", "local.id_verification", "--data", str(data), "--face-groups", "members,staff"]
    keys = ["--access-key-id", ACCOUNT.access_key_id, "--access-key-secret", ACCOUNT.access_key_secret]
    process = subprocess.Popen(
        [*command, *keys, *options], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    ready = select.select([process.stdout], [], [], READY_SECONDS)[0] and process.stdout.readline()
    if not ready or not ready.startswith("ready "):
        process.kill()
        output = process.communicate()[0]
        pytest.fail(f"the service did not start: {ready or 'no output'}{output}")
    return Service(process, httpx.Client(base_url=ready.split()[1], trust_env=False, timeout=30))


def stop(service: Service) -> str:
    """What the service wrote after its `ready` line."""
    service.control.close()
    service.process.terminate()
    output: str = service.process.communicate(timeout=30)[0]
    return output
