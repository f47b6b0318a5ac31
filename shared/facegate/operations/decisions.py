"""From a service's result to a decision: what was decided, by which rule, on which scores. One function per operation.

The result's own verdict is taken where it has one. Nothing here guesses: what cannot be read raises ValueError.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from facegate.operations import requests, results

Outcome = Literal["passed", "failed", "duplicate", "unique", "attack", "enrolled", "not-enrolled", "refused"]
"""`refused`: the pictures or the request were unfit, and the same input would be refused again."""


class Decision(msgspec.Struct, frozen=True):
    """`scores` are on the official scale of the operation; `answer` is the official result object, its scores as
    numbers. `threshold` is None where the service does not tell the one behind its verdict.
    """

    outcome: Outcome
    rule: str
    answer: dict[str, Any]
    scores: dict[str, float] = msgspec.field(default_factory=dict)
    threshold: float | None = None
    transaction_id: str | None = None


def face_compare(_: requests.FaceCompareRequest, result: results.FaceCompareResult) -> Decision:
    scores = {"FaceComparisonScore": results.number(result.FaceComparisonScore, "FaceComparisonScore", 100)}
    return Decision(
        outcome=_verdict(result.Passed),
        rule="Passed, as the service decided",
        scores=scores,
        answer=_answer(result, scores),
        transaction_id=result.TransactionId,
    )


def face_cross_compare(
    request: requests.FaceCrossCompareIntlRequest, result: results.FaceCrossCompareIntlResult
) -> Decision:
    pairs = {"A2B": result.FaceComparisonScoreA2B, "B2C": result.FaceComparisonScoreB2C}
    if result.FaceComparisonScoreC2A is not None:
        pairs["C2A"] = result.FaceComparisonScoreC2A
    elif request.CompareModel == "1":
        raise ValueError("FaceComparisonScoreC2A is missing")
    scores = {
        f"FaceComparisonScore{pair}": results.number(score, f"FaceComparisonScore{pair}", 1)
        for pair, score in pairs.items()
    }
    return Decision(
        outcome=_verdict(result.FacePassed),
        rule="FacePassed, as the service decided over " + ", ".join(pairs),
        scores=scores,
        answer=_answer(result, scores),
        transaction_id=result.TransactionId,
    )


def face_duplication_check(
    request: requests.FaceDuplicationCheckIntlRequest, result: results.FaceDuplicationCheckIntlResult
) -> Decision:
    """A hit or sub-code 233 is a duplicate, sub-code 205 or FaceAttack an attack; else FacePassed decides."""
    scores = {
        name: results.number(value, name, 100)
        for name, value in (
            ("FaceComparisonScore", result.FaceComparisonScore),
            ("FaceAttackScore", result.FaceAttackScore),
        )
        if value is not None
    }
    outcome, rule = _duplication_outcome(request, result)
    # Whether an attack or a duplicate still gets its 1:1 score is unconfirmed; a verdict on FacePassed needs it.
    decided_by_comparison = outcome in ("passed", "unique", "failed") and request.VerifyModel != "0"
    if decided_by_comparison and "FaceComparisonScore" not in scores:
        raise ValueError("FaceComparisonScore is missing")
    answer = _answer(result, scores)
    if "FaceRegistrationResult" in answer:
        answer["FaceRegistrationResult"] = _registration(answer["FaceRegistrationResult"])
    for name in ("SubCode", "FaceAge"):
        if name in answer:
            answer[name] = str(answer[name])
    return Decision(outcome, rule, answer, scores, None, result.TransactionId)


def _duplication_outcome(
    request: requests.FaceDuplicationCheckIntlRequest, result: results.FaceDuplicationCheckIntlResult
) -> tuple[Outcome, str]:
    hits, sub_code = results.duplicates(result.DuplicateFace), str(result.SubCode)
    if result.FaceAttack == "Y" or sub_code == "205":
        return "attack", "passive liveness detection (FaceAttack or SubCode 205)"
    if hits or sub_code == "233":
        return "duplicate", "a face in the groups is similar (DuplicateFace or SubCode 233)"
    passed: Outcome = "passed" if request.VerifyModel == "1" else "unique"
    return (passed if result.FacePassed == "Y" else "failed"), "FacePassed, as the service decided"


def add_face_record(_: requests.AddFaceRecordRequest, result: results.AddFaceRecordResult) -> Decision:
    return Decision(
        outcome="enrolled" if result.Passed == "Y" else "not-enrolled",
        rule="Passed, as the service decided",
        answer=_answer(result, {}),
    )


def compare_faces(request: requests.CompareFacesRequest, result: results.CompareFacesResult) -> Decision:
    """The service gives no verdict: the score must reach the threshold of the asked false accept rate in this very
    answer.
    """
    scores = {"SimilarityScore": results.number(result.SimilarityScore, "SimilarityScore", 100)}
    threshold = results.thresholds(result.ConfidenceThresholds).get(request.FalseAcceptRate)
    if threshold is None:
        raise ValueError(f"ConfidenceThresholds has none for the false accept rate {request.FalseAcceptRate}")
    passed = scores["SimilarityScore"] >= threshold
    return Decision(
        outcome="passed" if passed else "failed",
        rule=f"SimilarityScore reaches the threshold of false accept rate {request.FalseAcceptRate}",
        scores=scores,
        answer={**_answer(result, scores), "Passed": "Y" if passed else "N"},
        threshold=threshold,
    )


def _verdict(passed: str) -> Outcome:
    return "passed" if passed == "Y" else "failed"


def _answer(result: msgspec.Struct, scores: dict[str, float]) -> dict[str, Any]:
    answer: dict[str, Any] = msgspec.to_builtins(result)
    return {**answer, **scores}


def _registration(value: int | str) -> int:
    if str(value) not in ("0", "1"):
        raise ValueError("FaceRegistrationResult is neither 0 nor 1")
    return int(value)
