"""The catalogue held against the SDK: the same input gets the same fields, in the same place, from both."""

from __future__ import annotations

from typing import Any

import pytest
from alibabacloud_cloudauth_intl20220809 import models
from alibabacloud_cloudauth_intl20220809.client import Client
from alibabacloud_tea_openapi.utils_models import Config, OpenApiRequest, Params
from darabonba.runtime import RuntimeOptions

from facegate import calling
from facegate.operations import OPERATIONS
from facegate.pictures.normaliser import normalise
from facegate.pictures_given import PictureBytes
from facegate.verification.form import Base64
from facegate.verification.service import Call
from tests.unit import layer_samples as samples

METHODS = {
    "FaceCompare": ("face_compare", models.FaceCompareRequest),
    "FaceCrossCompareIntl": ("face_cross_compare_intl", models.FaceCrossCompareIntlRequest),
    "FaceDuplicationCheckIntl": ("face_duplication_check_intl", models.FaceDuplicationCheckIntlRequest),
    "AddFaceRecord": ("add_face_record", models.AddFaceRecordRequest),
}
NOT_OFFERED = {"AddFaceRecord": {"FacePictureFile"}}
"""Of the SDK's fields: an uploaded file costs two extra trips to public hosts."""

EVERYTHING: dict[str, dict[str, Any]] = {
    "FaceCompare": {"FaceQualityCheck": "Y", "FacePictureQualityCheck": "N"},
    "FaceCrossCompareIntl": {
        "ProductCode": "FACE_CROSS_COMPARE",
        "SceneCode": "scene 1 & more",
        "CompareModel": "1",
        "FaceVerifyThreshold": "0.5",
    },
    "FaceDuplicationCheckIntl": {
        "ProductCode": "FACE_IDU_MIN",
        "VerifyModel": "2",
        "TargetFacePicture": samples.TEXT,
        "Liveness": "1",
        "FaceGroupCodes": "members,staff",
        "AutoRegistration": "0",
        "FaceRegisterGroupCode": "staff",
        "UpdateFaceIfUserExists": "N",
        "ReturnFaces": "5",
        "FaceQualityCheck": "Y",
        "FaceAttributeCheck": "Y",
        "SaveFacePicture": "0",
        "FaceVerifyThreshold": "80",
        "SceneCode": "s",
    },
    "AddFaceRecord": {"ProductCode": "FACE_ENROLL", "FaceGroupCode": "staff", "FaceQualityCheck": "N"},
}
"""Every field that is neither a picture nor an id."""


def changes(action: str, way: str) -> dict[str, Any]:
    """Every field of the operation; the pictures by `way`, "" for Base64 or "Url"."""
    changed: dict[str, Any] = {**EVERYTHING[action], "MerchantBizId": samples.BIZ_ID}
    for name in samples.PICTURES[action]:
        changed[name] = None if way else samples.TEXT
        if way:
            changed[f"{name}{way}"] = f"{samples.URL}&{name}"
    return changed


def ours(action: str, **changed: Any) -> Call:
    command = samples.command(action, **changed)
    pictures = {
        name: normalise(picture.data, command.operation.profile)
        for name, picture in command.pictures.items()
        if isinstance(picture, PictureBytes)
    }
    return calling.request_of(command, pictures)


def theirs(action: str, fields: dict[str, str]) -> tuple[Params, OpenApiRequest]:
    method, model = METHODS[action]
    return captured(method, model, fields)


def captured(method: str, model: Any, fields: dict[str, str]) -> tuple[Params, OpenApiRequest]:
    """What the SDK's own method hands to `call_api`."""
    client = Client(Config(region_id="ap-southeast-1", access_key_id="id", access_key_secret="key"))
    handed: list[tuple[Params, OpenApiRequest]] = []

    def call_api(params: Params, request: OpenApiRequest, _: RuntimeOptions) -> dict[str, Any]:
        handed.append((params, request))
        return {}

    client.call_api = call_api
    suffix = "with_options" if method.endswith("v2") else "_with_options"
    getattr(client, method + suffix)(model().from_map(fields), RuntimeOptions())
    (call,) = handed
    return call


def texts(call: Call) -> dict[str, str]:
    """The body as it arrives."""
    return {name: value if isinstance(value, str) else value.text() for name, value in call.body.items()}


def pictures(call: Call) -> set[str]:
    return {name for name, value in call.body.items() if isinstance(value, Base64)}


@pytest.mark.parametrize("way", ["", "Url"])
@pytest.mark.parametrize("action", METHODS)
def test_every_field_travels_where_the_sdk_puts_it(action: str, way: str) -> None:
    call = ours(action, **changes(action, way))
    body = texts(call)
    params, request = theirs(action, {**call.query, **body})
    assert (call.action, call.service.version) == (params.action, params.version)
    assert dict(call.query) == (request.query or {})
    assert body == (request.body or {})


@pytest.mark.parametrize("action", METHODS)
def test_every_field_that_the_sdk_knows_is_sent_when_given(action: str) -> None:
    sent = {name for way in ("", "Url") for call in [ours(action, **changes(action, way))] for name in call.query}
    sent |= {name for way in ("", "Url") for call in [ours(action, **changes(action, way))] for name in call.body}
    _, model = METHODS[action]
    attributes = dict.fromkeys(vars(model()), "x")
    known = set(model(**attributes).to_map())
    assert known - sent == NOT_OFFERED.get(action, set())
    assert sent <= known


@pytest.mark.parametrize("action", METHODS)
def test_only_pictures_are_sent_with_the_short_escape(action: str) -> None:
    assert pictures(ours(action, **changes(action, ""))) == set(samples.PICTURES[action])
    assert pictures(ours(action, **changes(action, "Url"))) == set()


def test_compare_faces_has_all_but_the_region_in_its_body() -> None:
    call = ours("CompareFaces", RegionId="cn-hangzhou", FalseAcceptRate="0.01", MerchantUserId=samples.USER)
    assert dict(call.query) == {"RegionId": "cn-hangzhou"}
    assert set(call.body) == {"SourceImageType", "SourceImageValue", "TargetImageType", "TargetImageValue"}
    assert texts(call)["SourceImageValue"].startswith("base64:///9j/")
    assert pictures(call) == {"SourceImageValue", "TargetImageValue"}
    assert (call.service.version, call.action) == ("2019-03-07", "CompareFaces")


def test_compare_faces_sends_a_url_as_the_value() -> None:
    call = ours("CompareFaces", SourceImageValue=None, SourceImageValueUrl=samples.URL, TargetImageValue=samples.URL)
    assert (call.body["SourceImageValue"], call.body["TargetImageValue"]) == (samples.URL, samples.URL)
    assert pictures(call) == set()


ADMINISTRATION = {
    "QueryFaceRecord": (
        "query_face_record",
        models.QueryFaceRecordRequest,
        {"CurrentPage": "1", "PageSize": "50", "FaceGroupCode": "members", "MerchantUserId": "u"},
    ),
    "DeleteFaceRecordV2": ("delete_face_record_v2", models.DeleteFaceRecordV2Request, {"MerchantUserId": "u"}),
    "DeleteVerifyResult": (
        "delete_verify_result",
        models.DeleteVerifyResultRequest,
        {"TransactionId": "t", "DeleteAfterQuery": "N", "DeleteType": "All"},
    ),
}
"""What the reconciler and the eraser ask (their tests pin these fields), all of it in the query."""


@pytest.mark.parametrize("action", ADMINISTRATION)
def test_administrative_fields_are_the_sdks_and_travel_in_the_query(action: str) -> None:
    params, request = captured(*ADMINISTRATION[action])
    assert (params.action, request.query, request.body) == (action, ADMINISTRATION[action][2], None)


@pytest.mark.parametrize("action", samples.ACTIONS)
def test_only_a_call_that_enrols_is_not_repeatable(action: str) -> None:
    assert ours(action).repeatable == (action != "AddFaceRecord")
    if OPERATIONS[action].register_group:
        assert not ours(action, **samples.ENROLS[action]).repeatable
