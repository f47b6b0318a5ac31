"""`make invoke`: a recorded event handed to its function, and what is said where that cannot be."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cloud import ROOT, Cloud


def invoke(*arguments: str) -> tuple[int, str, str]:
    command = [sys.executable, "-m", "local.recorded", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env={"PYTHONPATH": "shared"}, capture_output=True, text=True, check=False, timeout=60
    )
    return done.returncode, done.stdout, done.stderr


def test_a_recorded_event_is_handed_to_its_function(cloud: Cloud) -> None:
    status, said, _ = invoke("events/face-compare.http.json", cloud.url)
    assert (status, json.loads(said)["body"]["Result"]["Passed"]) == (0, "Y")


def test_an_event_of_no_function_is_told_by_the_status(cloud: Cloud, tmp_path: Path) -> None:
    event = tmp_path / "nobody.http.json"
    event.write_text("{}", "utf-8")
    status, said, _ = invoke(str(event), cloud.url)
    assert (status, json.loads(said)["Code"]) == (1, "FunctionNotFound")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "make invoke: error: the following arguments are required: EVENT"),
        (("events/none.json",), "invoke: [Errno 2] No such file or directory: 'events/none.json'"),
        (
            ("events/face-compare.http.json", "http://127.0.0.1:1"),
            "invoke: no local cloud answers at http://127.0.0.1:1 (ConnectError): make up starts one",
        ),
    ],
    ids=["no event", "no such event", "no local cloud"],
)
def test_what_is_wrong_is_said_in_one_line(arguments: tuple[str, ...], said: str) -> None:
    status, out, error = invoke(*arguments)
    assert (status, out, error.splitlines()[-1]) == (2, "", said)


def test_a_photograph_that_there_is_not_is_named(tmp_path: Path) -> None:
    event = tmp_path / "face-compare.http.json"
    event.write_text('{"body": "{{photo:nobody}}"}', "utf-8")
    status, _, error = invoke(str(event), "http://127.0.0.1:1")
    assert (status, error.startswith("invoke: {{photo:nobody}}: there is no such photograph, but biden, ")) == (2, True)
