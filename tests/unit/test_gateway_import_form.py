"""API Gateway's import form: every route, each with its function behind it, and within what the gateway takes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import Any

import pytest
import yaml
from openapi_spec_validator import OpenAPIV2SpecValidator

from deploy.gateway import import_form, routes
from deploy.gateway.import_form import GatewayError
from tests.contract import ROOT

FORM: dict[str, Any] = yaml.safe_load(import_form.FILE.read_text("utf-8"))
RESOURCES = yaml.safe_load((ROOT / "s.yaml").read_text("utf-8"))["resources"]
TIMEOUTS = {one["props"]["functionName"]: one["props"]["timeout"] for one in RESOURCES.values()}
OPERATIONS = [
    pytest.param(path, method, operation, id=operation["operationId"])
    for path, item in FORM["paths"].items()
    for method, operation in item.items()
]
DEPLOYMENT = {"REGION": "ap-southeast-1", "ACCOUNT_ID": "1234567890123456"}


def test_the_committed_form_is_what_the_types_generate() -> None:
    assert import_form.FILE.read_text("utf-8") == import_form.text(), "run `make openapi` and commit what it writes"


def test_it_is_swagger_2_which_is_what_the_import_takes() -> None:
    OpenAPIV2SpecValidator(FORM).validate()
    assert len(import_form.FILE.read_bytes()) <= import_form.MAX_BYTES


def test_it_has_every_route() -> None:
    listed = {(method.upper(), path) for path, item in FORM["paths"].items() for method in item}
    assert listed == {(route.method, route.path) for route in routes.read()}


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_behind_every_path_is_its_function(path: str, method: str, operation: dict[str, Any]) -> None:
    back_end = operation["x-aliyun-apigateway-backend"]
    (route,) = [one for one in routes.read() if (one.method.lower(), one.path) == (method, path)]
    assert (back_end["type"], back_end["fcType"], back_end["fcVersion"]) == ("FC", "FCEvent", "3.0")
    assert (back_end["functionName"], back_end["method"], back_end["path"]) == (route.function, route.method, path)
    assert back_end["fcRegionId"] == back_end["fcRegion"] == "${REGION}"
    assert back_end["roleArn"] == back_end["arn"] == "${GATEWAY_ROLE_ARN}"
    assert back_end["timeout"] == min(TIMEOUTS[route.function], 30) * 1000


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_the_gateway_takes_the_names_and_lets_no_stranger_in(path: str, method: str, operation: dict[str, Any]) -> None:
    assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{3,49}", operation["operationId"])
    assert operation["x-aliyun-apigateway-auth-type"] == "APP"
    assert operation["x-aliyun-apigateway-paramater-handling"] == "PASSTHROUGH"
    assert [one["name"] for one in operation.get("parameters", ())] == re.findall(r"\{(\w+)\}", path)


@pytest.mark.parametrize(
    ("more", "role"),
    [
        ({}, "acs:ram::1234567890123456:role/aliyunserviceroleforapigateway"),
        ({"GATEWAY_ROLE_ARN": "acs:ram::1:role/gateway"}, "acs:ram::1:role/gateway"),
    ],
)
def test_it_is_filled_in_for_one_deployment(more: dict[str, str], role: str) -> None:
    text = import_form.filled({**DEPLOYMENT, **more})
    assert "${" not in text
    back_end = yaml.safe_load(text)["paths"]["/v1/face-compare"]["post"]["x-aliyun-apigateway-backend"]
    assert (back_end["fcRegion"], back_end["arn"]) == ("ap-southeast-1", role)


@pytest.mark.parametrize(
    ("environment", "named"),
    [({}, "REGION"), ({"REGION": "ap-southeast-1"}, "GATEWAY_ROLE_ARN"), ({"ACCOUNT_ID": "1"}, "REGION")],
)
def test_a_missing_variable_is_named(environment: dict[str, str], named: str) -> None:
    with pytest.raises(GatewayError, match=rf"^{named} is not set"):
        import_form.filled(environment)


def test_the_command_says_what_is_missing_in_one_line() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "deploy.gateway.import_form"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": "shared"},
        capture_output=True,
        check=False,
        text=True,
    )
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == "gateway: REGION is not set: the region of the functions, such as ap-southeast-1\n"
