"""The process: its options, its database, and what a kill leaves."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.functional.local_id_verification.calls import duplication_check, enrol
from tests.functional.local_id_verification.service import ROOT, start, stop


def test_a_killed_service_has_lost_no_acknowledged_enrolment(tmp_path: Path) -> None:
    first = start(tmp_path)
    enrol(first, "members", "user")
    before = first.records("members")
    first.process.kill()
    first.process.communicate()
    first.control.close()

    second = start(tmp_path)
    after = second.records("members")
    found = duplication_check(second, "obama2.jpg", face_group_codes="members")
    stop(second)
    assert after == before
    assert len(before) == 1
    assert found.sub_code == "233"


def test_the_database_holds_no_picture_and_is_for_its_owner_only(tmp_path: Path) -> None:
    service = start(tmp_path)
    enrol(service, "members", "user")
    stop(service)
    file = tmp_path / "id_verification.sqlite3"
    assert file.stat().st_mode & 0o077 == 0
    assert b"JFIF" not in file.read_bytes()
    assert os.listdir(tmp_path) == [file.name]  # noqa: PTH208


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--qps", "0"], "--qps"),
        (["--latency-ms", "-1"], "--latency-ms"),
        (["--face-groups", "two words"], "--face-groups"),
    ],
)
def test_wrong_options_are_named(tmp_path: Path, options: list[str], named: str) -> None:
    keys = ["--access-key-id", "a", "--access-key-secret", "b"]
    command = [sys.executable, "-m", "local.id_verification", "--data", str(tmp_path), *keys, *options]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 2
    assert named in run.stderr
