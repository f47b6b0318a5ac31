"""A throttled call comes back as a call of this instance's own leaves the second that the service counts."""

from __future__ import annotations

import pytest
import requests

from facegate.credentials import Credentials
from facegate.retry import RetryPolicy
from facegate.settings import Endpoint
from facegate.verification.client import Timeouts, VerificationClient
from facegate.verification.pacing import SPREAD_MS, Admissions
from facegate.verification.service import ID_VERIFICATION, Call
from tests.fakes import Clock, FakeTransport, answer

CALL = Call(ID_VERIFICATION, "AddFaceRecord", {}, {})
OTHER = Call(ID_VERIFICATION, "QueryFaceRecord", {}, {})
GOOD = {"RequestId": "service-1", "Code": "Success", "Message": "success", "Result": {"Passed": "Y"}}


def throttled(**headers: str) -> requests.Response:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return answer(403, {"RequestId": "service-9", "Code": "Throttling.Api", "Message": "no"}, names)


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> FakeTransport:
    return FakeTransport().install(monkeypatch)


def client(clock: Clock, admissions: Admissions) -> VerificationClient:
    return VerificationClient(
        endpoints={ID_VERIFICATION.name: Endpoint("https", "intl.example.com")},
        region="ap-southeast-1",
        timeouts=Timeouts(2_000, 10_000),
        credentials=lambda: Credentials("id", "key"),
        policy=RetryPolicy(base_ms=200, cap_ms=3_000),
        admissions=admissions,
        sleep=clock.sleep,
        jitter=lambda: 1.0,
    )


def test_each_call_within_the_second_is_told_once_oldest_first() -> None:
    admissions = Admissions()
    for sent_ms in (0, 100, 400):
        admissions.note("AddFaceRecord", sent_ms)
    assert [admissions.free_in_ms("AddFaceRecord", 700) for _ in range(4)] == [300, 400, 700, None]


@pytest.mark.parametrize(("now_ms", "free_in_ms"), [(1_000, 1_000), (1_999, 1), (2_000, None), (9_000, None)])
def test_a_call_is_counted_for_one_second(now_ms: int, free_in_ms: int | None) -> None:
    admissions = Admissions()
    admissions.note("AddFaceRecord", 1_000)
    assert admissions.free_in_ms("AddFaceRecord", now_ms) == free_in_ms


def test_actions_are_counted_apart() -> None:
    admissions = Admissions()
    admissions.note("AddFaceRecord", 0)
    assert admissions.free_in_ms("FaceCompare", 1) is None


def test_a_throttled_call_comes_back_when_the_place_of_an_earlier_invocation_is_free(wire: FakeTransport) -> None:
    clock, admissions = Clock(), Admissions()
    wire.will(answer(body=GOOD), throttled(), answer(body=GOOD))
    client(clock, admissions).call(CALL, dict, clock.deadline())
    clock.pass_ms(300)
    answered = client(clock, admissions).call(CALL, dict, clock.deadline())
    assert (answered.attempts, clock.slept) == (2, [700 + SPREAD_MS])


def test_once_its_own_place_was_taken_it_backs_off_as_any_other(wire: FakeTransport) -> None:
    clock, admissions = Clock(), Admissions()
    wire.will(answer(body=GOOD), throttled(), throttled(), answer(body=GOOD))
    client(clock, admissions).call(CALL, dict, clock.deadline())
    client(clock, admissions).call(CALL, dict, clock.deadline())
    assert clock.slept == [1_000 + SPREAD_MS, 400]


def test_a_call_of_another_action_frees_no_place(wire: FakeTransport) -> None:
    clock, admissions = Clock(), Admissions()
    wire.will(answer(body=GOOD), throttled(), answer(body=GOOD))
    client(clock, admissions).call(OTHER, dict, clock.deadline())
    client(clock, admissions).call(CALL, dict, clock.deadline())
    assert clock.slept == [200]


def test_what_is_not_throttled_does_not_wait_for_a_place(wire: FakeTransport) -> None:
    clock, admissions = Clock(), Admissions()
    wire.will(answer(body=GOOD), requests.exceptions.ConnectTimeout("refused"), answer(body=GOOD))
    client(clock, admissions).call(CALL, dict, clock.deadline())
    client(clock, admissions).call(CALL, dict, clock.deadline())
    assert clock.slept == [200]


def test_the_services_own_wish_is_respected_all_the_same(wire: FakeTransport) -> None:
    clock, admissions = Clock(), Admissions()
    wire.will(answer(body=GOOD), throttled(x_acs_retry_after="5000"), answer(body=GOOD))
    client(clock, admissions).call(CALL, dict, clock.deadline())
    client(clock, admissions).call(CALL, dict, clock.deadline())
    assert clock.slept == [5_000]
