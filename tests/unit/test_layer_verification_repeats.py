"""Which calls are repeated, how soon, and what the deadline forbids."""

from __future__ import annotations

import pytest
import requests.exceptions

from facegate.verification.client import CALL_FLOOR_MS, Timeouts
from facegate.verification.errors import ServiceDisconnected, ServiceTimedOut, VerificationError
from tests.fakes import Clock, FakeTransport, answer
from tests.unit.layer_verification import (
    CALL,
    ENROLMENT,
    GOOD,
    REFUSED,
    RESET,
    TIMED_OUT,
    Verdict,
    client,
    error,
    failure,
)


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> FakeTransport:
    return FakeTransport().install(monkeypatch)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_throttled_twice_then_success_makes_three_calls(wire: FakeTransport, clock: Clock) -> None:
    wire.will(error(403, "Throttling.Api"), error(403, "Throttling.Api"), answer(body=GOOD))
    answered = client(clock).call(ENROLMENT, Verdict, clock.deadline())
    assert (answered.attempts, len(wire.sent)) == (3, 3)
    assert clock.slept == [200, 400]


def test_throttled_for_ever_ends_with_the_policy(wire: FakeTransport, clock: Clock) -> None:
    wire.script = [error(403, "Throttling.Api") for _ in range(4)]
    refused = failure(clock)
    assert (refused.http_status, refused.attempts, len(wire.sent)) == (429, 4, 4)
    assert refused.retry_after == 1


def test_the_service_is_not_asked_again_sooner_than_it_wished(wire: FakeTransport, clock: Clock) -> None:
    wire.will(error(403, "Throttling.Api", x_acs_retry_after="5000"), answer(body=GOOD))
    client(clock).call(CALL, Verdict, clock.deadline())
    assert clock.slept == [5_000]


def test_a_wish_beyond_the_deadline_is_passed_on_to_the_caller(wire: FakeTransport, clock: Clock) -> None:
    wire.will(error(403, "Throttling.Api", x_acs_retry_after="60000"))
    refused = failure(clock)
    assert (refused.retry_after, len(wire.sent), clock.slept) == (60, 1, [])


@pytest.mark.parametrize("code", ["NoFaceDetected", "InvalidParameter", "Forbidden.RAMUserAccessDenied", "New.Code"])
def test_a_refusal_that_cannot_end_differently_is_not_repeated(wire: FakeTransport, clock: Clock, code: str) -> None:
    wire.will(error(400, code))
    assert (failure(clock).attempts, clock.slept) == (1, [])


@pytest.mark.parametrize(
    ("lost", "expected"), [(TIMED_OUT, ServiceTimedOut), (RESET, ServiceDisconnected)], ids=["timed out", "reset"]
)
def test_an_unknown_outcome_is_repeated_once_where_that_only_costs_money(
    wire: FakeTransport, clock: Clock, lost: Exception, expected: type[VerificationError]
) -> None:
    wire.will(lost, lost)
    assert type(failure(clock)) is expected
    assert len(wire.sent) == 2


@pytest.mark.parametrize("lost", [TIMED_OUT, RESET, answer(500, b""), error(500, "InternalError")])
def test_an_unknown_outcome_of_an_enrolment_is_never_repeated(
    wire: FakeTransport, clock: Clock, lost: requests.Response | Exception
) -> None:
    wire.will(lost)
    assert failure(clock, ENROLMENT).attempts == 1
    assert len(wire.sent) == 1


def test_what_did_not_arrive_is_repeated_even_for_an_enrolment(wire: FakeTransport, clock: Clock) -> None:
    wire.will(REFUSED, REFUSED, answer(body=GOOD))
    assert client(clock).call(ENROLMENT, Verdict, clock.deadline()).attempts == 3


def test_one_unknown_outcome_leaves_the_tries_for_throttling(wire: FakeTransport, clock: Clock) -> None:
    wire.will(RESET, error(403, "Throttling.Api"), answer(body=GOOD))
    assert client(clock).call(CALL, Verdict, clock.deadline()).attempts == 3


@pytest.mark.parametrize(
    ("lost", "slept"), [(RESET, [0]), (TIMED_OUT, [200]), (error(503, "ServiceUnavailable"), [200])]
)
def test_only_a_connection_gone_stale_is_tried_again_at_once(
    wire: FakeTransport, clock: Clock, lost: Exception, slept: list[int]
) -> None:
    wire.will(lost, answer(body=GOOD))
    client(clock).call(CALL, Verdict, clock.deadline())
    assert clock.slept == slept


@pytest.mark.parametrize("remaining_ms", [0, 1, CALL_FLOOR_MS - 1])
def test_no_call_is_begun_that_could_not_be_answered_in_time(
    wire: FakeTransport, clock: Clock, remaining_ms: int
) -> None:
    late = failure(clock, ENROLMENT, remaining_ms)
    assert isinstance(late, ServiceTimedOut)
    assert (late.http_status, late.execution.value, late.transient) == (504, "not executed", False)
    assert wire.sent == []


def test_no_repeat_is_waited_for_that_the_deadline_forbids(wire: FakeTransport, clock: Clock) -> None:
    wire.will(error(403, "Throttling.Api"), error(403, "Throttling.Api"))
    assert failure(clock, remaining_ms=1_000).attempts == 2  # 200 ms waited; 400 more would leave less than the floor
    assert clock.slept == [200]


@pytest.mark.parametrize(
    ("remaining_ms", "connect_s", "read_s"), [(20_000, 2.0, 10.0), (6_000, 2.0, 4.0), (3_000, 1.0, 2.0)]
)
def test_the_time_outs_are_cut_to_what_is_left_together(
    wire: FakeTransport, clock: Clock, remaining_ms: int, connect_s: float, read_s: float
) -> None:
    wire.will(answer(body=GOOD))
    client(clock).call(CALL, Verdict, clock.deadline(remaining_ms))
    assert wire.sent[0].timeout == (connect_s, read_s)


@pytest.mark.parametrize("remaining_ms", [CALL_FLOOR_MS, 1_234, 11_999])
def test_connecting_and_reading_never_take_longer_than_is_left(remaining_ms: int) -> None:
    cut = Timeouts(2_000, 10_000).within(remaining_ms)
    assert 0 < cut.connect_ms < cut.read_ms
    assert cut.connect_ms + cut.read_ms <= remaining_ms
