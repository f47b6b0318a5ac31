"""The local service's parameter tables, against the official SDK's placement and the documented rules."""

from __future__ import annotations

from typing import Any

import pytest
from alibabacloud_cloudauth_intl20220809 import models
from alibabacloud_cloudauth_intl20220809.client import Client
from alibabacloud_tea_openapi.models import Config

from local.id_verification.errors import ServiceError
from local.id_verification.operations import INTL, OPERATIONS
from local.id_verification.parameters import MAX_PARAMETERS, PictureField, PictureSource, apply, merge

BIZ_ID = "e0c34a77f5ac40a5aa5e6ed20c350000"

VALID: dict[str, dict[str, str]] = {
    "FaceCompare": {"MerchantBizId": BIZ_ID, "SourceFacePicture": "AAAA", "TargetFacePictureUrl": "https://h/p.jpg"},
    "FaceCrossCompareIntl": {
        "ProductCode": "FACE_CROSS_COMPARE",
        "MerchantBizId": BIZ_ID,
        "SourceAFacePicture": "AAAA",
        "SourceBFacePicture": "AAAA",
        "SourceCFacePicture": "AAAA",
    },
    "FaceDuplicationCheckIntl": {
        "ProductCode": "FACE_IDU_MIN",
        "MerchantBizId": BIZ_ID,
        "MerchantUserId": "user",
        "VerifyModel": "2",
        "FaceGroupCodes": "members,staff",
        "SourceFacePicture": "AAAA",
        "TargetFacePicture": "AAAA",
    },
    "AddFaceRecord": {"ProductCode": "FACE_ENROLL", "FaceGroupCode": "members", "FacePicture": "AAAA"},
    "CompareFaces": {
        "SourceImageType": "FacePic",
        "SourceImageValue": "base64://AAAA",
        "TargetImageType": "IDPic",
        "TargetImageValue": "https://h/p.jpg",
    },
    "QueryFaceGroup": {"CurrentPage": "1", "PageSize": "10"},
    "QueryFaceRecord": {"CurrentPage": "1", "PageSize": "10", "FaceGroupCode": "members"},
    "DeleteFaceRecord": {"Id": "1"},
    "DeleteFaceRecordV2": {"MerchantUserId": "user"},
    "DeleteVerifyResult": {"TransactionId": "t", "DeleteAfterQuery": "N", "DeleteType": "All"},
    "KeepaliveIntl": {},
}


def accept(action: str, given: dict[str, str]) -> Any:
    operation = OPERATIONS[action]
    return apply(given, operation.fields, operation.pictures)


def refusal(action: str, given: dict[str, str]) -> str:
    with pytest.raises(ServiceError) as refused:
        accept(action, given)
    return refused.value.code


class CapturingClient(Client):  # type: ignore[misc]
    """The official client, whose requests end here."""

    def call_api(self, params: Any, request: Any, runtime: Any) -> dict[str, Any]:
        self.sent = (params, request)
        return {"headers": {}, "statusCode": 200, "body": {}}


@pytest.mark.parametrize(
    ("action", "method", "model"),
    [
        ("FaceCompare", "face_compare", "FaceCompareRequest"),
        ("FaceCrossCompareIntl", "face_cross_compare_intl", "FaceCrossCompareIntlRequest"),
        ("FaceDuplicationCheckIntl", "face_duplication_check_intl", "FaceDuplicationCheckIntlRequest"),
        ("AddFaceRecord", "add_face_record", "AddFaceRecordRequest"),
        ("QueryFaceGroup", "query_face_group", "QueryFaceGroupRequest"),
        ("QueryFaceRecord", "query_face_record", "QueryFaceRecordRequest"),
        ("DeleteFaceRecord", "delete_face_record", "DeleteFaceRecordRequest"),
        ("DeleteFaceRecordV2", "delete_face_record_v2", "DeleteFaceRecordV2Request"),
        ("DeleteVerifyResult", "delete_verify_result", "DeleteVerifyResultRequest"),
    ],
)
def test_the_tables_name_every_parameter_of_the_sdk_in_its_place(action: str, method: str, model: str) -> None:
    client = CapturingClient(Config(endpoint="localhost"))
    request = getattr(models, model)()
    for attribute in vars(request):
        setattr(request, attribute, "1")
    getattr(client, method)(request)
    params, sent = client.sent

    operation = OPERATIONS[action]
    expected: dict[str, set[str]] = {"query": set(), "body": set()}
    for field in operation.fields:
        expected[field.place].add(field.name)
    for picture in operation.pictures:
        assert isinstance(picture, PictureField)
        expected["body"].add(picture.name)
        for url in picture.urls:
            expected[url.place].add(url.name)
    assert (params.action, params.version) == (action, INTL)
    assert {"query": set(sent.query or {}), "body": set(sent.body or {})} == expected


@pytest.mark.parametrize("action", OPERATIONS)
def test_the_valid_example_of_each_operation_is_accepted(action: str) -> None:
    accept(action, VALID[action])


@pytest.mark.parametrize("empty", [True, False], ids=["empty", "absent"])
@pytest.mark.parametrize(
    ("action", "name", "code"),
    [
        *[(a, f.name, f.missing) for a, o in OPERATIONS.items() for f in o.fields if f.required and f.name in VALID[a]],
        ("FaceCompare", "SourceFacePicture", "MissingParameter"),
        ("FaceCompare", "TargetFacePictureUrl", "MissingParameter"),
        *[("FaceCrossCompareIntl", f"Source{letter}FacePicture", "MissingParameter") for letter in "ABC"],
        ("FaceDuplicationCheckIntl", "SourceFacePicture", "MissingParameter"),
        ("FaceDuplicationCheckIntl", "TargetFacePicture", "MissingParameter"),
        ("AddFaceRecord", "FacePicture", "MissingParameter"),
        ("CompareFaces", "SourceImageType", "InvalidParam.ImageTypeEmpty"),
        ("CompareFaces", "SourceImageValue", "InvalidParam.ParamMissing"),
        ("CompareFaces", "TargetImageValue", "InvalidParam.ParamMissing"),
    ],
)
def test_what_is_required_must_be_there(action: str, name: str, code: str, empty: bool) -> None:
    given = {key: value for key, value in VALID[action].items() if key != name} | ({name: ""} if empty else {})
    assert refusal(action, given) == code


@pytest.mark.parametrize(
    ("action", "change", "code"),
    [
        ("FaceCompare", {"MerchantBizId": "a" * 33}, "InvalidParameter"),
        ("FaceCompare", {"MerchantBizId": "with-dash"}, "InvalidParameter"),
        ("FaceCompare", {"FaceQualityCheck": "yes"}, "InvalidParameter"),
        ("FaceCompare", {"TargetFacePictureUrl": "ftp://h/p.jpg"}, "InvalidParameter"),
        ("FaceCompare", {"SourceFacePictureUrl": "https://h/p.jpg"}, "DataDuplication"),
        ("FaceCompare", {"TargetFacePicture": "AAAA"}, "DataDuplication"),
        ("FaceCrossCompareIntl", {"ProductCode": "FACE_IDU_MIN"}, "InvalidParameter"),
        ("FaceCrossCompareIntl", {"MerchantBizId": "a" * 31}, "InvalidParameter"),
        ("FaceCrossCompareIntl", {"CompareModel": "2"}, "InvalidParameter"),
        ("FaceCrossCompareIntl", {"SourceCFacePictureUrl": "https://h/p.jpg"}, "DataDuplication"),
        ("FaceDuplicationCheckIntl", {"VerifyModel": "3"}, "InvalidParameter"),
        ("FaceDuplicationCheckIntl", {"Liveness": "true"}, "InvalidParameter"),
        ("FaceDuplicationCheckIntl", {"FaceGroupCodes": ",".join("abcdefghijk")}, "InvalidParameter"),
        ("FaceDuplicationCheckIntl", {"FaceGroupCodes": "members,"}, "InvalidParameter"),
        ("FaceDuplicationCheckIntl", {"AutoRegistration": "False"}, "InvalidParameter"),
        ("FaceDuplicationCheckIntl", {"AutoRegistration": "0"}, "MissingParameter"),
        ("FaceDuplicationCheckIntl", {"ReturnFaces": "6"}, "InvalidParameter"),
        ("FaceDuplicationCheckIntl", {"ReturnFaces": "0"}, "InvalidParameter"),
        ("FaceDuplicationCheckIntl", {"UpdateFaceIfUserExists": "1"}, "InvalidParameter"),
        ("FaceDuplicationCheckIntl", {"TargetFacePictureUrl": "https://h/p.jpg"}, "DataDuplication"),
        ("AddFaceRecord", {"MerchantUserId": "a" * 33}, "InvalidParameter"),
        ("AddFaceRecord", {"FacePictureFile": "https://h/p.jpg"}, "DataDuplication"),
        ("CompareFaces", {"SourceImageType": "Face"}, "InvalidParam.ImageTypeInvalid"),
        ("CompareFaces", {"SourceImageValue": "AAAA"}, "InvalidParam.ImageValuePatternError"),
        (
            "CompareFaces",
            {"SourceImageValue": "base64://data:image/png;base64,AA"},
            "InvalidParam.ImageValuePatternError",
        ),
        ("CompareFaces", {"SourceImageValue": "oss://bucket:path"}, "InvalidParam.ImageValuePatternError"),
        ("QueryFaceRecord", {"CurrentPage": "0"}, "InvalidParameter"),
        ("QueryFaceGroup", {"PageSize": "-1"}, "InvalidParameter"),
        ("DeleteFaceRecord", {"Id": "1 OR 1=1"}, "InvalidParameter"),
        ("DeleteVerifyResult", {"DeleteType": "Everything"}, "InvalidParameter"),
    ],
)
def test_refusals(action: str, change: dict[str, str], code: str) -> None:
    assert refusal(action, VALID[action] | change) == code


@pytest.mark.parametrize(
    ("model", "unneeded"),
    [("0", ("TargetFacePicture",)), ("1", ("FaceGroupCodes",))],
)
def test_the_verify_model_says_what_is_needed(model: str, unneeded: tuple[str, ...]) -> None:
    given = VALID["FaceDuplicationCheckIntl"] | {"VerifyModel": model}
    accept("FaceDuplicationCheckIntl", {name: value for name, value in given.items() if name not in unneeded})


def test_defaults_are_the_documented_ones_and_unknown_parameters_are_ignored() -> None:
    accepted = accept("FaceDuplicationCheckIntl", VALID["FaceDuplicationCheckIntl"] | {"RegionId": "x"})
    defaults = {name: accepted.values[name] for name in ("Liveness", "AutoRegistration", "ReturnFaces")}
    assert defaults == {"Liveness": "0", "AutoRegistration": "1", "ReturnFaces": "1"}
    assert "RegionId" not in accepted.values
    assert accept("FaceCrossCompareIntl", VALID["FaceCrossCompareIntl"]).values["CompareModel"] == "0"


def test_pictures_are_told_apart_by_their_field_not_by_their_value() -> None:
    given = VALID["FaceCompare"] | {"SourceFacePicture": "https://h/p.jpg"}
    assert accept("FaceCompare", given).pictures == {
        "SourceFacePicture": PictureSource(base64="https://h/p.jpg"),
        "TargetFacePicture": PictureSource(url="https://h/p.jpg"),
    }


def test_query_and_body_are_merged() -> None:
    assert merge(b"a=1+2&b=", b"c=%2B%2F%3D&d=%E4%BA%BA") == {"a": "1 2", "b": "", "c": "+/=", "d": "人"}


@pytest.mark.parametrize(
    ("query", "body"),
    [
        (b"a=1&a=1", b""),
        (b"a=1", b"a=2"),
        (b"", b"a=%FF"),
        (b"", "a=é".encode()),
        (b"", b"&".join(b"p%d=1" % number for number in range(MAX_PARAMETERS + 1))),
    ],
)
def test_ambiguous_or_unreadable_parameters_are_refused(query: bytes, body: bytes) -> None:
    with pytest.raises(ServiceError, match="InvalidParameter"):
        merge(query, body)
