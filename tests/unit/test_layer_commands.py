"""The one command: defaults, the allow-list, the idempotency key, the fingerprint, and what is kept of a user's id."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest

from facegate.errors import FacegateError, RequestError
from facegate.pictures_given import PictureBytes
from facegate.users import UserIds
from tests.unit import layer_samples as samples

COMPARE, CROSS, DUPLICATION, ENROL, MAINLAND = samples.ACTIONS


def refused(action: str, **changes: Any) -> FacegateError:
    with pytest.raises(RequestError) as raised:
        samples.command(action, **changes)
    return raised.value


# --- what is sent ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (True, "0"),
        ("true", "0"),
        ("0", "0"),
        (False, "1"),
        ("false", "1"),
        ("1", "1"),
        (None, None),
    ],
)
def test_zero_registers_and_only_what_means_it_becomes_zero(given: object, sent: str | None) -> None:
    command = samples.command(DUPLICATION, AutoRegistration=given)
    assert command.parameters.get("AutoRegistration") == sent
    assert command.register_group == ("members" if sent == "0" else None)
    assert command.parameters.get("FaceRegisterGroupCode") == command.register_group


@pytest.mark.parametrize(
    ("action", "product_code"),
    [(COMPARE, None), (CROSS, "FACE_CROSS_COMPARE"), (DUPLICATION, "FACE_IDU_MIN"), (ENROL, "FACE_ENROLL")],
)
def test_the_product_code_is_filled_in(action: str, product_code: str | None) -> None:
    assert samples.command(action).parameters.get("ProductCode") == product_code


@pytest.mark.parametrize("action", samples.ACTIONS)
def test_only_what_the_service_knows_is_sent(action: str) -> None:
    parameters = samples.command(action, MerchantUserId=samples.USER, MerchantBizId=samples.BIZ_ID).parameters
    assert ("MerchantBizId" in parameters) == (action in (COMPARE, CROSS, DUPLICATION))
    assert ("MerchantUserId" in parameters) == (action in (DUPLICATION, ENROL))
    assert "FalseAcceptRate" not in parameters


# --- face groups ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "changes", "expected"),
    [
        (ENROL, {}, {"FaceGroupCode": "members"}),
        (ENROL, {"FaceGroupCode": "staff"}, {"FaceGroupCode": "staff"}),
        (DUPLICATION, {"VerifyModel": "0"}, {"FaceGroupCodes": "members"}),
        (DUPLICATION, {"VerifyModel": "2", "TargetFacePicture": samples.TEXT}, {"FaceGroupCodes": "members"}),
        (DUPLICATION, {"VerifyModel": "1", "TargetFacePicture": samples.TEXT}, {}),
        (DUPLICATION, {"FaceGroupCodes": "staff,members"}, {"FaceGroupCodes": "staff,members"}),
        (
            DUPLICATION,
            {"FaceGroupCodes": "staff", "AutoRegistration": True},
            {"FaceGroupCodes": "staff", "FaceRegisterGroupCode": "members"},
        ),
        (COMPARE, {}, {}),
    ],
)
def test_an_absent_group_is_the_deployments_first(
    action: str, changes: dict[str, Any], expected: dict[str, str]
) -> None:
    command = samples.command(action, **changes)
    assert {name: value for name, value in command.parameters.items() if "Group" in name} == expected


@pytest.mark.parametrize(
    ("action", "changes"),
    [
        (ENROL, {"FaceGroupCode": "others"}),
        (ENROL, {"FaceGroupCode": "Members"}),
        (DUPLICATION, {"FaceGroupCodes": "others"}),
        (DUPLICATION, {"FaceGroupCodes": "members,others"}),
        (DUPLICATION, {"AutoRegistration": True, "FaceRegisterGroupCode": "others"}),
    ],
)
def test_a_group_of_another_deployment_is_refused(action: str, changes: dict[str, Any]) -> None:
    error = refused(action, **changes)
    assert (error.code, error.http_status) == ("InvalidParameter", 400)
    assert "others" not in error.message
    assert "does not use" in error.message


# --- the id of the request ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", samples.ACTIONS)
def test_the_callers_id_is_kept(action: str) -> None:
    assert samples.command(action, MerchantBizId=samples.BIZ_ID, key="k").biz_id == samples.BIZ_ID


@pytest.mark.parametrize("action", samples.ACTIONS)
def test_an_idempotency_key_makes_the_same_id_each_time_and_another_per_operation(action: str) -> None:
    ids = [samples.command(action, key="order 7/").biz_id for _ in range(2)]
    assert ids[0] == ids[1]
    assert re.fullmatch(r"[0-9a-f]{32}", ids[0])
    others = {samples.command(other, key="order 7/").biz_id for other in samples.ACTIONS}
    assert len(others) == len(samples.ACTIONS)
    assert samples.command(action, key="order 8").biz_id != ids[0]


@pytest.mark.parametrize("action", samples.ACTIONS)
def test_without_either_each_request_is_new(action: str) -> None:
    ids = {samples.command(action).biz_id for _ in range(3)}
    assert len(ids) == 3
    assert all(re.fullmatch(r"[0-9a-f]{32}", made) for made in ids)


@pytest.mark.parametrize("key", ["", "x" * 256, "é", "a\tb", "a\n", "\x00"])
def test_an_unusable_idempotency_key_is_refused(key: str) -> None:
    with pytest.raises(RequestError, match="Idempotency-Key must be 1 to 255 printable"):
        samples.command(COMPARE, key=key)


# --- the fingerprint ------------------------------------------------------------------------------------------------

SAME = [
    (ENROL, {}, {"FacePicture": samples.JPEG}),
    (ENROL, {}, {"FacePicture": "data:image/jpeg;base64," + samples.TEXT}),
    (ENROL, {}, {"FaceGroupCode": "members"}),
    (ENROL, {}, {"ProductCode": "FACE_ENROLL"}),
    (ENROL, {"MerchantBizId": "a"}, {"MerchantBizId": "b"}),
    (CROSS, {}, {"CompareModel": "0"}),
    (DUPLICATION, {"AutoRegistration": True}, {"AutoRegistration": "0"}),
    (DUPLICATION, {}, {"FaceGroupCodes": "members"}),
    (MAINLAND, {}, {"FalseAcceptRate": "0.001"}),
    (MAINLAND, {}, {"SourceImageValue": "base64://" + samples.TEXT}),
    (MAINLAND, {"SourceImageValue": samples.URL}, {"SourceImageValue": None, "SourceImageValueUrl": samples.URL}),
]
OTHER_TEXT = base64.b64encode(samples.OTHER_JPEG).decode()
PICTURES = [
    (action, name) for action, names in samples.PICTURES.items() for name in names if name in samples.FIELDS[action]
]
OTHER = [
    *[(action, {name: samples.TEXT}, {name: OTHER_TEXT}) for action, name in PICTURES],
    *[(action, {"MerchantUserId": "ada"}, {"MerchantUserId": "bob"}) for action in samples.ACTIONS],
    (COMPARE, {"MerchantUserId": None}, {"MerchantUserId": "bob"}),
    (COMPARE, {}, {"FaceQualityCheck": "Y"}),
    (COMPARE, {}, {"SourceFacePicture": None, "SourceFacePictureUrl": samples.URL}),
    (COMPARE, {"SourceFacePicture": OTHER_TEXT}, {"TargetFacePicture": OTHER_TEXT}),
    (CROSS, {}, {"CompareModel": "1"}),
    (CROSS, {"SceneCode": "a"}, {"SceneCode": "b"}),
    (DUPLICATION, {}, {"AutoRegistration": True}),
    (DUPLICATION, {}, {"AutoRegistration": False}),
    (DUPLICATION, {}, {"FaceGroupCodes": "staff"}),
    (DUPLICATION, {}, {"Liveness": "1"}),
    (ENROL, {}, {"FaceGroupCode": "staff"}),
    (
        ENROL,
        {"FacePicture": None, "FacePictureObject": "pictures/a"},
        {"FacePicture": None, "FacePictureObject": "pictures/b"},
    ),
    (MAINLAND, {}, {"FalseAcceptRate": "0.01"}),
    (MAINLAND, {}, {"RegionId": "cn-hangzhou"}),
    (MAINLAND, {}, {"TargetImageType": "FacePic"}),
]


@pytest.mark.parametrize(("action", "one", "two"), SAME)
def test_the_same_input_has_the_same_fingerprint(action: str, one: dict[str, Any], two: dict[str, Any]) -> None:
    fingerprint = samples.command(action, **one).fingerprint
    assert fingerprint == samples.command(action, **two).fingerprint
    assert re.fullmatch(r"[0-9a-f]{64}", fingerprint)


@pytest.mark.parametrize(("action", "one", "two"), OTHER)
def test_other_input_has_another_fingerprint(action: str, one: dict[str, Any], two: dict[str, Any]) -> None:
    assert samples.command(action, **one).fingerprint != samples.command(action, **two).fingerprint


def test_operations_do_not_share_fingerprints() -> None:
    assert len({samples.command(action).fingerprint for action in samples.ACTIONS}) == len(samples.ACTIONS)


def test_text_that_looks_like_another_field_does_not_make_the_same_fingerprint() -> None:
    scenes = ["a\nVerifyModel=0", 'a","VerifyModel":"0', "a"]
    assert len({samples.command(DUPLICATION, SceneCode=scene).fingerprint for scene in scenes}) == len(scenes)


# --- the user -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", samples.ACTIONS)
def test_a_command_holds_the_hash_and_nowhere_the_id_or_a_picture(action: str) -> None:
    command = samples.command(action, MerchantUserId=samples.USER)
    assert command.user == command.request.MerchantUserId == samples.PSEUDONYM
    assert re.fullmatch(r"[0-9a-f]{32}", command.user)
    for hidden in (samples.USER, samples.TEXT[:64], repr(samples.JPEG)[2:64]):
        assert hidden not in repr(command)


def test_plain_ids_travel_where_the_deployment_chose_so() -> None:
    command = samples.command(ENROL, users=UserIds(None), MerchantUserId="ada-1")
    assert command.user == command.parameters["MerchantUserId"] == "ada-1"


def test_a_plain_id_that_is_not_fit_is_refused() -> None:
    with pytest.raises(RequestError, match="MerchantUserId must be"):
        samples.command(ENROL, users=UserIds(None), MerchantUserId=samples.USER)


@pytest.mark.parametrize("action", [COMPARE, CROSS, MAINLAND])
def test_a_comparison_needs_no_user(action: str) -> None:
    assert samples.command(action).user is None


@pytest.mark.parametrize("action", samples.ACTIONS)
def test_pictures_are_kept_apart_from_the_parameters(action: str) -> None:
    command = samples.command(action)
    assert all(isinstance(picture, PictureBytes) for picture in command.pictures.values())
    assert not set(command.parameters) & set(samples.PICTURES[action])
