"""From a service's result to a decision. What cannot be read is an error, never a verdict."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from facegate.operations import OPERATIONS, Decision, parse
from tests.unit import layer_samples as samples

COMPARE, CROSS, DUPLICATION, ENROL, MAINLAND = samples.ACTIONS
HIT = json.dumps([{"faceGroupCode": "members", "faceId": "f-1", "merchantUserId": "u-1"}])


def decided(action: str, result: dict[str, Any], **request: Any) -> Decision:
    """The decision on the good result with changes; a change to None takes the field out."""
    operation = OPERATIONS[action]
    pictures = samples.PICTURES[action]
    parameters = {name: value for name, value in samples.fields(action, **request).items() if name not in pictures}
    changed = {**samples.RESULTS[action], **result}
    raw = msgspec.json.encode({name: value for name, value in changed.items() if value is not None})
    return operation.decide(parse(operation, parameters), msgspec.json.decode(raw, type=operation.result))


def unreadable(action: str, result: dict[str, Any], **request: Any) -> None:
    """msgspec's ValidationError is a ValueError too."""
    with pytest.raises(ValueError):
        decided(action, result, **request)


@pytest.mark.parametrize(
    ("action", "result", "request_", "outcome"),
    [
        (COMPARE, {}, {}, "passed"),
        (COMPARE, {"Passed": "N"}, {}, "failed"),
        (COMPARE, {"Passed": "N", "FaceComparisonScore": 100}, {}, "failed"),
        (CROSS, {}, {}, "passed"),
        (CROSS, {"FacePassed": "N"}, {}, "failed"),
        (CROSS, {"FaceComparisonScoreC2A": 0.7}, {"CompareModel": "1"}, "passed"),
        (ENROL, {}, {}, "enrolled"),
        (ENROL, {"Passed": "N"}, {}, "not-enrolled"),
        (ENROL, {"ExtFaceInfo": None}, {}, "enrolled"),
        # 1:N search
        (DUPLICATION, {}, {"VerifyModel": "0"}, "unique"),
        (DUPLICATION, {"SubCode": None}, {"VerifyModel": "0"}, "unique"),
        (DUPLICATION, {"DuplicateFace": "[]"}, {"VerifyModel": "0"}, "unique"),
        (DUPLICATION, {"DuplicateFace": ""}, {"VerifyModel": "0"}, "unique"),
        (DUPLICATION, {"DuplicateFace": HIT}, {"VerifyModel": "0"}, "duplicate"),
        (DUPLICATION, {"DuplicateFace": HIT, "FacePassed": "N", "SubCode": "233"}, {"VerifyModel": "0"}, "duplicate"),
        (DUPLICATION, {"SubCode": "233"}, {"VerifyModel": "0"}, "duplicate"),
        (DUPLICATION, {"SubCode": 233}, {"VerifyModel": "0"}, "duplicate"),
        (DUPLICATION, {"FacePassed": "N", "SubCode": "206"}, {"VerifyModel": "0"}, "failed"),
        # liveness
        (DUPLICATION, {"FaceAttack": "Y", "FaceAttackScore": "99"}, {"VerifyModel": "0"}, "attack"),
        (DUPLICATION, {"SubCode": "205"}, {"VerifyModel": "0"}, "attack"),
        (DUPLICATION, {"SubCode": 205, "DuplicateFace": HIT}, {"VerifyModel": "0"}, "attack"),
        (DUPLICATION, {"FaceAttack": "N", "FaceAttackScore": "1.5"}, {"VerifyModel": "0"}, "unique"),
        # 1:1 comparison, and both
        (DUPLICATION, {"FaceComparisonScore": "91.2"}, {"VerifyModel": "1"}, "passed"),
        (DUPLICATION, {"FaceComparisonScore": "9", "FacePassed": "N", "SubCode": 204}, {"VerifyModel": "1"}, "failed"),
        (DUPLICATION, {"FaceComparisonScore": "91.2"}, {"VerifyModel": "2"}, "unique"),
        (DUPLICATION, {"FaceComparisonScore": 91, "DuplicateFace": HIT}, {"VerifyModel": "2"}, "duplicate"),
        (DUPLICATION, {"DuplicateFace": HIT}, {"VerifyModel": "2"}, "duplicate"),
        (DUPLICATION, {"SubCode": "205", "FacePassed": "N"}, {"VerifyModel": "1"}, "attack"),
    ],
)
def test_the_outcome_of_each_answer(
    action: str, result: dict[str, Any], request_: dict[str, Any], outcome: str
) -> None:
    assert decided(action, result, **request_).outcome == outcome


@pytest.mark.parametrize(
    ("action", "field", "high", "request_"),
    [
        (COMPARE, "FaceComparisonScore", 100, {}),
        (CROSS, "FaceComparisonScoreA2B", 1, {}),
        (CROSS, "FaceComparisonScoreB2C", 1, {}),
        (CROSS, "FaceComparisonScoreC2A", 1, {"CompareModel": "1"}),
        (DUPLICATION, "FaceComparisonScore", 100, {"VerifyModel": "1"}),
        (DUPLICATION, "FaceAttackScore", 100, {}),
        (MAINLAND, "SimilarityScore", 100, {}),
    ],
)
def test_scores_are_finite_numbers_on_the_official_scale(
    action: str, field: str, high: int, request_: dict[str, Any]
) -> None:
    for value, number in [(0, 0.0), (high, float(high)), ("0", 0.0), (str(high), float(high)), ("0.5", 0.5)]:
        decision = decided(action, {field: value}, **request_)
        assert decision.scores[field] == decision.answer[field] == number
        assert type(decision.answer[field]) is float
    for value in [high + 0.0001, str(high + 1), -0.0001, "-1", "NaN", "nan", "Infinity", "1e999", "", "high", True, []]:
        unreadable(action, {field: value}, **request_)


@pytest.mark.parametrize(
    ("action", "missing", "request_"),
    [
        (COMPARE, "Passed", {}),
        (COMPARE, "FaceComparisonScore", {}),
        (CROSS, "FacePassed", {}),
        (CROSS, "FaceComparisonScoreA2B", {}),
        (CROSS, "FaceComparisonScoreB2C", {}),
        (CROSS, "FaceComparisonScoreC2A", {"CompareModel": "1"}),
        (DUPLICATION, "FacePassed", {}),
        (DUPLICATION, "FaceComparisonScore", {"VerifyModel": "1"}),
        (DUPLICATION, "FaceComparisonScore", {"VerifyModel": "2"}),
        (ENROL, "Passed", {}),
        (MAINLAND, "SimilarityScore", {}),
        (MAINLAND, "ConfidenceThresholds", {}),
    ],
)
def test_without_what_the_verdict_rests_on_there_is_none(action: str, missing: str, request_: dict[str, Any]) -> None:
    unreadable(action, {missing: None}, **request_)


@pytest.mark.parametrize(
    ("action", "field"),
    [
        (COMPARE, "Passed"),
        (CROSS, "FacePassed"),
        (DUPLICATION, "FacePassed"),
        (ENROL, "Passed"),
        (DUPLICATION, "FaceAttack"),
    ],
)
@pytest.mark.parametrize("value", ["y", "", "true", True, 1, "T"], ids=repr)
def test_a_verdict_is_y_or_n_and_nothing_else(action: str, field: str, value: object) -> None:
    unreadable(action, {field: value})


@pytest.mark.parametrize(
    "broken", ["[", "null", "{}", "[1]", "nonsense", '[{"faceId":1}]', "[" * 100_000, [{"faceId": "f"}], 7]
)
def test_a_list_of_duplicates_that_cannot_be_read_never_means_no_duplicate(broken: object) -> None:
    unreadable(DUPLICATION, {"DuplicateFace": broken})


@pytest.mark.parametrize(("value", "expected"), [(1, 1), (0, 0), ("1", 1), ("0", 0)])
def test_the_registration_result_is_answered_as_a_number(value: object, expected: int) -> None:
    assert decided(DUPLICATION, {"FaceRegistrationResult": value}).answer["FaceRegistrationResult"] == expected


@pytest.mark.parametrize("value", [2, "2", "yes", "", True, 1.5])
def test_any_other_registration_result_is_unreadable(value: object) -> None:
    unreadable(DUPLICATION, {"FaceRegistrationResult": value})


def test_what_the_documents_and_the_sdk_disagree_on_is_answered_in_one_form() -> None:
    answer = decided(DUPLICATION, {"SubCode": 200, "FaceAge": 31, "FaceGender": "F"}).answer
    assert (answer["SubCode"], answer["FaceAge"], answer["FaceGender"]) == ("200", "31", "F")


@pytest.mark.parametrize("action", samples.ACTIONS)
def test_unknown_fields_are_dropped_and_absent_ones_stay_absent(action: str) -> None:
    answer = decided(action, {"Surprise": {"a": [1]}}).answer
    assert set(answer) - {"Passed"} == set(samples.RESULTS[action]) - {"Passed"}


@pytest.mark.parametrize("action", [COMPARE, CROSS, DUPLICATION])
def test_the_transaction_id_is_kept_for_erasure(action: str) -> None:
    assert decided(action, {}).transaction_id == samples.RESULTS[action]["TransactionId"]


@pytest.mark.parametrize("action", [COMPARE, CROSS, DUPLICATION, ENROL])
def test_no_threshold_is_claimed_where_the_service_tells_none(action: str) -> None:
    assert decided(action, {}).threshold is None


# --- CompareFaces: the caller picks the false accept rate -----------------------------------------------------------


@pytest.mark.parametrize(
    ("rate", "score", "outcome", "threshold"),
    [
        ("0.01", 70.02, "passed", 70.02),
        ("0.01", 70.0199999, "failed", 70.02),
        ("0.001", 80.01, "passed", 80.01),
        ("0.001", 80.0099999, "failed", 80.01),
        ("0.001", 80.0100001, "passed", 80.01),
        ("0.0001", 90.07, "passed", 90.07),
        ("0.0001", 80.01, "failed", 90.07),
        (None, 80.01, "passed", 80.01),
        (None, 80, "failed", 80.01),
    ],
)
def test_the_score_must_reach_the_threshold_of_this_very_answer(
    rate: str | None, score: float, outcome: str, threshold: float
) -> None:
    decision = decided(MAINLAND, {"SimilarityScore": score}, FalseAcceptRate=rate)
    assert (decision.outcome, decision.threshold) == (outcome, threshold)
    assert decision.answer["Passed"] == ("Y" if outcome == "passed" else "N")
    assert (rate or "0.001") in decision.rule


@pytest.mark.parametrize(
    "table",
    [
        "{}",
        "",
        "null",
        "[]",
        "nonsense",
        '{"0.01":"70.02"}',
        '{"0.001":null}',
        '{"0.001":"NaN"}',
        '{"0.001":"high"}',
        '{"0.001":"-1"}',
        '{"0.001":"100.5"}',
        '{"0.001":"80.01","0.01":"NaN"}',
        '{"0.001":[80]}',
        "[" * 100_000,
        {"0.001": "80.01"},
    ],
    ids=lambda table: str(table)[:30],
)
def test_thresholds_that_cannot_be_read_never_let_anybody_pass(table: object) -> None:
    unreadable(MAINLAND, {"SimilarityScore": 100, "ConfidenceThresholds": table})


def test_thresholds_may_be_numbers() -> None:
    assert decided(MAINLAND, {"ConfidenceThresholds": '{"0.001":80.0}'}).outcome == "passed"
