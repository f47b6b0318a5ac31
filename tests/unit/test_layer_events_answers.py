"""What the caller reads: the official envelope, the status, the headers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from facegate.errors import (
    FacegateError,
    IdempotencyConflict,
    NotFound,
    RequestError,
    StillInProgress,
)
from facegate.events import answers
from facegate.events.answers import HttpAnswer
from facegate.ledger.errors import LedgerError
from facegate.pictures.errors import PictureTooLarge, UnsupportedFormat
from facegate.verification.errors import ServiceRefused, ServiceTimedOut
from tests.unit import layer_samples as samples

MAINLAND = {
    "operation": "CompareFaces",
    "scores": {"SimilarityScore": 80.0},
    "answer": {"SimilarityScore": 80.0, "ConfidenceThresholds": "{}", "Passed": "N"},
    "outcome": "failed",
}
REFUSED = {"code": "NoFaceDetected", "http_status": 422, "message": "no face", "outcome": "refused", "answer": {}}


def test_an_event_result_always_has_all_four_keys() -> None:
    made = HttpAnswer(422, {"Code": "x", "Message": "中"}, {"Retry-After": "2"}).as_event_result()
    assert made == {
        "statusCode": 422,
        "headers": {"Content-Type": "application/json", "Cache-Control": "no-store", "Retry-After": "2"},
        "isBase64Encoded": False,
        "body": '{"Code":"x","Message":"中"}',
    }


@pytest.mark.parametrize("replayed", [False, True])
def test_an_international_decision_comes_in_its_envelope(replayed: bool) -> None:
    made = answers.decided(samples.record(), request_id="r-1", replayed=replayed)
    assert (made.status, made.headers) == (200, {"Idempotency-Replayed": "true"} if replayed else {})
    assert made.body == {
        "RequestId": "service-1",
        "Code": "Success",
        "Message": "success",
        "Result": {"Passed": "Y", "FaceComparisonScore": 91.5},
        "MerchantBizId": samples.BIZ_ID,
        "MerchantUserId": samples.PSEUDONYM,
    }


def test_compare_faces_has_its_own_envelope() -> None:
    made = answers.decided(samples.record(**MAINLAND, user=None), request_id="r-1", replayed=False)
    assert made.body == {
        "RequestId": "service-1",
        "Code": "Success",
        "Message": "success",
        "Success": True,
        "Data": MAINLAND["answer"],
        "MerchantBizId": samples.BIZ_ID,
    }


@pytest.mark.parametrize("changes", [{}, MAINLAND])
def test_a_refusal_that_is_replayed_has_no_result(changes: dict[str, Any]) -> None:
    made = answers.decided(samples.record(**{**changes, **REFUSED}), request_id="r-1", replayed=True)
    assert (made.status, made.body["Code"], made.body["Message"]) == (422, "NoFaceDetected", "no face")
    assert not {"Result", "Data"} & set(made.body)
    assert made.body.get("Success") == (False if changes else None)


def test_without_a_request_id_of_the_service_there_is_ours() -> None:
    assert answers.decided(samples.record(request_id=None), request_id="r-1", replayed=False).body["RequestId"] == "r-1"


@pytest.mark.parametrize(
    ("error", "status", "code", "retry_after"),
    [
        (RequestError("m"), 400, "InvalidParameter", None),
        (RequestError("m", code="DataDuplication"), 400, "DataDuplication", None),
        (NotFound("m"), 404, "NotFound", None),
        (IdempotencyConflict("m"), 409, "IdempotencyConflict", None),
        (StillInProgress("m", retry_after=2), 409, "RequestInProgress", "2"),
        (PictureTooLarge("m"), 413, "ToolargeImage", None),
        (UnsupportedFormat("HEIC"), 415, "UnsupportedImageFormat", None),
        (ServiceRefused("NoFaceDetected", 401), 422, "NoFaceDetected", None),
        (ServiceRefused("DownloadTimeout", 401), 424, "DownloadTimeout", None),
        (ServiceRefused("Throttling.Api", 403, retry_after_ms=1_500), 429, "Throttling.Api", "2"),
        (ServiceTimedOut("m"), 504, "ServiceTimedOut", None),
        (LedgerError("m"), 503, "LedgerUnavailable", "1"),
        (FacegateError("m"), 500, "InternalError", None),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_an_error_is_a_status_a_code_a_sentence_and_when_to_come_back(
    error: FacegateError, status: int, code: str, retry_after: str | None
) -> None:
    made = answers.refused(error, "r-1", samples.BIZ_ID)
    assert (made.status, made.headers) == (status, {"Retry-After": retry_after} if retry_after else {})
    assert made.body == {
        "RequestId": "r-1",
        "Code": code,
        "Message": error.message,
        "MerchantBizId": samples.BIZ_ID,
    }


def test_a_refused_format_is_named() -> None:
    assert "HEIC" in answers.refused(UnsupportedFormat("HEIC"), "r-1").body["Message"]


def test_a_refusal_of_the_service_carries_its_request_id() -> None:
    error = ServiceRefused("InternalError", 500, request_id="service-9")
    assert answers.refused(error, "r-1").body["RequestId"] == "service-9"


def test_before_there_is_an_id_none_is_answered() -> None:
    assert "MerchantBizId" not in answers.refused(RequestError("m"), "r-1").body


def test_an_accepted_request_says_where_its_result_will_be() -> None:
    made = answers.accepted(samples.BIZ_ID, "r-1")
    assert (made.status, made.body["Code"]) == (202, "Accepted")
    assert made.headers["Location"] == f"/v1/results/{samples.BIZ_ID}"


def test_a_stored_decision_shows_how_it_came_about() -> None:
    shown = answers.stored(samples.record())
    assert shown == {
        "Operation": "FaceCompare",
        "Outcome": "passed",
        "Rule": "Passed, as the service decided",
        "Code": "Success",
        "HttpStatus": 200,
        "Scores": {"FaceComparisonScore": 91.5},
        "Result": {"Passed": "Y", "FaceComparisonScore": 91.5},
        "RequestId": "service-1",
        "TransactionId": "t-1",
        "PictureSha256": {"SourceFacePicture": "a" * 64, "TargetFacePicture": "url"},
        "Source": "http",
        "Attempts": 1,
        "StartedAt": samples.record().started_at_ms,
        "DecidedAt": samples.record().decided_at_ms,
        "MerchantBizId": samples.BIZ_ID,
        "MerchantUserId": samples.PSEUDONYM,
    }
    assert json.dumps(shown)


def test_a_stored_refusal_has_no_result_and_a_stored_comparison_of_the_mainland_its_threshold() -> None:
    assert "Result" not in answers.stored(samples.record(**REFUSED))
    shown = answers.stored(samples.record(**MAINLAND, threshold=80.01))
    assert (shown["Threshold"], shown["Data"]) == (80.01, MAINLAND["answer"])
