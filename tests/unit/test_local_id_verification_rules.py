"""The local service's small pure rules: scores, verdicts, rate limit, counters, fault orders."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.faults import MAX_TIMES, OrderError
from local.id_verification.calls import CallCounts
from local.id_verification.duplication import sub_code
from local.id_verification.endpoint import HANDLERS
from local.id_verification.errors import CODES
from local.id_verification.faults import ANSWERS, FAULTS, Fault, fault_book
from local.id_verification.operations import OPERATIONS
from local.id_verification.quota import Quota
from local.id_verification.scores import CONFIDENCE_THRESHOLDS, is_same_person, similarity

FINDINGS = list(itertools.product([False, True], repeat=3))


def test_every_operation_has_a_handler_and_every_code_it_names_exists() -> None:
    assert HANDLERS.keys() == OPERATIONS.keys()
    for operation in OPERATIONS.values():
        named = {code for field in operation.fields for code in (field.missing, field.invalid)}
        assert named | set(vars(operation.profile.codes).values()) <= CODES.keys()


@given(st.floats(0, 1.2), st.floats(0, 1.2))
def test_a_larger_distance_never_scores_higher(a: float, b: float) -> None:
    near, far = sorted((a, b))
    assert 100 >= similarity(near) >= similarity(far) >= 0


@pytest.mark.parametrize(
    ("distance", "score"), [(0.0, 100.0), (0.5, 90.07), (0.55, 80.01), (0.6, 70.02), (1.2, 0.0), (2.0, 0.0)]
)
def test_scores_at_the_knots(distance: float, score: float) -> None:
    assert similarity(distance) == pytest.approx(score)


@given(st.floats(0, 2))
def test_the_verdict_agrees_with_the_loosest_threshold(distance: float) -> None:
    loosest = float(CONFIDENCE_THRESHOLDS["0.01"])
    if abs(distance - 0.6) > 1e-9:
        assert is_same_person(distance) == (similarity(distance) >= loosest)


def test_pictures_of_one_person_clear_the_strictest_threshold_and_others_miss_the_loosest() -> None:
    assert similarity(0.44) > float(CONFIDENCE_THRESHOLDS["0.0001"])
    assert similarity(0.8) < float(CONFIDENCE_THRESHOLDS["0.01"])


@pytest.mark.parametrize(("is_attack", "is_other", "is_duplicate"), FINDINGS)
def test_a_verdict_looks_at_liveness_then_comparison_then_duplicates(
    is_attack: bool, is_other: bool, is_duplicate: bool
) -> None:
    expected = "205" if is_attack else "204" if is_other else "233" if is_duplicate else "200"
    assert sub_code(is_attack, is_other, is_duplicate) == expected


def test_the_quota_counts_each_action_alone_over_the_last_second() -> None:
    now = 0.0
    quota = Quota(2, lambda: now)
    assert [quota.admit("A"), quota.admit("A"), quota.admit("A"), quota.admit("B")] == [True, True, False, True]
    now = 0.999
    assert not quota.admit("A")
    now = 1.0
    assert [quota.admit("A"), quota.admit("A"), quota.admit("A")] == [True, True, False]


def test_counts_are_kept_per_action_and_reset() -> None:
    calls = CallCounts(["A", "B"])
    calls["A"].received += 1
    zero = {"received": 0, "executed": 0, "billed": 0, "throttled": 0}
    assert calls.as_json() == {"A": {**zero, "received": 1}, "B": zero}
    calls.reset()
    assert calls.as_json() == {"A": zero, "B": zero}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("action", ["*", "FaceCompare"])
def test_a_fault_order(action: str, fault: str) -> None:
    order, book = {"action": action, "fault": fault, "times": 2}, fault_book()
    book.add(book.read(json.dumps(order).encode()))
    assert book.as_json() == [order]


@pytest.mark.parametrize(("given", "seconds"), [({}, 1.5), ({"delay_ms": 0}, 0), ({"delay_ms": 700}, 0.7)])
def test_a_slow_answer_has_a_delay_of_its_own_or_the_usual_one(given: dict[str, int], seconds: float) -> None:
    assert Fault(action="*", fault="slow", **given).delay_seconds == seconds


@pytest.mark.parametrize("fault", ANSWERS)
@pytest.mark.parametrize("action", ["FaceCompare", "CompareFaces"])
def test_every_fault_that_answers_can_answer_in_both_envelopes(action: str, fault: str) -> None:
    answer = ANSWERS[fault]("ID", "127.0.0.1:9000", OPERATIONS[action].envelope)
    if fault in CODES:
        assert (answer.status, json.loads(answer.body)["Code"]) == (CODES[fault][0], fault)
    assert (answer.status == 200) == fault.endswith("-200")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"action": "Unknown"}, "action"),
        ({"action": None}, "action"),
        ({"action": ["*"]}, "action"),
        ({"fault": "explode"}, "fault"),
        ({"fault": {}}, "fault"),
        ({"times": 0}, "times"),
        ({"times": MAX_TIMES + 1}, "times"),
        ({"times": "1"}, "times"),
        ({"times": True}, "times"),
        ({"times": 1.5}, "times"),
        ({"delay_ms": 5}, "delay_ms"),
        ({"fault": "slow", "delay_ms": -1}, "delay_ms"),
        ({"fault": "slow", "delay_ms": 60_001}, "delay_ms"),
        ({"fault": "slow", "delay_ms": None}, "delay_ms"),
        ({"extra": 1}, "extra"),
    ],
)
def test_a_wrong_fault_order_names_the_field(change: dict[str, Any], field: str) -> None:
    order = {"action": "*", "fault": "reset", "times": 1} | change
    with pytest.raises(OrderError, match=rf"\b{field}\b"):
        fault_book().read(json.dumps(order).encode())


@pytest.mark.parametrize("order", [b"null", b"[]", b'"x"', b"1", b"{", b""])
def test_a_fault_order_is_an_object(order: bytes) -> None:
    with pytest.raises(OrderError, match="JSON"):
        fault_book().read(order)


def test_faults_are_served_in_order_and_used_up() -> None:
    book = fault_book()
    book.add(Fault(action="FaceCompare", fault="reset"))
    book.add(Fault(action="*", fault="throttle", times=2))
    book.add(Fault(action="AddFaceRecord", fault="http-500"))
    one, other = "FaceCompare", "AddFaceRecord"
    taken = [book.take(action) for action in (other, one, one, one, other, other)]
    assert [fault and fault.fault for fault in taken] == ["throttle", "reset", "throttle", None, "http-500", None]
    assert book.as_json() == []


def test_cleared_faults_are_gone() -> None:
    book = fault_book()
    book.add(Fault(action="*", fault="reset", times=5))
    book.clear()
    assert book.take("FaceCompare") is None
