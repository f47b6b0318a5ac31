"""The OpenAPI description: generated from the types, valid, complete, and with examples that hold."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from openapi_spec_validator import validate

from deploy.gateway import document, examples, failures, routes, wording
from facegate.operations import OPERATIONS, requests, results
from facegate.operations.decisions import Outcome
from tests.contract import ROOT, Answer, Contract, load

REGENERATE = "run `make openapi` and commit what it writes"
PLATFORMS_OWN = {401, 403}
CONTRACT = load()
OPERATION_OBJECTS = [(f"{method} {path}", operation) for method, path, operation in CONTRACT.operations()]


def test_the_committed_description_is_what_the_types_generate() -> None:
    assert document.FILE.read_text("utf-8") == document.text(), REGENERATE


def test_the_description_is_valid_openapi() -> None:
    validate(CONTRACT.document)


def test_it_describes_every_route_and_no_other() -> None:
    described = {(method, path) for method, path, _ in CONTRACT.operations()}
    assert described == {(route.method, route.path) for route in routes.read()}


def test_an_operation_has_a_name_of_its_own_and_says_what_it_is() -> None:
    names = [operation["operationId"] for _, operation in OPERATION_OBJECTS]
    assert len(set(names)) == len(names)
    assert set(OPERATIONS) < set(names)
    for _, operation in OPERATION_OBJECTS:
        assert operation["summary"]
        assert operation["description"]
        assert set(operation["tags"]) <= set(wording.TAGS)


def test_every_path_parameter_is_described() -> None:
    for route in routes.read():
        operation = CONTRACT.document["paths"][route.path][route.method.lower()]
        described = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "path"]
        assert tuple(described) == route.parameters


# --- what is said of fields -----------------------------------------------------------------------------------------


def schemas(kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, schema in CONTRACT.document["components"]["schemas"].items():
        if name.endswith(kind):
            yield name, schema


def test_every_field_of_every_schema_is_described() -> None:
    silent = [
        f"{name}.{field}"
        for name, schema in schemas("")
        for field, described in schema["properties"].items()
        if not described.get("description")
    ]
    assert silent == []


def test_nothing_is_said_of_a_field_that_is_gone() -> None:
    asked = {field for row in OPERATIONS.values() for field in row.request.__struct_fields__}
    assert set(wording.REQUEST_FIELDS) == asked
    assert set(wording.PICTURES) == {picture.name for row in OPERATIONS.values() for picture in row.pictures}
    assert set(wording.QUALITY_SCORES) == set(results.QualityScores.__struct_fields__)
    for action, row in OPERATIONS.items():
        added = {"Passed"} if action == "CompareFaces" else set()
        assert set(wording.RESULTS[action]) == {*row.result.__struct_fields__, *added}


@pytest.mark.parametrize("action", OPERATIONS)
def test_a_body_has_the_fields_of_the_request_and_three_ways_for_each_picture(action: str) -> None:
    row = OPERATIONS[action]
    fields = set(row.request.__struct_fields__) - (set() if row.product_code else {"ProductCode"})
    ways = {way for picture in row.pictures for way in picture.ways}
    for kind in ("Request", "Form"):
        schema = CONTRACT.document["components"]["schemas"][f"{action}{kind}"]
        assert set(schema["properties"]) == fields | ways
        assert schema["additionalProperties"] is False


def test_what_every_request_takes_is_in_every_request() -> None:
    for name, schema in schemas("Request"):
        assert {*requests.Request.__struct_fields__} - {"ProductCode"} <= set(schema["properties"]), name


def test_a_stored_decision_lists_every_operation_and_outcome() -> None:
    properties = CONTRACT.document["components"]["schemas"]["StoredDecision"]["properties"]
    assert properties["Operation"]["enum"] == list(OPERATIONS)
    assert properties["Outcome"]["enum"] == list(get_args(Outcome))


# --- statuses and codes ---------------------------------------------------------------------------------------------


def codes(response: dict[str, Any]) -> set[str]:
    """The codes that a refusal is described with."""
    schema = response.get("content", {}).get("application/json", {}).get("schema", {})
    described = [part["properties"]["Code"] for part in schema.get("allOf", ()) if "properties" in part]
    return {code for one in described for code in (*one.get("enum", ()), *one.get("examples", ()))}


def described_codes() -> set[tuple[int, str]]:
    return {
        (int(status), code)
        for _, operation in OPERATION_OBJECTS
        for status, response in operation["responses"].items()
        for code in codes(response)
    }


def test_the_api_page_and_the_description_name_the_same_codes() -> None:
    page = (ROOT / "docs" / "api.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d{3}) \| (.+) \|$", page, re.MULTILINE)
    listed = {(int(status), code) for status, text in rows for code in re.findall(r"`([A-Za-z.]+)`", text)}
    refusals = {(status, code) for status, code in listed if status >= 400 and code not in ("Retry-After",)}
    by_method = {(405, "MethodNotAllowed")}  # no described method is answered with it
    assert refusals - by_method == described_codes()


def test_an_operation_is_refused_with_the_codes_of_its_own_service() -> None:
    for row in OPERATIONS.values():
        named = {code for codes_ in failures.of_operation(row).values() for code in codes_}
        mainland = {code for code in named if code.startswith(("InvalidParam.", "Error."))}
        assert bool(mainland) is (row.action == "CompareFaces")


def test_only_an_operation_that_enrols_tells_of_an_erased_user() -> None:
    telling = {operation["operationId"] for _, operation in OPERATION_OBJECTS if "410" in operation["responses"]}
    assert telling == {"AddFaceRecord", "FaceDuplicationCheckIntl"}


@pytest.mark.parametrize(("name", "operation"), OPERATION_OBJECTS, ids=[row[0] for row in OPERATION_OBJECTS])
def test_every_refusal_says_what_to_do_and_names_its_codes(name: str, operation: dict[str, Any]) -> None:
    for status, response in operation["responses"].items():
        assert response["description"]
        if int(status) >= 400 and int(status) not in PLATFORMS_OWN:
            assert codes(response), (name, status)


# --- examples -------------------------------------------------------------------------------------------------------

RECORDED = examples.read()


def test_there_is_an_example_of_every_operation() -> None:
    shown = {operation["operationId"] for _, operation in OPERATION_OBJECTS if '"examples"' in json.dumps(operation)}
    assert shown == {operation["operationId"] for _, operation in OPERATION_OBJECTS} - {"GetDescription"}


@pytest.mark.parametrize("example", RECORDED, ids=[example["name"] for example in RECORDED])
def test_a_recorded_example_is_what_is_described(example: examples.Example) -> None:
    operation = CONTRACT.operation(example["method"], example["path"])
    assert operation is not None
    answer = Answer(example["status"], {"Content-Type": "application/json"}, json.dumps(example["answer"]))
    problems = [one for one in CONTRACT.answer_problems(operation, answer) if not one.startswith("header ")]
    assert problems == []
    shown = operation["responses"][str(example["status"])]["content"]["application/json"]["examples"]
    assert shown[example["name"]]["value"] == example["answer"]


@pytest.mark.parametrize(("name", "operation"), OPERATION_OBJECTS, ids=[row[0] for row in OPERATION_OBJECTS])
def test_an_example_of_a_request_can_be_followed(name: str, operation: dict[str, Any]) -> None:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    shown = [example["value"] for example in content.get("examples", {}).values()]
    assert [CONTRACT.request_problems(operation, "application/json", value) for value in shown] == [[]] * len(shown)
    assert bool(shown) is name.startswith("POST ")


def test_no_example_holds_a_picture_or_a_test_user() -> None:
    text = document.FILE.read_text("utf-8")
    assert re.search(r"[A-Za-z0-9+/]{65,}", text) is None
    assert "raw-user-" not in text


def test_the_judge_refuses_what_is_not_described() -> None:
    """Every other test of the contract rests on this one."""
    contract = Contract(CONTRACT.document)
    operation = contract.operation("POST", "/apigw/v1/face-compare")
    assert operation is not None
    good = {"RequestId": "r", "Code": "InvalidParameter", "Message": "m"}

    def problems(status: int, body: dict[str, Any], **headers: str) -> list[str]:
        named = {"Content-Type": "application/json", **{name.replace("_", "-"): v for name, v in headers.items()}}
        return contract.answer_problems(operation, Answer(status, named, json.dumps(body)))

    assert problems(400, good) == []
    assert problems(400, {**good, "Code": "NotFound"})
    assert problems(400, {**good, "Secret": 1})
    assert problems(400, {"Code": "InvalidParameter", "Message": "m"})
    assert problems(418, good)
    assert problems(400, good, Retry_After="2")
    assert problems(429, {**good, "Code": "Throttling.Api"}) == ["header Retry-After is missing"]
    assert problems(429, {**good, "Code": "Throttling.Api"}, Retry_After="0")
    assert contract.request_problems(operation, "application/json", {"SourceFacePicture": "a"})
