"""The request schemas held against the layer: on generated requests, what one refuses the other refuses too.

Four things a schema cannot say are left out of the generated values: whether text is Base64, the finer rules of a URL,
which prefixes and face groups a deployment allows; and null, which the layer takes for a field that is not given.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from deploy.gateway import conditions
from deploy.gateway.schemas import ecma
from facegate import pictures_given
from facegate.errors import RequestError
from facegate.operations import OPERATIONS, Operation, parse
from tests.contract import load

CONTRACT = load()
ACTIONS = list(OPERATIONS)
PREFIXES = ("pictures/", "enroll/")

BIZ_IDS = ["a", "B" * 32, "B" * 33, "b" * 31, "", "with-a-dash", "中", 7]
VALUES: Mapping[str, list[Any]] = {
    "MerchantBizId": BIZ_IDS,
    "MerchantUserId": ["u", "u" * 256, "u" * 257, "中", "", 12, True],
    "SceneCode": ["s", "s" * 64, "s" * 65, "", 1],
    "ProductCode": ["FACE_ENROLL", "FACE_IDU_MIN", "FACE_CROSS_COMPARE", "", 1],
    "FaceGroupCodes": [
        "members",
        "members,staff",
        ",".join("abcdefghij"),
        ",".join("abcdefghijk"),
        "a,",
        "a，b",
        "",
        ["a"],
    ],
    "FaceGroupCode": ["members", "g" * 64, "g" * 65, "a b", ""],
    "FaceRegisterGroupCode": ["members", "a,b", ""],
    "FaceVerifyThreshold": ["0.5", "80", "1000", "80.12345", ".5", "high", "", 80],
    "RegionId": ["cn-hangzhou", "CN", "r" * 33, ""],
    "AutoRegistration": [True, False, "true", "false", "0", "1", "2", "True", 0, 1, ""],
    "VerifyModel": ["0", "1", "2", "3", 0, ""],
    "FalseAcceptRate": ["0.01", "0.001", "0.0001", "0.1", 0.01, ""],
    "SourceImageType": ["FacePic", "IDPic", "Selfie", ""],
    "TargetImageType": ["FacePic", "IDPic", "facepic", ""],
}
FLAGS: list[Any] = ["Y", "N", "0", "1", "5", "6", "y", "", True, 3]
"""Of every other parameter."""
PICTURES: Mapping[str, list[Any]] = {
    "": ["/9j/4AAQ", "data:image/jpeg;base64,/9j/4AAQ", "", 17, ["/9j/4AAQ"]],
    "Url": ["https://pictures.example.com/a.jpg?x=1", "http://[::1]/a", "ftp://a.example/a", "https://a b", "x", "", 3],
    "Object": ["pictures/a.jpg", "enroll/u/1@2=3_4.png", "pictures/../a", "pictures/", "pictures/a b", "/a", "", {}],
}


def requests(operation: Operation) -> st.SearchStrategy[dict[str, Any]]:
    """Requests of which each field is likely to be right, and may be wrong, missing or not the operation's."""
    pictures = {
        f"{picture.name}{way}": st.sampled_from(values) | st.just(values[0])
        for picture in operation.pictures
        for way, values in PICTURES.items()
    }
    parameters = {
        name: st.sampled_from(VALUES.get(name, FLAGS)) | st.just(VALUES.get(name, FLAGS)[0])
        for name in operation.request.__struct_fields__
    }
    needed = {name: parameters.pop(name) for name in _required(operation)}
    given_pictures = {picture.name: pictures.pop(picture.name) for picture in operation.pictures}
    likely = st.fixed_dictionaries(
        {**needed, **given_pictures}, optional={**parameters, **pictures, "SourceFacePictur": st.just("x")}
    )
    any_of_all = st.fixed_dictionaries({}, optional={**needed, **given_pictures, **parameters, **pictures})
    few = st.fixed_dictionaries({**needed, **given_pictures}, optional=dict(list(parameters.items())[-3:]))
    return likely | any_of_all | few


def _required(operation: Operation) -> list[str]:
    return CONTRACT.document["components"]["schemas"][f"{operation.action}Request"]["required"]


def accepted(operation: Operation, fields: Mapping[str, Any]) -> bool:
    """Whether the layer makes a request and its pictures of the fields."""
    parameters, pictures = pictures_given.take(operation, fields)
    try:
        pictures_given.read(operation, parse(operation, parameters), pictures, PREFIXES)
    except RequestError:
        return False
    return True


@pytest.mark.parametrize("action", ACTIONS)
def test_the_schema_of_a_request_takes_what_the_layer_takes(action: str) -> None:
    operation = OPERATIONS[action]
    described = CONTRACT.operation("POST", _path(action))
    assert described is not None

    @settings(max_examples=300, deadline=None, derandomize=True)
    @given(requests(operation))
    def check(fields: dict[str, Any]) -> None:
        problems = CONTRACT.request_problems(described, "application/json", fields)
        event(f"accepted: {not problems}")
        assert (problems == []) is accepted(operation, fields), problems

    check()


ONE_PICTURE = {"FacePicture": "/9j/4AAQ", "MerchantUserId": "u"}
DUPLICATION = {"MerchantUserId": "u", "VerifyModel": "0", "SourceFacePicture": "/9j/4AAQ"}
MAINLAND = {"SourceImageValue": "/9j/4AAQ", "TargetImageValue": "/9j/4AAQ"}
# ruff: noqa: E501 - a table reads best with one row a line
BY_RULE: list[tuple[str, str, dict[str, Any], bool]] = [
    ("AddFaceRecord", "the least", ONE_PICTURE, True),
    ("AddFaceRecord", "a picture in two ways", {**ONE_PICTURE, "FacePictureUrl": "https://a.example/1"}, False),
    ("AddFaceRecord", "no user", {"FacePicture": "/9j/4AAQ"}, False),
    ("FaceDuplicationCheckIntl", "a search", DUPLICATION, True),
    ("FaceDuplicationCheckIntl", "a search with a target", {**DUPLICATION, "TargetFacePicture": "/9j/4AAQ"}, False),
    ("FaceDuplicationCheckIntl", "both without a target", {**DUPLICATION, "VerifyModel": "2"}, False),
    ("FaceDuplicationCheckIntl", "both", {**DUPLICATION, "VerifyModel": "2", "TargetFacePicture": "/9j/4AAQ"}, True),
    ("FaceDuplicationCheckIntl", "registration without a search", {**DUPLICATION, "VerifyModel": "1", "TargetFacePicture": "/9j/4AAQ", "AutoRegistration": True}, False),
    ("FaceDuplicationCheckIntl", "a group without registration", {**DUPLICATION, "FaceRegisterGroupCode": "staff"}, False),
    ("FaceDuplicationCheckIntl", "a group with the official 0", {**DUPLICATION, "FaceRegisterGroupCode": "staff", "AutoRegistration": "0"}, True),
    ("CompareFaces", "two ID cards", {**MAINLAND, "SourceImageType": "IDPic", "TargetImageType": "IDPic"}, False),
    ("CompareFaces", "a face and an ID card", {**MAINLAND, "SourceImageType": "FacePic", "TargetImageType": "IDPic"}, True),
]  # fmt: skip


@pytest.mark.parametrize(("action", "fields", "fine"), [(r[0], *r[2:]) for r in BY_RULE], ids=[r[1] for r in BY_RULE])
def test_the_rules_between_fields_are_in_the_schema(action: str, fields: dict[str, Any], fine: bool) -> None:
    described = CONTRACT.operation("POST", _path(action))
    assert described is not None
    for media_type in ("application/json", "multipart/form-data"):
        as_sent = {n: str(v).lower() if v is True and media_type.startswith("multi") else v for n, v in fields.items()}
        assert (CONTRACT.request_problems(described, media_type, as_sent) == []) is fine
    assert accepted(OPERATIONS[action], fields) is fine


def test_every_rule_of_the_catalogue_is_written_as_a_schema() -> None:
    assert set(conditions.RULES) == {row.check for row in OPERATIONS.values()}


@pytest.mark.parametrize(
    ("pattern", "ecmascript"), [(r"\A[a-z]{2}\Z", "^[a-z]{2}$"), (r"\Aa|b\Z", "^(?:a|b)$"), ("[0-9]+", "^[0-9]+$")]
)
def test_a_pattern_is_anchored_in_the_dialect_of_json_schema(pattern: str, ecmascript: str) -> None:
    assert ecma(pattern) == ecmascript


def _path(action: str) -> str:
    (path,) = [path for _, path, one in CONTRACT.operations() if one["operationId"] == action]
    return path
