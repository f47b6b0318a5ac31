"""What a log line may say."""

from __future__ import annotations

import ast
import json
import logging
from pathlib import Path

import pytest

import facegate
from facegate import log
from facegate.errors import FacegateError, RequestError, StillInProgress
from facegate.verification.errors import ServiceRefused, ServiceTimedOut
from tests.unit import layer_samples as samples

PACKAGE = Path(facegate.__file__).parent
PERSONAL = {"user_id", "merchant_user_id", "url", "picture", "message", "body", "event", "headers", "scores", "answer"}


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_an_event_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    log.write("WARNING", "two\nlines", code="中\n", attempts=2, replayed=False)
    assert lines(capsys) == [
        {"level": "WARNING", "event": "two\nlines", "code": "中\n", "attempts": 2, "replayed": False}
    ]


def test_every_field_that_the_layer_logs_is_on_the_list() -> None:
    used = {
        keyword.arg
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("log.write", "log.refused", "write")
        for keyword in node.keywords
    }
    assert used - {None} <= set(log.Fields.__annotations__)


def test_the_list_has_no_place_for_anything_personal() -> None:
    assert not set(log.Fields.__annotations__) & PERSONAL


@pytest.mark.parametrize(
    ("error", "level"),
    [
        (RequestError("m"), "INFO"),
        (StillInProgress("m"), "INFO"),
        (ServiceRefused("NoFaceDetected", 401), "INFO"),
        (ServiceRefused("Throttling.Api", 403), "INFO"),
        (ServiceRefused("Forbidden.RAMUserAccessDenied", 403), "ERROR"),
        (ServiceTimedOut("m"), "ERROR"),
        (FacegateError("m"), "ERROR"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_a_refusal_is_an_error_only_if_it_is_not_the_callers(
    capsys: pytest.CaptureFixture[str], error: FacegateError, level: str
) -> None:
    log.refused(error, request_id="r-1")
    (line,) = lines(capsys)
    assert line == {
        "level": level,
        "event": "refused",
        "request_id": "r-1",
        "code": error.code,
        "http_status": error.http_status,
    }


def test_a_decision_is_logged_without_its_scores_or_whom_it_is_about(capsys: pytest.CaptureFixture[str]) -> None:
    log.decided(samples.record(), "r-1", replayed=True)
    (line,) = lines(capsys)
    assert line == {
        "level": "INFO",
        "event": "decided",
        "request_id": "r-1",
        "service_request_id": "service-1",
        "operation": "FaceCompare",
        "merchant_biz_id": samples.BIZ_ID,
        "outcome": "passed",
        "code": "Success",
        "attempts": 1,
        "replayed": True,
        "source": "http",
    }


def test_the_place_of_a_defect_is_file_and_line_and_no_value() -> None:
    secret = "s3cr3t"
    try:
        _ = dict[str, str]()[secret]
    except KeyError as error:
        place = log.place(error)
    name, _, line = place.partition(":")
    assert (name, line.isdigit(), secret in place) == ("test_layer_log.py", True, False)


def test_an_error_that_was_never_raised_has_no_place() -> None:
    assert log.place(ValueError("x")) == "unknown"


@pytest.mark.parametrize("name", log.SILENCED)
def test_the_sdks_loggers_say_nothing_below_critical(name: str) -> None:
    log.silence_sdks()
    assert logging.getLogger(name).level == logging.CRITICAL
