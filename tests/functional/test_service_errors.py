"""What the service can answer or fail to answer: the status that a client can act on, and how many calls it took."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cloud import Cloud, compare_faces, cross_compare, enrol, face_compare, new_id, raw_user, search

OPERATIONS: dict[str, tuple[str, Any]] = {
    "FaceCompare": ("face-compare", face_compare),
    "FaceCrossCompareIntl": ("face-cross-compare", cross_compare),
    "FaceDuplicationCheckIntl": ("face-duplication-check", search),
    "AddFaceRecord": ("add-face-record", lambda: enrol(raw_user(), "biden")),
    "CompareFaces": ("compare-faces", compare_faces),
}
INTERNATIONAL = [action for action in OPERATIONS if action != "CompareFaces"]
CODES: list[tuple[str, int]] = [
    ("MissingParameter", 400),
    ("InvalidParameter", 400),
    ("DataDuplication", 400),
    ("NoFaceDetected", 422),
    ("UnqualifiedPhoto", 422),
    ("ToolargeImage", 413),
    ("DownloadTimeout", 424),
    ("Forbidden.RAMUserAccessDenied", 500),
    ("Forbidden.AccountAccessDenied", 500),
    ("Throttling.Api", 429),
    ("InternalError", 502),
    ("ServiceUnavailable", 503),
]
MAINLAND: list[tuple[str, int]] = [
    ("InvalidParam.ParamMissing", 400),
    ("InvalidParam.ImageTypeEmpty", 400),
    ("InvalidParam.FacePicNotGiven", 400),
    ("InvalidParam.ImageValuePatternError", 400),
    ("InvalidParam.ImageTypeInvalid", 400),
    ("Error.NoFaceDetected", 422),
    ("Error.NoPermissionAccess", 500),
    ("Error.CompareFacesError", 502),
    ("Error.InternalError", 502),
]
ROWS = [(action, *row) for action in INTERNATIONAL for row in CODES] + [("CompareFaces", *row) for row in MAINLAND]


@pytest.mark.parametrize(("action", "code", "status"), ROWS)
def test_every_documented_code_reaches_the_caller_with_a_status_to_act_on(
    cloud: Cloud, action: str, code: str, status: int
) -> None:
    path, fields = OPERATIONS[action]
    cloud.fault(action, code, times=40)
    answer = cloud.post(path, fields())
    assert (answer.status_code, answer.json()["Code"]) == (status, code)
    assert ("Retry-After" in answer.headers) is (status == 429)
    assert (answer.json().get("Success") is False) is (action == "CompareFaces")
    assert set(answer.json()) <= {"RequestId", "Code", "Message", "MerchantBizId", "MerchantUserId", "Success"}


FAILURES: list[tuple[str, int, str, int]] = [
    ("throttle", 429, "Throttling.Api", 32),
    ("http-500", 502, "InternalError", 2),
    ("http-503", 503, "ServiceUnavailable", 2),
    ("http-502-html", 502, "ServiceAnswerMalformed", 2),
    ("empty-200", 502, "ServiceAnswerMalformed", 2),
    ("garbage-200", 502, "ServiceAnswerMalformed", 2),
    ("missing-result-200", 502, "ServiceAnswerMalformed", 1),
    ("reset", 502, "ServiceDisconnected", 2),
]


@pytest.mark.parametrize(("fault", "status", "code", "calls"), FAILURES, ids=[row[0] for row in FAILURES])
def test_a_comparison_is_repeated_within_reason_and_never_becomes_a_verdict(
    cloud: Cloud, fault: str, status: int, code: str, calls: int
) -> None:
    biz_id, before = new_id(), cloud.calls("FaceCompare")
    cloud.fault("FaceCompare", fault, times=40)
    answer = cloud.post("face-compare", face_compare(MerchantBizId=biz_id))
    assert (answer.status_code, answer.json()["Code"]) == (status, code)
    assert cloud.calls("FaceCompare") - before == calls
    cloud.client.delete("/_local/faults")
    again = cloud.post("face-compare", face_compare(MerchantBizId=biz_id))
    assert (again.status_code, again.json()["Result"]["Passed"]) == (200, "Y"), "nothing was decided, so the id is free"


@pytest.mark.parametrize(("fault", "times", "calls"), [("throttle", 2, 3), ("http-503", 1, 2), ("reset", 1, 2)])
def test_a_passing_failure_is_overcome(cloud: Cloud, fault: str, times: int, calls: int) -> None:
    biz_id, before = new_id(), cloud.calls("FaceCompare")
    cloud.fault("FaceCompare", fault, times)
    assert cloud.post("face-compare", face_compare(MerchantBizId=biz_id)).status_code == 200
    assert cloud.calls("FaceCompare") - before == calls
    assert cloud.stored(biz_id)["Attempts"] == calls


@pytest.mark.parametrize("fault", ["http-500", "http-503", "http-502-html", "empty-200", "garbage-200", "reset"])
def test_an_enrolment_of_unknown_outcome_is_never_called_again_blindly(cloud: Cloud, fault: str) -> None:
    user, before = raw_user(), cloud.calls("AddFaceRecord")
    queries = cloud.calls("QueryFaceRecord")
    cloud.fault("AddFaceRecord", fault)
    answer = cloud.post("add-face-record", enrol(user, "biden"))
    assert answer.status_code in (502, 503)
    assert cloud.calls("AddFaceRecord") - before == 1
    assert cloud.calls("QueryFaceRecord") - queries == 1, "the service was asked whether it had enrolled"


def test_an_enrolment_whose_answer_was_lost_is_found_by_asking(cloud: Cloud) -> None:
    user, biz_id, before = raw_user(), new_id(), cloud.calls("AddFaceRecord")
    cloud.fault("AddFaceRecord", "hang-after-execute")
    answer = cloud.post("add-face-record", enrol(user, "biden", MerchantBizId=biz_id))
    assert (answer.status_code, answer.json()["Result"]["Passed"]) == (200, "Y")
    assert cloud.calls("AddFaceRecord") - before == 1
    assert len(cloud.records(answer.json()["MerchantUserId"])) == 1
    assert "QueryFaceRecord" in cloud.stored(biz_id)["Rule"]
    cloud.client.delete(f"/v1/users/{user}")


def test_a_service_that_hangs_is_left_in_time(cloud: Cloud) -> None:
    """Two read time-outs fit into the function's 30 seconds; the caller is answered, not cut off."""
    cloud.fault("FaceCompare", "hang-before-execute", times=5)
    answer = cloud.post("face-compare", face_compare())
    assert (answer.status_code, answer.json()["Code"]) == (504, "ServiceTimedOut")


@pytest.mark.parametrize(
    "code", ["InvalidAccessKeyId.NotFound", "InvalidSecurityToken.Expired", "SignatureDoesNotMatch"]
)
def test_our_own_rejected_key_is_our_error_not_the_callers(cloud: Cloud, code: str) -> None:
    cloud.fault("FaceCompare", code)
    answer = cloud.post("face-compare", face_compare())
    assert (answer.status_code, answer.json()["Code"]) == (500, code)


@pytest.mark.parametrize("fault", ["server-busy", "internal-error", "reset"])
def test_a_passing_failure_of_the_table_is_overcome(cloud: Cloud, fault: str) -> None:
    before = cloud.calls("FaceCompare")
    order = {"api": "PutRow", "table": None, "fault": fault, "times": 1}
    assert cloud.client.post("/_local/tablestore/faults", json=order).is_success
    assert cloud.post("face-compare", face_compare()).status_code == 200
    assert cloud.calls("FaceCompare") - before == 1


def test_without_the_table_nothing_is_called(cloud: Cloud) -> None:
    before = cloud.calls("FaceCompare")
    order = {"api": "PutRow", "table": None, "fault": "internal-error", "times": 50}
    assert cloud.client.post("/_local/tablestore/faults", json=order).is_success
    answer = cloud.post("face-compare", face_compare())
    assert (answer.status_code, answer.json()["Code"]) == (503, "LedgerUnavailable")
    assert answer.headers["Retry-After"]
    assert cloud.calls("FaceCompare") == before
