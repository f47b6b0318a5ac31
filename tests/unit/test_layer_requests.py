"""From named fields to a checked request: what is taken, and how a refusal reads."""

from __future__ import annotations

from typing import Any

import pytest

from facegate.errors import RequestError
from facegate.operations import OPERATIONS, parse
from tests.unit import layer_samples as samples

SECRET = "s3cr3t-value!"


def parameters(action: str, **changes: Any) -> dict[str, Any]:
    """The least request without its pictures."""
    pictures = samples.PICTURES[action]
    return {name: value for name, value in samples.fields(action, **changes).items() if name not in pictures}


def refused(action: str, **changes: Any) -> RequestError:
    with pytest.raises(RequestError) as raised:
        parse(OPERATIONS[action], parameters(action, **changes))
    return raised.value


COMPARE, CROSS, DUPLICATION, ENROL, MAINLAND = samples.ACTIONS

VALUES: dict[tuple[str, str], tuple[list[Any], list[Any]]] = {
    # (operation, field): (taken, refused)
    (COMPARE, "MerchantBizId"): (["a", "A1" * 16], ["a-b", "x" * 33, "é", "a\n", " a"]),
    (COMPARE, "MerchantUserId"): (["a", "x" * 256, "ada@example.com", "中"], ["x" * 257]),
    (COMPARE, "FaceQualityCheck"): (["Y", "N"], ["y", "yes", "T"]),
    (COMPARE, "FacePictureQualityCheck"): (["Y", "N"], ["true"]),
    (CROSS, "MerchantBizId"): (["A1" * 16], ["a", "x" * 31, "x" * 33]),
    (CROSS, "SceneCode"): (["s", "x" * 64], ["x" * 65]),
    (CROSS, "CompareModel"): (["0", "1"], ["2", "00"]),
    (CROSS, "FaceVerifyThreshold"): (["0.4", "80"], ["high", "1e2", "-1", "0."]),
    (DUPLICATION, "MerchantUserId"): (["a"], ["x" * 257]),
    (DUPLICATION, "MerchantBizId"): (["a", "x" * 32], ["a_b"]),
    (DUPLICATION, "SceneCode"): (["s"], ["x" * 65]),
    (DUPLICATION, "VerifyModel"): (["0", "1", "2"], ["3", "search"]),
    (DUPLICATION, "Liveness"): (["0", "1"], ["2", "true"]),
    (DUPLICATION, "FaceGroupCodes"): (["a", ",".join("abcdefghij")], ["a,", "a，b", ",".join("abcdefghijk"), "a b"]),
    (DUPLICATION, "AutoRegistration"): ([True, False, "true", "false", "0", "1"], ["yes", "True", "2"]),
    (DUPLICATION, "UpdateFaceIfUserExists"): (["Y", "N"], ["1"]),
    (DUPLICATION, "ReturnFaces"): (["1", "5"], ["0", "6"]),
    (DUPLICATION, "FaceQualityCheck"): (["Y", "N"], ["T"]),
    (DUPLICATION, "FaceAttributeCheck"): (["Y", "N"], ["T"]),
    (DUPLICATION, "SaveFacePicture"): (["0", "1"], ["Y"]),
    (DUPLICATION, "FaceVerifyThreshold"): (["80.5"], ["NaN"]),
    (ENROL, "MerchantUserId"): (["a"], ["x" * 257]),
    (ENROL, "MerchantBizId"): (["a"], ["a.b"]),
    (ENROL, "FaceGroupCode"): (["members", "a_b-C"], ["a,b", "x" * 65]),
    (ENROL, "FaceQualityCheck"): (["Y", "N"], ["HIGH"]),
    (MAINLAND, "SourceImageType"): (["FacePic"], ["facepic", "Photo"]),
    (MAINLAND, "TargetImageType"): (["FacePic", "IDPic"], ["Chip"]),
    (MAINLAND, "RegionId"): (["cn-hangzhou"], ["CN", "a b"]),
    (MAINLAND, "FalseAcceptRate"): (["0.01", "0.001", "0.0001"], ["0.1", "1e-3", ".01"]),
    (MAINLAND, "MerchantUserId"): (["a"], ["x" * 257]),
}
ALLOWED_BY_ANOTHER = {"FaceRegisterGroupCode"}
"""Covered by the rules that join two fields."""


def test_the_table_names_every_field_of_every_request() -> None:
    inherited = {(CROSS, "MerchantUserId"), (MAINLAND, "MerchantBizId")}
    declared = {
        (action, name)
        for action, operation in OPERATIONS.items()
        for name in operation.request.__struct_fields__
        if name not in {"ProductCode", *ALLOWED_BY_ANOTHER}
    }
    assert declared == set(VALUES) | inherited


@pytest.mark.parametrize(
    ("action", "field", "value"), [(*key, value) for key, (taken, _) in VALUES.items() for value in taken]
)
def test_a_value_within_the_rule_is_taken(action: str, field: str, value: Any) -> None:
    request = parse(OPERATIONS[action], parameters(action, **{field: value}))
    assert getattr(request, field) == value


@pytest.mark.parametrize(
    ("action", "field", "value"), [(*key, value) for key, (_, broken) in VALUES.items() for value in broken]
)
def test_a_value_against_the_rule_is_refused_by_name_and_rule(action: str, field: str, value: Any) -> None:
    error = refused(action, **{field: value})
    assert error.http_status == 400
    assert error.message.startswith(f"{field} must be ")
    assert len(error.message) < 200


FREE_TEXT = ("MerchantUserId", "SceneCode")
WRONG = [7, 1.5, [], ["Y"], {"a": 1}, b"bytes", {SECRET: SECRET}]


@pytest.mark.parametrize(
    ("action", "field", "value"),
    [(*key, value) for key in VALUES for value in (*WRONG, SECRET) if not (value == SECRET and key[1] in FREE_TEXT)],
    ids=repr,
)
def test_a_refusal_never_repeats_the_value(action: str, field: str, value: Any) -> None:
    error = refused(action, **{field: value})
    assert error.message.startswith(f"{field} must be ")
    assert SECRET not in error.message


@pytest.mark.parametrize(("action", "field"), VALUES)
def test_an_empty_string_counts_as_missing(action: str, field: str) -> None:
    error = refused(action, **{field: ""})
    expected = "InvalidParam.ImageTypeEmpty" if field.endswith("ImageType") else "MissingParameter"
    assert (error.code, error.message, error.http_status) == (expected, f"{field} is empty", 400)


@pytest.mark.parametrize(
    ("action", "field", "code"),
    [
        (DUPLICATION, "MerchantUserId", "MissingParameter"),
        (DUPLICATION, "VerifyModel", "MissingParameter"),
        (ENROL, "MerchantUserId", "MissingParameter"),
        (MAINLAND, "SourceImageType", "InvalidParam.ImageTypeEmpty"),
        (MAINLAND, "TargetImageType", "InvalidParam.ImageTypeEmpty"),
    ],
)
def test_a_missing_field_is_named_with_its_rule(action: str, field: str, code: str) -> None:
    error = refused(action, **{field: None})
    assert (error.code, error.http_status) == (code, 400)
    assert error.message.startswith(f"{field} is missing: ")


@pytest.mark.parametrize("action", samples.ACTIONS)
def test_null_is_the_same_as_not_given(action: str) -> None:
    optional = {
        name: None for name in OPERATIONS[action].request.__struct_fields__ if name not in samples.FIELDS[action]
    }
    assert parse(OPERATIONS[action], {**parameters(action), **optional}) == parse(
        OPERATIONS[action], parameters(action)
    )


@pytest.mark.parametrize("action", samples.ACTIONS)
@pytest.mark.parametrize(
    ("name", "shown"),
    [("Unknown", "Unknown"), ("merchantBizId", "merchantBizId"), ("a b", "a field"), ("", "the request must be")],
)
@pytest.mark.parametrize("value", [SECRET, ""])
def test_an_unknown_field_is_refused(action: str, name: str, shown: str, value: str) -> None:
    error = refused(action, **{name: value})
    assert error.message.startswith(shown)
    assert SECRET not in error.message


@pytest.mark.parametrize("value", [SECRET, "", 1])
def test_an_endless_field_name_is_not_repeated(value: object) -> None:
    assert len(refused(COMPARE, **{"x" * 1_000_000: value}).message) < 200


@pytest.mark.parametrize(
    ("action", "code"),
    [(CROSS, "FACE_CROSS_COMPARE"), (DUPLICATION, "FACE_IDU_MIN"), (ENROL, "FACE_ENROLL")],
)
def test_the_product_code_is_filled_in_and_must_be_the_right_one_when_given(action: str, code: str) -> None:
    parse(OPERATIONS[action], parameters(action, ProductCode=code))
    error = refused(action, ProductCode="FACE_OTHER")
    assert (error.code, error.http_status) == ("InvalidParameter", 400)
    assert code in error.message


@pytest.mark.parametrize("action", [COMPARE, MAINLAND])
def test_an_operation_without_product_code_takes_none(action: str) -> None:
    assert "left out" in refused(action, ProductCode="FACE_ENROLL").message


@pytest.mark.parametrize("action", samples.ACTIONS)
def test_a_product_code_of_the_wrong_type_is_refused(action: str) -> None:
    assert refused(action, ProductCode=7).message == "ProductCode must be a string"


# --- rules that join two fields -------------------------------------------------------------------------------------


@pytest.mark.parametrize("registers", [True, "true", "0"])
def test_registration_needs_a_search(registers: object) -> None:
    assert "AutoRegistration" in refused(DUPLICATION, AutoRegistration=registers, VerifyModel="1").message
    for model in "02":
        parse(OPERATIONS[DUPLICATION], parameters(DUPLICATION, AutoRegistration=registers, VerifyModel=model))


@pytest.mark.parametrize("registers", [None, False, "false", "1"])
def test_a_register_group_without_registration_is_refused(registers: object) -> None:
    error = refused(DUPLICATION, FaceRegisterGroupCode="members", AutoRegistration=registers)
    assert "FaceRegisterGroupCode" in error.message


@pytest.mark.parametrize("code", ["a,b", "x" * 65, 7])
def test_a_register_group_is_one_group_code(code: object) -> None:
    error = refused(DUPLICATION, FaceRegisterGroupCode=code, AutoRegistration=True)
    assert error.message.startswith("FaceRegisterGroupCode must be ")


@pytest.mark.parametrize(("source", "target"), [("FacePic", "FacePic"), ("FacePic", "IDPic"), ("IDPic", "FacePic")])
def test_one_face_photograph_is_enough(source: str, target: str) -> None:
    parse(OPERATIONS[MAINLAND], parameters(MAINLAND, SourceImageType=source, TargetImageType=target))


def test_two_chip_pictures_are_refused_with_the_operations_own_code() -> None:
    error = refused(MAINLAND, SourceImageType="IDPic", TargetImageType="IDPic")
    assert (error.code, error.http_status) == ("InvalidParam.FacePicNotGiven", 400)


@pytest.mark.parametrize("field", ["SourceImageType", "TargetImageType"])
def test_compare_faces_has_its_own_code_for_a_wrong_type(field: str) -> None:
    assert refused(MAINLAND, **{field: "Photo"}).code == "InvalidParam.ImageTypeInvalid"
