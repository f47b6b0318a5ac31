"""Pictures compared with each other: FaceCompare, FaceCrossCompareIntl and CompareFaces."""

from __future__ import annotations

import json

import pytest
from PIL import Image

from tests.functional.local_id_verification.calls import REQUEST_ID, compare_faces, cross_compare, face_compare
from tests.functional.local_id_verification.pictures import encode, photo, picture, text
from tests.functional.local_id_verification.service import Service


@pytest.mark.parametrize(
    ("source", "target", "passed"),
    [
        ("obama.jpg", "obama.jpg", "Y"),
        ("obama.jpg", "obama2.jpg", "Y"),
        ("obama2.jpg", "obama3.jpg", "Y"),
        ("obama3.jpg", "obama_partial_face.jpg", "Y"),
        ("obama_partial_face.jpg", "obama_partial_face2.jpg", "Y"),
        ("obama.jpg", "biden.jpg", "N"),
        ("biden.jpg", "obama3.jpg", "N"),
    ],
)
def test_face_compare_tells_people_apart(service: Service, source: str, target: str, passed: str) -> None:
    body = face_compare(service, source_face_picture=photo(source), target_face_picture=photo(target))
    assert (body.code, body.message, body.result.passed) == ("Success", "success", passed)
    assert REQUEST_ID.fullmatch(body.request_id)
    score = body.result.face_comparison_score
    assert isinstance(score, float)
    assert 90 < score <= 100 if passed == "Y" else 0 <= score < 60


def test_a_png_is_as_good_as_a_jpeg(service: Service) -> None:
    png = text(encode(picture("obama.jpg").resize((480, 640)).quantize(64), "PNG"))
    assert face_compare(service, source_face_picture=png).result.passed == "Y"


def test_the_largest_face_counts(service: Service) -> None:
    crowd = Image.new("RGB", (1080, 960))
    crowd.paste(picture("obama.jpg"), (0, 0))
    crowd.paste(picture("biden.jpg").resize((360, 818)), (720, 0))
    source = text(encode(crowd))
    assert face_compare(service, source_face_picture=source).result.passed == "Y"
    other = face_compare(service, source_face_picture=source, target_face_picture=photo("biden.jpg"))
    assert other.result.passed == "N"


@pytest.mark.parametrize(
    ("pictures", "model", "passed", "pairs"),
    [
        (("obama.jpg", "obama2.jpg", "obama3.jpg"), None, "Y", {"a2b", "b2c"}),
        (("obama.jpg", "obama2.jpg", "obama3.jpg"), "1", "Y", {"a2b", "b2c", "c2a"}),
        (("obama.jpg", "obama2.jpg", "biden.jpg"), "0", "N", {"a2b"}),
        (("biden.jpg", "obama2.jpg", "obama3.jpg"), "1", "N", {"b2c"}),
        (("obama.jpg", "biden.jpg", "obama3.jpg"), "1", "N", {"c2a"}),
    ],
)
def test_face_cross_compare(
    service: Service, pictures: tuple[str, str, str], model: str | None, passed: str, pairs: set[str]
) -> None:
    result = cross_compare(service, *pictures, compare_model=model)
    scores = {pair: getattr(result, f"face_comparison_score_{pair}") for pair in ("a2b", "b2c", "c2a")}
    assert result.face_passed == passed
    assert (scores["c2a"] is None) == (model != "1")
    assert {pair for pair, score in scores.items() if score is not None and 0.9 < score <= 1} == pairs


@pytest.mark.parametrize(("target", "alike"), [("obama3.jpg", True), ("biden.jpg", False)])
def test_compare_faces_leaves_the_verdict_to_the_caller(service: Service, target: str, alike: bool) -> None:
    answer = compare_faces(service, TargetImageValue="base64://" + photo(target))
    body = answer["body"]
    assert (body["Code"], body["Success"]) == ("200", True)
    assert body.keys() == {"RequestId", "Code", "Message", "Success", "Data"}
    assert answer["headers"]["x-acs-request-id"] == body["RequestId"]
    thresholds = json.loads(body["Data"]["ConfidenceThresholds"])
    assert thresholds == {"0.0001": "90.07", "0.001": "80.01", "0.01": "70.02"}
    assert all((body["Data"]["SimilarityScore"] >= float(value)) == alike for value in thresholds.values())
