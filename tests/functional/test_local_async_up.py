"""`python -m local up` with functions behind an OSS trigger and an MNS topic: bursts, kills, restarts, switches."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import alibabacloud_oss_v2 as oss
import fc2
import httpx
import pytest
import yaml

from tests.functional.async_probes import PRELUDE, SUCCEED, source

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
SECONDS = 90
ENDPOINTS = f"""{PRELUDE}
def handler(event, context):
    seen({{name: os.environ.get(f"FACEGATE_{{name}}_ENDPOINT") for name in ("OSS", "FC")}})
"""


class Project:
    """Three functions: `uploads` and (taking its time) `signups` note their events, `endpoints` where services are."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        source_arn = "acs:{}:${{env('REGION')}}:${{env('ACCOUNT_ID')}}:{}"
        topic = {
            "triggerName": "signups",
            "triggerType": "mns_topic",
            "sourceArn": source_arn.format("mns", "/topics/${env('SIGNUP_TOPIC')}"),
            "triggerConfig": {"notifyContentFormat": "STREAM", "notifyStrategy": "BACKOFF_RETRY"},
        }
        uploads = {
            "triggerName": "uploads",
            "triggerType": "oss",
            "sourceArn": source_arn.format("oss", "${env('BUCKET')}"),
            "triggerConfig": {
                "events": ["oss:ObjectCreated:PutObject"],
                "filter": {"key": {"prefix": "enroll/", "suffix": ""}},
            },
        }
        http = {
            "triggerName": "http",
            "triggerType": "http",
            "triggerConfig": {"authType": "anonymous", "methods": ["POST"]},
        }
        functions = {
            "signups": self._function("signups", source("time.sleep(0.01)"), topic),
            "uploads": self._function("uploads", SUCCEED, uploads),
            "endpoints": self._function("endpoints", ENDPOINTS, http),
        }
        (folder / "s.yaml").write_text(yaml.safe_dump({"edition": "3.0.0", "resources": functions}), "utf-8")
        routes = [{"method": "POST", "path": "/endpoints", "function": "endpoints"}]
        (folder / "routes.yaml").write_text(yaml.safe_dump({"routes": routes}), "utf-8")

    def _function(self, name: str, text: str, trigger: dict[str, Any]) -> dict[str, Any]:
        (self.folder / name).mkdir()
        (self.folder / name / "index.py").write_text(text, "utf-8")
        props = {
            "functionName": name,
            "region": "${env('REGION')}",
            "runtime": "python3.10",
            "handler": "index.handler",
            "code": f"./{name}",
            "role": "acs:ram::${env('ACCOUNT_ID')}:role/facegate-verification",
            "environmentVariables": {"SEEN": str(self.folder / f"{name}.seen"), "FOLDER": str(self.folder)},
            "concurrencyConfig": {"reservedConcurrency": 2},
            "triggers": [trigger],
        }
        return {"component": "fc3", "props": props}

    def seen(self, name: str) -> list[Any]:
        return [json.loads(line) for line in (self.folder / f"{name}.seen").read_text("utf-8").splitlines()]

    @contextlib.contextmanager
    def up(self, *more: str) -> Iterator[tuple[subprocess.Popen[str], httpx.Client]]:
        """The process and a client of its gateway; the process is gone afterwards."""
        paths = ["--template", str(self.folder / "s.yaml"), "--routes", str(self.folder / "routes.yaml")]
        command = [sys.executable, "-m", "local", "up", "--port", "0", "--data", str(self.data), *paths, *more]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                url = process.stdout.readline().removeprefix("ready ").strip()
                with httpx.Client(base_url=url, timeout=SECONDS, trust_env=False) as client:
                    yield process, client
            finally:
                process.send_signal(signal.SIGTERM)


def idle(client: httpx.Client) -> None:
    assert client.get(f"/_local/invocations/idle?timeout={SECONDS}").status_code == 200


def bucket_client(endpoints: dict[str, Any]) -> oss.Client:
    config = oss.config.load_default()
    config.region = endpoints["region"]
    config.endpoint = endpoints["oss"]
    keys = endpoints["access_key_id"], endpoints["access_key_secret"]
    config.credentials_provider = oss.credentials.StaticCredentialsProvider(*keys)
    return oss.Client(config)


def test_a_kill_in_the_middle_of_a_burst_loses_no_accepted_message(tmp_path: Path) -> None:
    project = Project(tmp_path)
    accepted: list[str] = []
    enough = threading.Event()

    with project.up("--no-oss", "--redeliver", "0.1", "--shuffle", "--seed", "1") as (process, client):

        def publish(number: int) -> None:
            with contextlib.suppress(httpx.TransportError):
                if client.post("/_local/topics/signups", content=str(number)).status_code == 202:
                    accepted.append(str(number))
                    if len(accepted) == 300:
                        enough.set()

        with ThreadPoolExecutor(8) as pool:
            for number in range(1000):
                pool.submit(publish, number)
            assert enough.wait(SECONDS)
            process.kill()
        process.wait()

    assert 300 <= len(accepted) < 1000
    assert len(project.seen("signups")) < len(accepted)
    with project.up("--no-oss") as (_, client):
        idle(client)
        summary = client.get("/_local/invocations/summary").json()["signups"]
    assert set(accepted) <= {one["event"] for one in project.seen("signups")}
    assert (summary["pending"], summary["running"], summary["failed"]) == (0, 0, 0)


def test_an_upload_by_the_unmodified_sdk_invokes_the_function_of_its_trigger(tmp_path: Path) -> None:
    project = Project(tmp_path)
    with project.up() as (_, client):
        endpoints = client.get("/_local/endpoints").json()
        bucket = bucket_client(endpoints)
        for key in ("enroll/user/1.jpg", "other/2.jpg", "enroll/user/3.jpg"):
            bucket.put_object(oss.PutObjectRequest(bucket=endpoints["bucket"], key=key, body=b"x"))
        idle(client)
        objects = client.get("/_local/oss/objects").json()
        client.post("/endpoints")

    events = [json.loads(one["event"])["events"] for one in project.seen("uploads")]
    assert sorted(event["oss"]["object"]["key"] for [event] in events) == ["enroll/user/1.jpg", "enroll/user/3.jpg"]
    assert len(objects) == 3
    assert project.seen("endpoints") == [{"OSS": endpoints["oss"], "FC": endpoints["function_compute"]}]


def test_uploads_that_were_not_yet_delivered_are_delivered_after_a_kill(tmp_path: Path) -> None:
    project = Project(tmp_path)
    keys = [f"enroll/user/{number}" for number in range(40)]
    with project.up() as (process, client):
        endpoints = client.get("/_local/endpoints").json()
        bucket = bucket_client(endpoints)
        for key in keys:
            bucket.put_object(oss.PutObjectRequest(bucket=endpoints["bucket"], key=key, body=b"x"))
        process.kill()
        process.wait()

    with project.up() as (_, client):
        idle(client)
    events = [json.loads(one["event"])["events"] for one in project.seen("uploads")]
    assert {event["oss"]["object"]["key"] for [event] in events} == set(keys)


def test_the_api_of_function_compute_takes_the_accounts_key(tmp_path: Path) -> None:
    project = Project(tmp_path)
    with project.up("--no-oss", "--fc-service", "facegate") as (process, client):
        endpoints = client.get("/_local/endpoints").json()
        assert (endpoints["oss"], endpoints["bucket"]) == (None, None)
        fc = fc2.Client(
            endpoint=endpoints["function_compute"],
            accessKeyID=endpoints["access_key_id"],
            accessKeySecret=endpoints["access_key_secret"],
        )
        answer = fc.invoke_function("facegate", "signups", b"x", headers={"x-fc-invocation-type": "Async"})
        idle(client)
        [one] = client.get("/_local/invocations").json()
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0

    assert (one["id"], one["outcome"]) == (answer.headers["X-Fc-Request-Id"], "succeeded")


@pytest.mark.parametrize(
    ("switch", "value"),
    [
        ("--redeliver", "1.1"),
        ("--redeliver", "some"),
        ("--time-scale", "-1"),
        ("--time-scale", "nan"),
        ("--oss-batch", "0"),
        ("--seed", "x"),
    ],
)
def test_a_switch_out_of_its_range_is_refused(switch: str, value: str) -> None:
    command = [sys.executable, "-m", "local", "up", switch, value]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (2, "")
    assert switch in done.stderr.splitlines()[-1]


def test_a_queue_that_cannot_be_read_is_said_in_one_line(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.data.mkdir()
    (project.data / "function_compute.sqlite3").write_bytes(b"no database" * 1000)
    paths = ["--template", str(tmp_path / "s.yaml"), "--routes", str(tmp_path / "routes.yaml")]
    command = [sys.executable, "-m", "local", "up", "--port", "0", "--data", str(project.data), "--no-oss", *paths]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=os.environ)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("local cloud: the asynchronous queue in ")
    assert done.stderr.count("\n") == 1
