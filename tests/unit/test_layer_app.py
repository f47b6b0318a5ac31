"""The handlers as the platform calls them: settings stop the start, and over HTTP nothing is ever raised."""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from facegate.app.entries import Handler, worked_off
from facegate.app.erasures import erasure
from facegate.app.failures import failure
from facegate.app.operations import operation
from facegate.app.results import results
from facegate.app.signups import check
from facegate.app.uploads import enrolment
from facegate.errors import SettingError
from facegate.events import http
from facegate.events.giving_back import GivenBack
from tests.unit.layer_events import encoded, trigger
from tests.unit.layer_samples import ACTIONS, ENVIRONMENT

HTTP = (*ACTIONS, "results", "erasure")
ALL = {
    "results": results,
    "erasure": erasure,
    "enrolment": enrolment,
    "check": check,
    "failure": failure,
}


@pytest.fixture(autouse=True)
def stacks_are_kept_for_the_other_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "tracebacklimit", 1_000, raising=False)


@pytest.fixture(params=HTTP)
def handler(request: pytest.FixtureRequest) -> Handler:
    name = str(request.param)
    return (ALL[name](ENVIRONMENT) if name in ALL else operation(name, ENVIRONMENT)).handler


def context(**more: Any) -> Any:
    credentials = SimpleNamespace(access_key_id="id", access_key_secret="key", security_token="token")
    return SimpleNamespace(request_id="r-1", credentials=credentials, function=SimpleNamespace(timeout=30), **more)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("missing", ENVIRONMENT)
def test_a_wrong_setting_stops_the_start(name: str, missing: str) -> None:
    with pytest.raises(SettingError, match=missing):
        ALL[name]({key: value for key, value in ENVIRONMENT.items() if key != missing})


def test_an_operation_does_not_start_without_its_settings_either() -> None:
    with pytest.raises(SettingError, match="FC_REGION"):
        operation("FaceCompare", {})


@pytest.mark.parametrize(
    ("event", "status"),
    [
        (encoded(trigger("POST", "/v1/nowhere", "{")), (400, 404)),
        (encoded(trigger("PATCH", "/v1/nowhere", "{}")), (404, 405)),
        (b'{"events":[]}', (400,)),
        (b"not JSON", (400,)),
        (b"[" * 100_000, (400,)),
        (encoded(trigger("POST", "/", "!", isBase64Encoded=True)), (400,)),
    ],
    ids=["broken body", "other method", "another trigger", "no JSON", "nesting bomb", "broken Base64"],
)
def test_a_mistake_over_http_is_answered_with_all_four_keys(
    handler: Handler, event: bytes, status: tuple[int, ...]
) -> None:
    answer = handler(event, context())
    assert set(answer) == {"statusCode", "headers", "isBase64Encoded", "body"}
    assert answer["statusCode"] in status
    assert json.loads(answer["body"])["RequestId"] == "r-1"


def test_a_defect_of_ours_is_answered_and_logged_without_a_value(
    handler: Handler, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_: object) -> None:
        raise KeyError("ada@example.com")

    monkeypatch.setattr(http, "parse", broken)
    answer = handler(encoded(trigger("POST", "/")), context())
    assert (answer["statusCode"], json.loads(answer["body"])["Code"]) == (500, "InternalError")
    line = json.loads(capsys.readouterr().out)
    assert (line["event"], line["error_type"]) == ("defect", "KeyError")
    assert line["error_at"].startswith("test_layer_app.py:")
    assert "ada@" not in json.dumps([answer, line])


def test_a_defect_of_ours_in_an_event_is_given_back_and_logged_without_a_value(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def broken() -> None:
        raise KeyError("ada@example.com")

    with pytest.raises(GivenBack, match=r"\ADefect: KeyError\Z"):
        worked_off("r-1", broken)
    line = json.loads(capsys.readouterr().out)
    assert (line["event"], line["error_type"], line["request_id"]) == ("defect", "KeyError", "r-1")
    assert line["error_at"].startswith("test_layer_app.py:")
    assert "ada@" not in json.dumps(line)


@pytest.mark.parametrize("name", ["enrolment", "check", "failure", "FaceCompare"])
def test_the_platform_logs_no_stack_of_a_function_that_raises(name: str) -> None:
    assert sys.tracebacklimit != 0
    _ = ALL[name](ENVIRONMENT) if name in ALL else operation(name, ENVIRONMENT)
    assert sys.tracebacklimit == 0


def test_a_function_without_a_role_says_so_without_a_call(capsys: pytest.CaptureFixture[str]) -> None:
    handler = results(ENVIRONMENT).handler
    without = SimpleNamespace(request_id="r-1", credentials=None, function=None)
    answer = handler(encoded(trigger("GET", "/v1/results/abc")), without)
    assert (answer["statusCode"], json.loads(answer["body"])["Code"]) == (500, "InvalidCredentials")
    assert "ERROR" in capsys.readouterr().out
