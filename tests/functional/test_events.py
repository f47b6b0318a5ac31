"""Every recorded event of `events/`, handed to its function by the local Function Compute: nothing in between."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from local.recorded import invoke
from tests.cloud import ROOT, Cloud

EXPECTED = {
    "face-compare.http": (200, "Success"),
    "face-compare.apigw": (200, "Success"),
    "face-cross-compare.http": (200, "Success"),
    "face-cross-compare.apigw": (200, "Success"),
    "face-duplication-check.http": (200, "Success"),
    "face-duplication-check.apigw": (200, "Success"),
    "add-face-record.http": (200, "Success"),
    "add-face-record.apigw": (200, "Success"),
    "compare-faces.http": (200, "Success"),
    "compare-faces.apigw": (200, "Success"),
    "results.http": (404, "NotFound"),
    "results.apigw": (404, "NotFound"),
    "results.http.user": (200, "Success"),
    "erasure.http": (200, "Success"),
    "erasure.apigw": (200, "Success"),
    "face-compare.http.multipart": (422, "NoFaceDetected"),
    "face-compare.apigw.multipart": (422, "NoFaceDetected"),
    "face-compare.apigw.boolean-flag": (400, "MissingParameter"),
    "face-compare.http.lower-case-headers": (400, "MissingParameter"),
    "face-compare.http.broken-flag": (400, "InvalidParameter"),
    "face-compare.http.no-body": (400, "InvalidParameter"),
    "face-compare.timer": (400, "InvalidParameter"),
}


def test_every_recorded_event_is_expected() -> None:
    assert {path.stem for path in (ROOT / "events").glob("*.json")} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_recorded_event_is_answered_in_all_four_keys(cloud: Cloud, name: str) -> None:
    result = invoke(cloud.url, Path(ROOT / "events" / f"{name}.json")).json()
    assert set(result) == {"statusCode", "headers", "isBase64Encoded", "body"}
    assert all(isinstance(value, str) for value in result["headers"].values())
    assert (result["statusCode"], json.loads(result["body"])["Code"]) == EXPECTED[name]
