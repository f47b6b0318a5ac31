"""`Prefer: respond-async`: 202 and a place to ask, the work done once, and its answer by id."""

from __future__ import annotations

import base64
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.cloud import Cloud, compare_faces, cross_compare, enrol, face_compare, new_id, photo_bytes, search, until

NewUser = Callable[[], str]
Fields = dict[str, Any]


def later(cloud: Cloud, operation: str, fields: Fields, *, via: str = "", **headers: str) -> httpx.Response:
    return cloud.post(operation, fields, via=via, Prefer="respond-async", **headers)


def asked(cloud: Cloud, biz_id: str) -> tuple[int, str]:
    answer = cloud.client.get(f"/v1/results/{biz_id}")
    return answer.status_code, answer.json()["Code"]


# --- accepted, in progress, decided ---------------------------------------------------------------------------------

OPERATIONS: list[tuple[str, Callable[[], Fields], str]] = [
    ("face-compare", face_compare, "passed"),
    ("face-cross-compare", cross_compare, "passed"),
    ("face-duplication-check", lambda: search("collins", FaceGroupCodes="staff"), "unique"),
    ("compare-faces", compare_faces, "passed"),
]


@pytest.mark.parametrize(("operation", "fields", "outcome"), OPERATIONS, ids=[row[0] for row in OPERATIONS])
def test_every_operation_can_be_answered_later(
    cloud: Cloud, operation: str, fields: Callable[[], Fields], outcome: str
) -> None:
    answer = later(cloud, operation, fields())
    biz_id = answer.json()["MerchantBizId"]
    assert (answer.status_code, answer.json()["Code"]) == (202, "Accepted")
    assert answer.headers["Location"] == f"/v1/results/{biz_id}"
    assert answer.headers["Preference-Applied"] == "respond-async"
    cloud.idle()
    assert cloud.stored(biz_id)["Outcome"] == outcome
    assert cloud.objects("deferred/") == []


def test_an_enrolment_can_be_answered_later(cloud: Cloud, new_user: NewUser) -> None:
    user = new_user()
    biz_id = later(cloud, "add-face-record", enrol(user)).json()["MerchantBizId"]
    cloud.idle()
    assert cloud.stored(biz_id)["Outcome"] == "enrolled"
    assert cloud.enrolled(user) == ["members"]


@pytest.mark.parametrize("via", ["", "/apigw"], ids=["http-trigger", "api-gateway"])
def test_the_result_is_in_progress_until_it_is_decided_and_then_a_replay(cloud: Cloud, via: str) -> None:
    fields, calls = face_compare(MerchantBizId=new_id()), cloud.calls("FaceCompare")
    cloud.fault("FaceCompare", "slow", delay_ms=1_500)
    assert later(cloud, "face-compare", fields, via=via).status_code == 202
    until(lambda: cloud.calls("FaceCompare") > calls)
    assert asked(cloud, fields["MerchantBizId"]) == (202, "RequestInProgress")
    assert later(cloud, "face-compare", fields, via=via).status_code == 202
    cloud.idle()
    assert asked(cloud, fields["MerchantBizId"]) == (200, "Success")
    for answer in (later(cloud, "face-compare", fields), cloud.post("face-compare", fields, via=via)):
        assert (answer.status_code, answer.json()["Result"]["Passed"]) == (200, "Y")
        assert answer.headers["Idempotency-Replayed"] == "true"
    assert cloud.calls("FaceCompare") == calls + 1


def test_other_preferences_are_answered_at_once(cloud: Cloud) -> None:
    answer = cloud.post("face-compare", face_compare(), Prefer="return=minimal")
    assert (answer.status_code, "Location" in answer.headers) == (200, False)


# --- exactly once ---------------------------------------------------------------------------------------------------


def test_twenty_requests_under_one_id_enrol_once(cloud: Cloud, new_user: NewUser) -> None:
    user, calls, before = new_user(), cloud.calls("AddFaceRecord"), len(cloud.invocations("add-face-record"))
    fields = enrol(user, MerchantBizId=new_id())
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: later(cloud, "add-face-record", fields), range(20)))
    assert {answer.status_code for answer in answers} <= {200, 202}
    cloud.idle()
    assert len(cloud.invocations("add-face-record")) == before + 1
    assert cloud.calls("AddFaceRecord") == calls + 1
    assert cloud.enrolled(user) == ["members"]


def test_a_request_at_once_takes_over_what_was_accepted_for_later(cloud: Cloud, new_user: NewUser) -> None:
    user, fields = new_user(), None
    fields = enrol(user, MerchantBizId=new_id())
    assert later(cloud, "add-face-record", fields).status_code == 202
    assert cloud.post("add-face-record", fields).status_code in (200, 409)
    cloud.idle()
    assert cloud.enrolled(user) == ["members"]
    assert cloud.post("add-face-record", fields).headers["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize("decided", [False, True], ids=["while it is in progress", "when it is decided"])
def test_the_same_id_with_other_input_is_a_conflict(cloud: Cloud, decided: bool) -> None:
    biz_id, calls = new_id(), cloud.calls("FaceCompare")
    if not decided:
        cloud.fault("FaceCompare", "slow", delay_ms=1_500)
    later(cloud, "face-compare", face_compare(MerchantBizId=biz_id))
    if decided:
        cloud.idle()
    answer = later(cloud, "face-compare", face_compare("obama", "biden", MerchantBizId=biz_id))
    assert (answer.status_code, answer.json()["Code"]) == (409, "IdempotencyConflict")
    cloud.idle()
    assert cloud.stored(biz_id)["Outcome"] == "passed"
    assert cloud.calls("FaceCompare") == calls + 1


def test_an_idempotency_key_gives_the_same_place_to_ask(cloud: Cloud) -> None:
    key = f"order/{new_id()}"
    places = {later(cloud, "face-compare", face_compare(), Idempotency_Key=key).json()["MerchantBizId"] for _ in "12"}
    cloud.idle()
    assert len(places) == 1
    assert cloud.stored(places.pop())["Outcome"] == "passed"


def test_work_that_is_delivered_again_after_its_end_is_no_failure(cloud: Cloud) -> None:
    """At least once: the object that it travelled in is gone by then."""
    biz_id, calls = new_id(), cloud.calls("FaceCompare")
    later(cloud, "face-compare", face_compare(MerchantBizId=biz_id))
    cloud.idle()
    key = f"deferred/r{biz_id}-{'0' * 16}"
    again = f'{{"facegateDeferred": {{"biz_id": "{biz_id}", "user": null, "key": "{key}"}}}}'.encode()
    assert cloud.deliver("face-compare", again) == {"Outcome": "passed", "MerchantBizId": biz_id}
    assert cloud.calls("FaceCompare") == calls + 1


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ("{}", "InvalidParameter: the handed-over work cannot be read"),
        ('{"biz_id": "b", "key": "elsewhere/x"}', "InvalidParameter: handed-over work is kept elsewhere"),
        ('{"biz_id": "b", "event": "{}"}', "InvalidParameter: the event is neither the HTTP trigger's nor "),
        ('{"biz_id": "b", "key": "deferred/none"}', "ObjectMissing: "),
    ],
    ids=["nothing in it", "an object elsewhere", "no request in it", "its object gone before its end"],
)
def test_work_that_cannot_be_taken_up_is_given_back_with_its_reason(cloud: Cloud, told: str, reason: str) -> None:
    raised = cloud.deliver("face-compare", f'{{"facegateDeferred": {told}}}'.encode())
    assert raised["errorType"] == "GivenBack"
    assert raised["errorMessage"].startswith(reason)


# --- how it travels -------------------------------------------------------------------------------------------------


def test_a_picture_travels_as_an_object_that_is_gone_afterwards(cloud: Cloud) -> None:
    calls = cloud.calls("FaceCompare")
    cloud.fault("FaceCompare", "slow", delay_ms=1_500)
    later(cloud, "face-compare", face_compare())
    until(lambda: cloud.calls("FaceCompare") > calls)
    (key,) = cloud.objects("deferred/")
    assert key.startswith("deferred/r")
    cloud.idle()
    assert cloud.objects("deferred/") == []


def test_pictures_by_object_travel_in_the_invocation_itself(cloud: Cloud) -> None:
    for name in ("obama", "obama2"):
        cloud.upload(f"pictures/later/{name}.jpg", photo_bytes(name))
    calls = cloud.calls("FaceCompare")
    cloud.fault("FaceCompare", "slow", delay_ms=1_500)
    fields = {
        "SourceFacePictureObject": "pictures/later/obama.jpg",
        "TargetFacePictureObject": "pictures/later/obama2.jpg",
    }
    biz_id = later(cloud, "face-compare", fields).json()["MerchantBizId"]
    until(lambda: cloud.calls("FaceCompare") > calls)
    assert cloud.objects("deferred/") == []
    cloud.idle()
    assert cloud.stored(biz_id)["Outcome"] == "passed"


def test_a_form_with_file_parts_can_be_answered_later(cloud: Cloud) -> None:
    files = {"SourceFacePicture": photo_bytes("obama"), "TargetFacePicture": photo_bytes("obama2")}
    answer = cloud.client.post("/v1/face-compare", files=files, headers={"Prefer": "respond-async"})
    assert answer.status_code == 202, answer.text
    cloud.idle()
    assert cloud.stored(answer.json()["MerchantBizId"])["Outcome"] == "passed"


# --- what cannot be done --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"TargetFacePicture": None}, 400, "MissingParameter"),
        ({"TargetFacePicture": "no Base64!"}, 400, "InvalidParameter"),
        ({"TargetFacePictureUrl": "https://example.com/a.jpg"}, 400, "DataDuplication"),
        ({"TargetFacePicture": None, "TargetFacePictureObject": "secrets/a.jpg"}, 400, "InvalidParameter"),
        ({"FaceQualityCheck": "maybe"}, 400, "InvalidParameter"),
        ({"MerchantBizId": "no/id"}, 400, "InvalidParameter"),
        ({"Unknown": "1"}, 400, "InvalidParameter"),
    ],
)
def test_a_request_that_cannot_be_a_command_is_refused_at_once(
    cloud: Cloud, changed: Fields, status: int, code: str
) -> None:
    before = len(cloud.invocations("face-compare"))
    fields = {name: value for name, value in {**face_compare(), **changed}.items() if value is not None}
    answer = later(cloud, "face-compare", fields)
    assert (answer.status_code, answer.json()["Code"]) == (status, code)
    assert len(cloud.invocations("face-compare")) == before
    assert cloud.objects("deferred/") == []


@pytest.mark.parametrize(
    ("fields", "status", "code", "calls"),
    [
        ({"TargetFacePicture": base64.b64encode(b"no picture").decode()}, 415, "UnsupportedImageFormat", 0),
        ({"TargetFacePicture": base64.b64encode(photo_bytes("obama")[:9_000]).decode()}, 422, "UnqualifiedPhoto", 0),
        ({"TargetFacePicture": base64.b64encode(photo_bytes("coffee")).decode()}, 422, "NoFaceDetected", 1),
        ({"TargetFacePictureObject": "pictures/nobody/gone.jpg", "TargetFacePicture": None}, 404, "ObjectMissing", 0),
    ],
    ids=["not a picture", "cut short", "without a face", "an object that is not there"],
)
def test_what_turns_out_unusable_later_is_a_refusal_by_id(
    cloud: Cloud, fields: Fields, status: int, code: str, calls: int
) -> None:
    biz_id, before = new_id(), cloud.calls("FaceCompare")
    sent = {**face_compare(MerchantBizId=biz_id), **fields}
    given = {name: value for name, value in sent.items() if value is not None}
    assert later(cloud, "face-compare", given).status_code == 202
    cloud.idle()
    stored = cloud.stored(biz_id)
    assert (stored["Outcome"], stored["Code"], stored["HttpStatus"]) == ("refused", code, status)
    replay = later(cloud, "face-compare", given)
    assert (replay.status_code, replay.json()["Code"]) == (status, code)
    assert cloud.calls("FaceCompare") == before + calls
    assert cloud.objects("deferred/") == []


def test_work_that_cannot_be_handed_over_is_not_promised(cloud: Cloud) -> None:
    order = {"operation": "PutObject", "fault": "http-503", "times": 20}
    assert cloud.client.post("/_local/oss/faults", json=order).is_success
    answer = later(cloud, "face-compare", face_compare())
    assert (answer.status_code, answer.json()["Code"]) == (503, "ObjectsUnavailable")


def test_a_user_who_was_erased_in_the_meantime_is_not_enrolled_and_leaves_nothing(
    cloud: Cloud, new_user: NewUser
) -> None:
    user, calls = new_user(), cloud.calls("AddFaceRecord")
    biz_id = new_id()
    cloud.fault("AddFaceRecord", "slow", delay_ms=1_500)
    later(cloud, "add-face-record", enrol(user, MerchantBizId=biz_id))
    until(lambda: cloud.calls("AddFaceRecord") > calls)
    assert cloud.client.delete(f"/v1/users/{user}").is_success
    cloud.idle()
    assert cloud.enrolled(user) == []
    assert cloud.client.get(f"/v1/users/{user}/results").json()["Result"] == {"Items": []}
    assert asked(cloud, biz_id) == (404, "NotFound")
    assert cloud.objects("deferred/") == []
