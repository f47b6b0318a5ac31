"""Every recorded event of `events/`, handed to its function by the local Function Compute: nothing in between."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest

from local.recorded import hand_over, read
from tests.cloud import RAW_USER, ROOT, Cloud

ANSWERS = {
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
RESULTS: dict[str, dict[str, Any]] = {
    "enroll-on-upload.oss": {"enrolled": 1},
    "enroll-on-upload.oss.group": {"enrolled": 1},
    "enroll-on-upload.oss.form-upload": {"enrolled": 1},
    "enroll-on-upload.oss.other-keys": {"enrolled": 1},
    "enroll-on-upload.oss.two-records": {"enrolled": 2},
    "enroll-on-upload.oss.poison-record": {"failed": 1, "refused": 1, "enrolled": 1},
    "enroll-on-upload.oss.removed": {"skipped": 1},
    "enroll-on-upload.oss.copied": {"skipped": 1},
    "enroll-on-upload.oss.other-prefix": {"skipped": 1},
    "enroll-on-upload.oss.folder": {"skipped": 1},
    "enroll-on-upload.oss.overwritten": {"overwritten": 1},
    "enroll-on-upload.oss.zero-bytes": {"failed": 1},
    "enroll-on-upload.oss.object-gone": {"failed": 1},
    "enroll-on-upload.oss.no-records": {},
    "dedup-on-signup.mns": {"Outcome": "unique"},
    "dedup-on-signup.mns.registration": {"Outcome": "unique"},
    "dedup-on-signup.mns.unknown-fields": {"Outcome": "unique"},
    "dedup-on-signup.mns.stream-attributes": {"Outcome": "unique"},
    "dedup-on-signup.direct": {"Outcome": "unique"},
    "dedup-on-signup.cloudevent": {"Outcome": "unique"},
    "dedup-on-signup.cloudevent.text-data": {"Outcome": "unique"},
    "dedup-on-signup.mns.not-json": {"Outcome": "failed", "Code": "InvalidParameter"},
    "dedup-on-signup.mns.unknown-version": {"Outcome": "failed", "Code": "UnknownVersion"},
    "dedup-on-signup.mns.no-version": {"Outcome": "failed", "Code": "UnknownVersion"},
    "dedup-on-signup.mns.no-user": {"Outcome": "failed", "Code": "MissingParameter"},
    "dedup-on-signup.mns.no-picture": {"Outcome": "failed", "Code": "MissingParameter"},
    "dedup-on-signup.mns.other-prefix": {"Outcome": "failed", "Code": "InvalidParameter"},
    "dedup-on-signup.timer": {"Outcome": "failed", "Code": "UnknownVersion"},
    "record-failure.destination": {"FailureIds": 1},
    "record-failure.destination.two-records": {"FailureIds": 2},
    "record-failure.destination.aged-out": {"FailureIds": 1},
    "record-failure.destination.timed-out": {"FailureIds": 1},
    "face-compare.async": {"Outcome": "passed"},
}
"""What a function returns whose caller does not wait; of a list, how long it is."""


def test_every_recorded_event_is_expected() -> None:
    assert {path.stem for path in (ROOT / "events").glob("*.json")} == set(ANSWERS) | set(RESULTS)


def handed_over(cloud: Cloud, name: str) -> httpx.Response:
    """Nobody whom the event enrols is left for the searches of other tests to find."""
    function, event = read(ROOT / "events" / f"{name}.json")
    answer = hand_over(cloud.url, function, event)
    for user in set(re.findall(rf"{RAW_USER}[0-9a-z]+", event.decode())):
        assert cloud.client.delete(f"/v1/users/{user}").is_success
    return answer


@pytest.mark.parametrize("name", ANSWERS)
def test_a_recorded_event_is_answered_in_all_four_keys(cloud: Cloud, name: str) -> None:
    result = handed_over(cloud, name).json()
    assert set(result) == {"statusCode", "headers", "isBase64Encoded", "body"}
    assert all(isinstance(value, str) for value in result["headers"].values())
    assert (result["statusCode"], json.loads(result["body"])["Code"]) == ANSWERS[name]


@pytest.mark.parametrize("name", RESULTS)
def test_a_recorded_event_that_nobody_waits_for_comes_to(cloud: Cloud, name: str) -> None:
    answer = handed_over(cloud, name)
    assert "X-Fc-Error-Type" not in answer.headers, answer.text
    result = {key: len(value) if isinstance(value, list) else value for key, value in answer.json().items()}
    result.pop("MerchantBizId", None)
    assert result == RESULTS[name]
