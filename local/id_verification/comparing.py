"""1:1 comparison: FaceCompare, FaceCrossCompareIntl and CompareFaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.id_verification.answers import json_text
from local.id_verification.errors import ServiceError
from local.id_verification.scores import CONFIDENCE_THRESHOLDS, distance, is_same_person, similarity

if TYPE_CHECKING:
    from local.id_verification.calling import Call, Payload


def yes_no(passed: bool) -> str:
    return "Y" if passed else "N"


async def face_compare(call: Call) -> Payload:
    """FaceComparisonScore is a number of 0 to 100, as the SDK declares it (the document says string)."""
    source, target = await call.faces("SourceFacePicture", "TargetFacePicture")
    apart = distance(source, target)
    return {
        "Result": {
            "TransactionId": call.records.new_transaction(),
            "Passed": yes_no(is_same_person(apart)),
            "FaceComparisonScore": round(similarity(apart), 2),
        }
    }


async def face_cross_compare(call: Call) -> Payload:
    """Scores are 0 to 1. CompareModel 0 compares A:B and B:C, 1 also C:A.

    Without the third comparison its score is absent (unconfirmed). FacePassed says that every pair that was
    compared is of one person.
    """
    a, b, c = await call.faces("SourceAFacePicture", "SourceBFacePicture", "SourceCFacePicture")
    pairs = {"A2B": (a, b), "B2C": (b, c), "C2A": (c, a)}
    if call.parameters["CompareModel"] == "0":
        del pairs["C2A"]
    apart = {name: distance(*pair) for name, pair in pairs.items()}
    return {
        "Result": {
            "TransactionId": call.records.new_transaction(),
            "FacePassed": yes_no(all(map(is_same_person, apart.values()))),
            **{f"FaceComparisonScore{name}": round(similarity(d) / 100, 4) for name, d in apart.items()},
        }
    }


async def compare_faces(call: Call) -> Payload:
    """No verdict: the caller picks a false accept rate from ConfidenceThresholds, a JSON string."""
    types = {call.parameters["SourceImageType"], call.parameters["TargetImageType"]}
    if "FacePic" not in types:
        raise ServiceError("InvalidParam.FacePicNotGiven")
    source, target = await call.faces("SourceImageValue", "TargetImageValue")
    return {
        "Data": {
            "SimilarityScore": round(similarity(distance(source, target)), 4),
            "ConfidenceThresholds": json_text(CONFIDENCE_THRESHOLDS),
        }
    }
