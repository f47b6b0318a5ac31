"""Each operation's decisions, on real photographs, through both kinds of HTTP event."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cloud import (
    Cloud,
    compare_faces,
    cross_compare,
    enrol,
    face_compare,
    new_id,
    photo_bytes,
    raw_user,
    search,
)

BOTH = pytest.mark.parametrize("via", ["", "/apigw"], ids=["http-trigger", "api-gateway"])


@BOTH
@pytest.mark.parametrize(("target", "passed"), [("obama2", "Y"), ("biden", "N")])
def test_face_compare_tells_one_person_from_two(cloud: Cloud, via: str, target: str, passed: str) -> None:
    answer = cloud.post("face-compare", face_compare("obama", target), via=via)
    body = answer.json()
    assert answer.status_code == 200
    assert set(body) == {"RequestId", "Code", "Message", "Result", "MerchantBizId"}
    assert (body["Code"], body["Result"]["Passed"]) == ("Success", passed)
    assert isinstance(body["Result"]["FaceComparisonScore"], float)
    assert 0 <= body["Result"]["FaceComparisonScore"] <= 100


@pytest.mark.parametrize(
    ("model", "people", "passed", "pairs"),
    [
        ("0", ("obama", "obama2", "obama3"), "Y", {"A2B", "B2C"}),
        ("1", ("obama", "obama2", "obama3"), "Y", {"A2B", "B2C", "C2A"}),
        ("0", ("obama", "obama2", "biden"), "N", {"A2B", "B2C"}),
        ("1", ("obama", "biden", "collins"), "N", {"A2B", "B2C", "C2A"}),
    ],
)
@BOTH
def test_cross_compare_by_chain_and_by_circle(
    cloud: Cloud, via: str, model: str, people: tuple[str, str, str], passed: str, pairs: set[str]
) -> None:
    answer = cloud.post("face-cross-compare", cross_compare(*people, CompareModel=model), via=via)
    result = answer.json()["Result"]
    assert result["FacePassed"] == passed
    scores = {name: value for name, value in result.items() if name.startswith("FaceComparisonScore")}
    assert set(scores) == {f"FaceComparisonScore{pair}" for pair in pairs}
    assert all(isinstance(score, float) and 0 <= score <= 1 for score in scores.values())


@BOTH
def test_enrolment_then_a_duplicate_of_another_photograph_and_none_of_somebody_else(cloud: Cloud, via: str) -> None:
    user, group = raw_user(), "members" if via else "staff"
    enrolled = cloud.post("add-face-record", enrol(user, "obama", FaceGroupCode=group), via=via).json()
    pseudonym = enrolled["MerchantUserId"]
    assert enrolled["Result"]["Passed"] == "Y"
    assert [row["FaceGroupCode"] for row in cloud.records(pseudonym)] == [group]

    hit = cloud.post("face-duplication-check", search("obama3", FaceGroupCodes=group, ReturnFaces="5"), via=via).json()
    miss = cloud.post("face-duplication-check", search("biden", FaceGroupCodes=group), via=via).json()
    faces: list[dict[str, Any]] = json.loads(hit["Result"]["DuplicateFace"])
    assert pseudonym in {face["merchantUserId"] for face in faces}
    assert hit["Result"]["SubCode"] == "233"
    assert "DuplicateFace" not in miss["Result"]
    assert miss["Result"]["FacePassed"] == "Y"
    cloud.client.delete(f"/v1/users/{user}")


@pytest.mark.parametrize(
    ("choice", "registers"), [(True, True), ("0", True), (False, False), ("1", False), (None, False)]
)
def test_auto_registration_registers_only_when_asked(cloud: Cloud, choice: bool | str | None, registers: bool) -> None:
    user = raw_user()
    fields = search("collins", MerchantUserId=user, AutoRegistration=choice)
    body = cloud.post("face-duplication-check", fields).json()
    assert body["Code"] == "Success", body
    assert ("FaceRegistrationId" in body["Result"]) is registers
    assert len(cloud.records(body["MerchantUserId"])) == int(registers)
    cloud.client.delete(f"/v1/users/{user}")


@pytest.mark.parametrize(
    ("model", "target", "passed"), [("1", "obama2", "Y"), ("1", "biden", "N"), ("2", "obama2", "Y")]
)
def test_duplication_check_compares_with_a_reference(cloud: Cloud, model: str, target: str, passed: str) -> None:
    fields = search("obama", VerifyModel=model, TargetFacePicture=face_compare("obama", target)["TargetFacePicture"])
    result = cloud.post("face-duplication-check", fields).json()["Result"]
    assert result["FacePassed"] == passed
    assert isinstance(result["FaceComparisonScore"], float)


def test_an_attack_is_neither_a_pass_nor_a_duplicate(cloud: Cloud) -> None:
    biz_id = new_id()
    fields = search("collins", MerchantBizId=biz_id, Liveness="1", SceneCode="attack")
    result = cloud.post("face-duplication-check", fields).json()["Result"]
    assert (result["FaceAttack"], result["SubCode"], result["FacePassed"]) == ("Y", "205", "N")
    assert isinstance(result["FaceAttackScore"], float)
    assert cloud.stored(biz_id)["Outcome"] == "attack"


@BOTH
@pytest.mark.parametrize(
    ("target", "rate", "passed"),
    [("obama2", "0.01", "Y"), ("obama2", "0.001", "Y"), ("obama2", None, "Y"), ("biden", "0.01", "N")],
)
def test_compare_faces_judges_by_the_threshold_of_its_own_answer(
    cloud: Cloud, via: str, target: str, rate: str | None, passed: str
) -> None:
    biz_id = new_id()
    fields = compare_faces("obama", target, FalseAcceptRate=rate, MerchantBizId=biz_id)
    body = cloud.post("compare-faces", fields, via=via).json()
    assert set(body) == {"RequestId", "Code", "Message", "Success", "Data", "MerchantBizId"}
    thresholds = json.loads(body["Data"]["ConfidenceThresholds"])
    assert body["Data"]["Passed"] == passed
    assert (body["Data"]["SimilarityScore"] >= float(thresholds[rate or "0.001"])) is (passed == "Y")
    assert cloud.stored(biz_id)["Threshold"] == float(thresholds[rate or "0.001"])


@BOTH
@pytest.mark.parametrize("header", [False, True], ids=["file part", "text part with data: header"])
def test_multipart_bodies_are_read_like_json(cloud: Cloud, via: str, header: bool) -> None:
    biz_id, json_body = new_id(), face_compare("obama", "obama2")
    files: dict[str, Any] = {"SourceFacePicture": ("a.jpg", photo_bytes("obama"), "image/jpeg")}
    if header:
        files["TargetFacePicture"] = (None, "data:image/jpeg;base64," + json_body["TargetFacePicture"])
    else:
        files["TargetFacePicture"] = ("b.jpg", photo_bytes("obama2"), "image/jpeg")
    answer = cloud.client.post(f"{via}/v1/face-compare", data={"MerchantBizId": biz_id}, files=files)
    assert answer.json()["Result"]["Passed"] == "Y"
    replay = cloud.post("face-compare", {**json_body, "MerchantBizId": biz_id})
    assert replay.headers["Idempotency-Replayed"] == "true"


def test_a_picture_may_be_a_url_that_only_the_service_downloads(cloud: Cloud) -> None:
    """The local service finds nobody listening there, and the answer does not say where."""
    fields = {"SourceFacePictureUrl": "http://127.0.0.1:9/a.jpg?signature=SECRETQUERY", **face_compare()}
    del fields["SourceFacePicture"]
    answer = cloud.post("face-compare", fields)
    assert (answer.status_code, answer.json()["Code"]) == (424, "DownloadTimeout")


@pytest.mark.parametrize("turned", [3, 6, 8])
def test_a_turned_photograph_is_set_upright_before_it_is_sent(cloud: Cloud, turned: int) -> None:
    """The local service ignores orientation tags, so only the layer can make these pass."""
    import base64
    import io

    from PIL import Image

    image = Image.open(io.BytesIO(photo_bytes("obama")))
    stored_as = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}[turned]
    exif = Image.Exif()
    exif[0x0112] = turned
    out = io.BytesIO()
    image.transpose(stored_as).save(out, "JPEG", quality=95, exif=exif)
    fields = {**face_compare(), "SourceFacePicture": base64.b64encode(out.getvalue()).decode()}
    assert cloud.post("face-compare", fields).json()["Result"]["Passed"] == "Y"
