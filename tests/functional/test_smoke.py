"""`make smoke` against a local cloud: all well, rows that fail, and what it refuses to do."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from deploy.smoke.__main__ import is_loopback
from deploy.smoke.rows import STEPS, USERS
from tests.cloud import ROOT, Cloud, running

ROWS = len(STEPS) + 1 + len(USERS)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """Nobody else's face is enrolled here."""
    with running(tmp_path_factory.mktemp("smoke"), "--qps", "1000") as started:
        yield started


def smoke(*arguments: str, headers: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": "shared", "SMOKE_HEADERS": headers}
    command = [sys.executable, "-m", "deploy.smoke", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=240)


def numbered(shown: str) -> dict[int, str]:
    """The first line of each row, by its number."""
    return {int(line[1]): line[0] for line in re.finditer(r"^ ?(\d+)\b.*$", shown, re.MULTILINE)}


@pytest.mark.parametrize("behind", ["", "/apigw/"], ids=["HTTP triggers", "API Gateway"])
def test_a_sound_deployment_passes_and_nothing_is_left_of_its_users(fresh: Cloud, behind: str) -> None:
    done = smoke(fresh.url + behind, headers="Authorization: Bearer a-token")
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(numbered(done.stdout)) == ROWS
    assert "All rows came to what was expected." in done.stdout
    assert "a-token" not in done.stdout + done.stderr + fresh.logs()
    assert fresh.client.get("/_local/records").json() == []


@pytest.mark.parametrize(
    ("action", "fault", "row", "shown"),
    [
        ("FaceCompare", "garbage-200", 1, "ServiceAnswerMalformed"),
        ("AddFaceRecord", "Forbidden.RAMUserAccessDenied", 8, "Forbidden.RAMUserAccessDenied"),
        ("CompareFaces", "http-503", 12, "ServiceUnavailable"),
    ],
)
def test_a_row_that_comes_to_something_else_is_marked_and_the_users_are_erased(
    fresh: Cloud, action: str, fault: str, row: int, shown: str
) -> None:
    fresh.fault(action, fault, times=5)
    done = smoke(fresh.url)
    fresh.client.delete("/_local/faults")
    assert done.returncode == 1
    assert f"{row} UNEXPECTED" in numbered(done.stdout)[row]
    assert shown[:16] in done.stdout  # a narrow column folds the rest
    assert re.search(r"\d+ rows? came to something else than expected", done.stdout)
    erased = [line for line in numbered(done.stdout).values() if "erase " in line]
    assert len(erased) == len(USERS)
    assert not any("UNEXPECTED" in line for line in erased)
    assert fresh.client.get("/_local/records").json() == []


def test_an_erasure_that_does_not_succeed_fails_the_run(fresh: Cloud) -> None:
    fresh.fault("DeleteFaceRecordV2", "http-500", times=100)
    done = smoke(fresh.url)
    fresh.client.delete("/_local/faults")
    assert done.returncode == 1
    assert all("UNEXPECTED" in line for line in numbered(done.stdout).values() if "erase " in line)
    left = re.findall(r"not erased: ask for DELETE http://[^/]+(/v1/users/smoke-\S+)", done.stdout)
    assert len(left) == len(USERS)
    assert all(fresh.client.delete(path).is_success for path in left)
    assert fresh.client.get("/_local/records").json() == []


def test_a_deployment_without_the_mainland_service_passes_and_says_so(fresh: Cloud) -> None:
    fresh.fault("CompareFaces", "Error.NoPermissionAccess", times=2)
    done = smoke(fresh.url)
    assert done.returncode == 0, done.stdout
    rows = numbered(done.stdout)
    assert "12 skipped" in rows[12]
    assert "13 skipped" in rows[13]
    assert "the mainland" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "headers", "said"),
    [
        (["https://faces.example.com"], "", 'billed: ARGS="--yes" makes them'),
        (["http://10.1.2.3:9000"], "", 'billed: ARGS="--yes" makes them'),
        (["faces.example.com"], "", "URL is 'faces.example.com': expected https://host"),
        ([""], "", "URL is '': expected https://host"),
        (["http://127.0.0.1:9/"], "", "http://127.0.0.1:9/: ConnectError"),
        (["http://127.0.0.1:9"], "Bearer s3cret", "SMOKE_HEADERS, line 1: expected Name: value"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line(arguments: list[str], headers: str, said: str) -> None:
    done = smoke(*arguments, headers=headers)
    assert done.returncode == 1
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "s3cret" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://127.0.0.1:9000/", True),
        ("http://[::1]:9000/", True),
        ("http://localhost/", True),
        ("https://localhost.example.com/", False),
        ("https://127.0.0.1.example.com/", False),
        ("http://10.0.0.1/", False),
    ],
)
def test_only_this_machine_counts_as_free_of_charge(url: str, loopback: bool) -> None:
    assert is_loopback(url) is loopback
