"""What each operation answers, parsed strictly: a score that is missing, not finite or out of range is an error,
never a verdict.

The documents and the SDK disagree on whether some scores are strings or numbers: both are read, numbers are answered.
Fields that the documents mark optional are None when absent. Unknown fields are dropped. Where a field is answered in
another form than it is read, its type's `extra_json_schema` says how it is answered; nothing is validated by that.
"""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

YesNo = Literal["Y", "N"]
Number = float | str
Percentage = Annotated[Number, Meta(extra_json_schema={"type": "number", "minimum": 0, "maximum": 100})]
Similarity = Annotated[Number, Meta(extra_json_schema={"type": "number", "minimum": 0, "maximum": 1})]
Registration = Annotated[int | str, Meta(extra_json_schema={"type": "integer", "enum": [0, 1]})]
Text = Annotated[int | str, Meta(extra_json_schema={"type": "string"})]
_UNREADABLE = (msgspec.DecodeError, RecursionError)


class QualityScores(Struct, frozen=True, omit_defaults=True):
    """Quality of the source picture and, prefixed, of the target picture; the service's own scale."""

    FaceQualityScore: float | None = None
    IlluminationScore: float | None = None
    KaOcclusionScore: float | None = None
    OcclusionScore: float | None = None
    SharpnessScore: float | None = None
    TargetFaceQualityScore: float | None = None
    TargetIlluminationScore: float | None = None
    TargetKaOcclusionScore: float | None = None
    TargetOcclusionScore: float | None = None
    TargetSharpnessScore: float | None = None
    FaceAttributeInfo: Any = None


class FaceCompareResult(Struct, frozen=True, omit_defaults=True):
    """Score 0 to 100. The threshold behind `Passed` is not documented."""

    Passed: YesNo
    FaceComparisonScore: Percentage
    TransactionId: str | None = None
    ExtFaceInfo: QualityScores | None = None


class FaceCrossCompareIntlResult(Struct, frozen=True, omit_defaults=True):
    """Scores 0 to 1; C2A only with CompareModel 1."""

    FacePassed: YesNo
    FaceComparisonScoreA2B: Similarity
    FaceComparisonScoreB2C: Similarity
    FaceComparisonScoreC2A: Similarity | None = None
    TransactionId: str | None = None


class FaceDuplicationCheckIntlResult(Struct, frozen=True, omit_defaults=True):
    """`DuplicateFace` is a JSON string, officially; scores 0 to 100."""

    FacePassed: YesNo
    FaceComparisonScore: Percentage | None = None
    DuplicateFace: str | None = None
    FaceRegistrationResult: Registration | None = None
    FaceRegistrationId: str | None = None
    FaceAttack: YesNo | None = None
    FaceAttackScore: Percentage | None = None
    FaceAge: Text | None = None
    FaceGender: str | None = None
    SubCode: Text | None = None
    TransactionId: str | None = None
    ExtFaceInfo: QualityScores | None = None


class AddFaceRecordResult(Struct, frozen=True, omit_defaults=True):
    """`ExtFaceInfo` is a JSON string such as {"faceQuality":"HIGH"}."""

    Passed: YesNo
    ExtFaceInfo: str | None = None


class CompareFacesResult(Struct, frozen=True, omit_defaults=True):
    """Score 0 to 100; `ConfidenceThresholds` is a JSON string: false accept rate to threshold."""

    SimilarityScore: Percentage
    ConfidenceThresholds: str


class DuplicateFace(Struct, frozen=True):
    """One hit of a search."""

    faceGroupCode: str | None = None
    faceId: str | None = None
    merchantUserId: str | None = None


def number(value: Number, field: str, high: float) -> float:
    """`value` as a finite number from 0 to `high`. Raises ValueError naming the field."""
    try:
        parsed = float(value)
    except ValueError:
        raise ValueError(f"{field} is not a number") from None
    if not math.isfinite(parsed) or not 0 <= parsed <= high:
        raise ValueError(f"{field} is not between 0 and {high:g}")
    return parsed


def duplicates(text: str | None) -> list[DuplicateFace]:
    """The hits in `DuplicateFace`; none when absent or empty. Raises ValueError when it cannot be read."""
    if text is None or not text.strip():
        return []
    try:
        return msgspec.json.decode(text, type=list[DuplicateFace])
    except _UNREADABLE:
        raise ValueError("DuplicateFace is not a list of faces") from None


def thresholds(text: str) -> dict[str, float]:
    """ConfidenceThresholds as false accept rate to threshold, 0 to 100. Raises ValueError when it cannot be read."""
    try:
        table = msgspec.json.decode(text, type=dict[str, Number])
    except _UNREADABLE:
        raise ValueError("ConfidenceThresholds is not an object of thresholds") from None
    return {rate: number(value, "ConfidenceThresholds", 100) for rate, value in table.items()}
