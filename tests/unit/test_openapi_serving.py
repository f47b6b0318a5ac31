"""GET /v1/openapi.json: the committed file, without a table, a key or an SDK."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from facegate.events import description
from facegate.events.answers import HttpAnswer
from facegate.events.http import parse
from tests.contract import FILE, ROOT
from tests.unit.layer_events import SHAPES, encoded
from tests.unit.layer_samples import ENVIRONMENT
from tests.unit.test_layer_structure import HEAVY, HEAVY_PREFIXES

PATH = "/v1/openapi.json"


def ask(shape: str, method: str = "GET", path: str = PATH, **headers: str) -> HttpAnswer | None:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return description.answer(parse(encoded(SHAPES[shape](method, path, headers=named))))


@pytest.mark.parametrize("shape", SHAPES)
def test_it_is_answered_as_it_was_generated(shape: str) -> None:
    answer = ask(shape)
    assert answer is not None
    result = answer.as_event_result()
    assert (result["statusCode"], result["isBase64Encoded"]) == (200, False)
    assert result["body"] == FILE.read_text("utf-8")
    assert result["headers"]["Content-Type"] == "application/json"
    assert result["headers"]["Cache-Control"] == "private, max-age=300"


@pytest.mark.parametrize("sent", ["{}", "W/{}", '"other", {}'])
@pytest.mark.parametrize("shape", SHAPES)
def test_who_has_it_already_is_not_sent_it_again(shape: str, sent: str) -> None:
    first = ask(shape)
    assert first is not None
    again = ask(shape, If_None_Match=sent.format(first.headers["ETag"]))
    assert again is not None
    assert (again.status, again.body, again.headers["ETag"]) == (304, "", first.headers["ETag"])


def test_another_version_is_sent() -> None:
    answer = ask("http", If_None_Match='"0123456789abcdef0123456789abcdef"')
    assert answer is not None
    assert answer.status == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", PATH), ("DELETE", PATH), ("GET", "/v1/openapi"), ("GET", "/openapi.json"), ("GET", PATH + "/more")],
)
def test_nothing_else_is_the_description(method: str, path: str) -> None:
    assert ask("http", method, path) is None


def test_the_function_answers_it_without_an_sdk_or_credentials() -> None:
    script = (
        "import json, runpy, sys\n"
        "handler = runpy.run_path(sys.argv[1])['handler']\n"
        "answered = [handler(event.encode(), None)['statusCode'] for event in sys.argv[2:]]\n"
        "print(json.dumps([answered, sorted(sys.modules)]))"
    )
    events = [json.dumps(shape("GET", PATH)) for shape in SHAPES.values()]
    ran = subprocess.run(
        [sys.executable, "-c", script, str(ROOT / "functions" / "results" / "index.py"), *events],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "shared"), **ENVIRONMENT},
        capture_output=True,
        check=True,
        text=True,
    )
    statuses, modules = json.loads(ran.stdout)
    loaded = {name.split(".")[0] for name in modules}
    assert statuses == [200, 200]
    assert {name for name in loaded if name in HEAVY or name.startswith(HEAVY_PREFIXES)} == set()
