"""Faults on order: what the SDK hears, and what the service has counted and done."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import pytest
from alibabacloud_cloudauth_intl20220809 import models
from darabonba.exceptions import UnretryableException
from darabonba.policy.retry import RetryCondition, RetryOptions
from darabonba.runtime import RuntimeOptions

from tests.functional.local_id_verification.calls import compare_faces, compare_request, face_compare, refusal
from tests.functional.local_id_verification.pictures import photo
from tests.functional.local_id_verification.service import Service

T = TypeVar("T")


def eventually(read: Callable[[], T], expected: T) -> T:
    """What was read last: `expected`, unless it does not come. The service goes on when a client has given up."""
    deadline = time.monotonic() + 30
    while (seen := read()) != expected and time.monotonic() < deadline:
        time.sleep(0.05)  # the count is the service's own, which tells nobody when it changes
    return seen


@pytest.mark.parametrize(
    ("fault", "expected", "throttled"),
    [
        ("throttle", (403, "Throttling.Api"), 1),
        ("Throttling.Api", (403, "Throttling.Api"), 1),
        ("UnqualifiedPhoto", (401, "UnqualifiedPhoto"), 0),
        ("http-500", (500, "InternalError"), 0),
        ("http-503", (503, "ServiceUnavailable"), 0),
        ("forbidden-ram", (403, "Forbidden.RAMUserAccessDenied"), 0),
        ("forbidden-account", (403, "Forbidden.AccountAccessDenied"), 0),
    ],
)
def test_faults_that_are_service_errors(
    service: Service, fault: str, expected: tuple[int, str], throttled: int
) -> None:
    service.order_fault("FaceCompare", fault)
    assert refusal(lambda: face_compare(service)) == expected
    assert service.calls("FaceCompare") == {"received": 1, "executed": 0, "billed": 0, "throttled": throttled}
    assert face_compare(service).result.passed == "Y"


@pytest.mark.parametrize("fault", ["http-502-html", "empty-200", "garbage-200", "reset", "hang-before-execute"])
def test_faults_that_the_sdk_cannot_read(service: Service, fault: str) -> None:
    service.order_fault("FaceCompare", fault)
    with pytest.raises(UnretryableException):
        service.client().face_compare_with_options(compare_request(), RuntimeOptions(read_timeout=500))
    expected = {"received": 1, "executed": 0, "billed": 0, "throttled": 0}
    assert eventually(lambda: service.calls("FaceCompare"), expected) == expected
    assert face_compare(service).result.passed == "Y"


def test_a_reset_is_a_tcp_reset(service: Service) -> None:
    service.order_fault("*", "reset")
    with pytest.raises(UnretryableException) as broken:
        service.client().keepalive_intl()
    assert "Connection reset by peer" in str(broken.value.inner_exception.message)


def test_hang_after_execute_enrols_and_bills_although_the_client_never_hears(service: Service, group: str) -> None:
    service.order_fault("AddFaceRecord", "hang-after-execute")
    request = models.AddFaceRecordRequest(
        product_code="FACE_ENROLL", face_group_code=group, merchant_user_id="user", face_picture=photo("obama.jpg")
    )
    with pytest.raises(UnretryableException):
        service.client().add_face_record_with_options(request, RuntimeOptions(read_timeout=500))
    expected = {"received": 1, "executed": 1, "billed": 1, "throttled": 0}
    assert eventually(lambda: service.calls("AddFaceRecord"), expected) == expected
    assert [record["MerchantUserId"] for record in service.records(group)] == ["user"]


def test_slow_answers_in_the_end(service: Service) -> None:
    service.order_fault("KeepaliveIntl", "slow", delay_ms=700)
    with pytest.raises(UnretryableException):
        service.client().keepalive_intl_with_options(RuntimeOptions(read_timeout=200))
    service.order_fault("KeepaliveIntl", "slow", delay_ms=1)
    assert service.client().keepalive_intl().body.code == "Success"


def test_a_200_may_lack_its_result_or_not_be_a_success(service: Service) -> None:
    service.order_fault("FaceCompare", "missing-result-200")
    service.order_fault("FaceCompare", "code-not-success-200")
    first, second = face_compare(service), face_compare(service)
    assert (first.code, first.result) == ("Success", None)
    assert (second.code, second.result) == ("InternalError", None)
    service.order_fault("CompareFaces", "missing-result-200")
    service.order_fault("CompareFaces", "code-not-success-200")
    bodies = [compare_faces(service)["body"] for _ in "12"]
    assert [(body["Success"], "Data" in body) for body in bodies] == [(True, False), (False, False)]
    assert service.calls("FaceCompare")["executed"] == service.calls("CompareFaces")["executed"] == 0


@pytest.mark.parametrize(
    ("fault", "expected"),
    [("http-500", (500, "Error.InternalError")), ("forbidden-account", (403, "Error.NoPermissionAccess"))],
)
def test_faults_of_compare_faces_have_its_own_codes(service: Service, fault: str, expected: tuple[int, str]) -> None:
    service.order_fault("CompareFaces", fault)
    assert refusal(lambda: compare_faces(service)) == expected


def test_a_fault_is_for_one_action_or_for_any_and_for_so_many_times(service: Service) -> None:
    service.order_fault("FaceCompare", "http-500", times=2)
    service.order_fault("*", "http-503")
    assert refusal(lambda: service.client().keepalive_intl()) == (503, "ServiceUnavailable")
    assert service.client().keepalive_intl().body.code == "Success"
    assert refusal(lambda: face_compare(service)) == (500, "InternalError")
    left = [{"action": "FaceCompare", "fault": "http-500", "times": 1}]
    assert service.control.get("/_control/faults").json() == left
    service.control.delete("/_control/faults")
    assert face_compare(service).result.passed == "Y"


def test_the_sdk_s_own_retry_passes_the_signature_check(service: Service) -> None:
    condition = RetryCondition(max_attempts=3, exception=["ServerException"], backoff={"policy": "Fixed", "period": 1})
    service.order_fault("KeepaliveIntl", "http-503", times=2)
    client = service.client(retry_options=RetryOptions(retryable=True, retry_condition=[condition]))
    assert client.keepalive_intl().body.code == "Success"
    assert service.calls("KeepaliveIntl") == {"received": 3, "executed": 1, "billed": 0, "throttled": 0}


def test_a_wrong_signature_does_not_use_up_a_fault(service: Service) -> None:
    service.order_fault("*", "http-503")
    refusal(lambda: service.client(access_key_secret="wrong").keepalive_intl())
    assert refusal(lambda: service.client().keepalive_intl()) == (503, "ServiceUnavailable")


@pytest.mark.parametrize(
    ("path", "content", "named"),
    [
        ("/_control/faults", b"{", "JSON"),
        ("/_control/faults", b"[" * 60_000, "JSON"),
        ("/_control/faults", b" " * 64_001, "64000 bytes"),
        ("/_control/faults", b'{"action": "*", "fault": "reset", "times": 0}', "times"),
        ("/_control/faults", b'{"action": "*", "fault": "explode", "times": 1}', "fault"),
        ("/_control/face-groups", b'{"code": "no spaces"}', "code"),
        ("/_control/face-groups", b"[]", "code"),
    ],
)
def test_the_control_surface_names_what_is_wrong(service: Service, path: str, content: bytes, named: str) -> None:
    answer = service.control.post(path, content=content)
    assert answer.status_code == 400
    assert named in answer.json()["error"]
