"""`python -m local up` as a process: ready, in use, stopped, killed."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
ANSWER = "{'statusCode': 200, 'headers': {}, 'isBase64Encoded': False, 'body': %s}"
SOURCE = f"""
import fcntl, json, os
held = open(os.environ["HELD"], "w")
fcntl.flock(held, fcntl.LOCK_EX)
def handler(event, context):
    names = ("TABLESTORE", "ID_VERIFICATION", "COMPARE_FACES")
    return {ANSWER % 'json.dumps({name: os.environ[f"FACEGATE_{name}_ENDPOINT"] for name in names})'}
"""
SECONDS_FOR_EACH_STEP = 60


class Project:
    """A project of one function, which holds a lock on the file `held` for as long as its instance lives."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.held = folder / "held"
        (folder / "code").mkdir()
        (folder / "code" / "index.py").write_text(SOURCE, "utf-8")
        props = {
            "functionName": "probe",
            "region": "${env('REGION')}",
            "runtime": "python3.10",
            "handler": "index.handler",
            "code": "./code",
            "environmentVariables": {"HELD": str(self.held)},
            "triggers": [
                {
                    "triggerName": "http",
                    "triggerType": "http",
                    "triggerConfig": {"authType": "anonymous", "methods": ["GET"]},
                }
            ],
        }
        self.template = {"edition": "3.0.0", "resources": {"probe": {"component": "fc3", "props": props}}}
        self.write("s.yaml", self.template)
        self.write("routes.yaml", {"routes": [{"method": "GET", "path": "/probe", "function": "probe"}]})

    def write(self, name: str, document: object) -> None:
        (self.folder / name).write_text(yaml.safe_dump(document), "utf-8")

    def command(self, *more: str) -> list[str]:
        paths = ["--template", str(self.folder / "s.yaml"), "--routes", str(self.folder / "routes.yaml")]
        return [sys.executable, "-m", "local", "up", *paths, *(more or ("--port", "0"))]

    @contextlib.contextmanager
    def up(self, *more: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
        """The process and its gateway's URL; the process is gone afterwards."""
        temporary = self.folder / "tmp"
        temporary.mkdir(exist_ok=True)
        environment = {**os.environ, "TMPDIR": str(temporary)}
        with subprocess.Popen(
            self.command(*more),
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                assert process.stdout is not None
                line = process.stdout.readline()
                assert line.startswith("ready http://127.0.0.1:"), process.communicate()
                yield process, line.removeprefix("ready ").strip()
            finally:
                process.kill()

    def refused(self, *more: str) -> str:
        """What `up` says when it cannot start."""
        done = subprocess.run(
            self.command(*more), cwd=ROOT, capture_output=True, text=True, timeout=SECONDS_FOR_EACH_STEP, check=False
        )
        assert (done.returncode, done.stdout) == (1, "")
        return done.stderr


def stopped(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=SECONDS_FOR_EACH_STEP)
    return process.returncode, out, err


def services_of(process: subprocess.Popen[str]) -> dict[str, int]:
    """Process ids of the local services, by module."""
    listing = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,args="],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    children = [line.split(None, 2) for line in listing.splitlines()]
    return {
        args.split(" -m ")[1].split()[0]: int(pid)
        for pid, parent, args in children
        if int(parent) == process.pid and " -m local." in args
    }


def refuses_connections(url: str) -> bool:
    deadline = time.monotonic() + SECONDS_FOR_EACH_STEP
    while time.monotonic() < deadline:
        try:
            httpx.get(url, timeout=1)
        except httpx.ConnectError:
            return True
        except httpx.TransportError:
            continue
    return False


def test_up_serves_functions_and_control_surface_and_leaves_nothing_behind(tmp_path: Path) -> None:
    project = Project(tmp_path)
    with project.up() as (process, url):
        endpoints = httpx.get(f"{url}/_local/endpoints").json()
        head = httpx.head(f"{url}/probe", timeout=30)
        probe = httpx.get(f"{url}/probe")
        calls = httpx.get(f"{url}/_local/calls")
        fault = httpx.post(f"{url}/_local/faults", json={"action": "FaceCompare", "fault": "throttle", "times": 1})
        tables = httpx.get(f"{url}/_local/tablestore/calls")
        wrong_method = httpx.post(f"{url}/probe")
        process.send_signal(signal.SIGTERM)
        status, out, err = stopped(process)

    assert endpoints["gateway"] == url
    assert (endpoints["region"], endpoints["bucket"]) == ("ap-southeast-1", "facegate-local")
    assert probe.json() == {
        "TABLESTORE": endpoints["tablestore"],
        "ID_VERIFICATION": endpoints["id_verification"],
        "COMPARE_FACES": endpoints["id_verification"],
    }
    assert (head.status_code, head.content) == (200, b"")
    assert (wrong_method.status_code, wrong_method.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert {calls.status_code, tables.status_code} == {200}
    assert fault.is_success
    assert (status, out, err) == (0, "", "")
    assert list((tmp_path / "tmp").iterdir()) == []
    for service in ("id_verification", "tablestore", "oss", "function_compute"):
        assert refuses_connections(endpoints[service])
    with project.held.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)


def test_a_supervisor_that_is_killed_leaves_no_process_behind(tmp_path: Path) -> None:
    project = Project(tmp_path)
    with project.up() as (process, url):
        endpoints = httpx.get(f"{url}/_local/endpoints").json()
        httpx.get(f"{url}/probe", timeout=30)
        process.kill()
        process.wait()

        for service in (endpoints["id_verification"], endpoints["tablestore"]):
            assert refuses_connections(service)
        with project.held.open() as held:
            fcntl.flock(held, fcntl.LOCK_EX)  # would wait for ever while the instance lived


@pytest.mark.parametrize("service", ["local.tablestore", "local.id_verification"])
def test_a_service_that_dies_takes_the_local_cloud_with_it_and_is_named(tmp_path: Path, service: str) -> None:
    with Project(tmp_path).up() as (process, _):
        os.kill(services_of(process)[service], signal.SIGKILL)
        status, out, err = stopped(process)

    assert (status, out) == (1, "")
    assert err.startswith(f"local cloud: the service {service.removeprefix('local.')} stopped (exit status -9)")


def test_a_data_folder_keeps_the_keys_and_serves_one_cloud_at_a_time(tmp_path: Path) -> None:
    project = Project(tmp_path)
    data = tmp_path / "data"
    seen = []
    for _ in range(2):
        with project.up("--port", "0", "--data", str(data)) as (process, url):
            endpoints = httpx.get(f"{url}/_local/endpoints").json()
            seen.append((endpoints["access_key_id"], endpoints["access_key_secret"]))
            refusal = project.refused("--port", "0", "--data", str(data))
            process.send_signal(signal.SIGINT)
            assert stopped(process) == (0, "", "")

        assert refusal == f"local cloud: another local cloud is using {data}\n"
    assert seen[0] == seen[1]
    assert stat.S_IMODE((data / "secrets.json").stat().st_mode) == 0o600
    assert (data / "logs" / "tablestore.log").is_file()


def test_a_port_in_use_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        message = Project(tmp_path).refused("--port", str(port))

    assert message == f"local cloud: port {port} cannot be taken: Address already in use\n"


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("runtime", "python2.7", "s.yaml: resources.probe.props.runtime: 'python2.7' is not one of"),
        ("code", "./absent", "s.yaml: resources.probe.props.code: no such folder"),
        ("role", "${env('NOT_IN_THE_TABLE')}", "s.yaml: resources.probe.props.role: the variable NOT_IN_THE_TABLE"),
        ("triggers", [], "routes.yaml: routes[0].method: the HTTP trigger of probe does not take 'GET'"),
    ],
)
def test_a_mistake_in_the_project_is_said_in_one_line(tmp_path: Path, key: str, value: object, message: str) -> None:
    project = Project(tmp_path)
    project.template["resources"]["probe"]["props"][key] = value  # type: ignore[index]
    project.write("s.yaml", project.template)

    refusal = project.refused()

    assert message in refusal
    assert refusal.count("\n") == 1


def test_kept_secrets_that_cannot_be_read_are_not_replaced(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "secrets.json").write_text("{", "utf-8")

    refusal = Project(tmp_path).refused("--port", "0", "--data", str(data))

    assert "secrets.json cannot be read" in refusal
    assert (data / "secrets.json").read_text("utf-8") == "{"
