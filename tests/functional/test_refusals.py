"""What a caller can get wrong: a documented status and code, one sentence, and neither a call nor a bill."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx
import pytest

from tests.cloud import Cloud, compare_faces, cross_compare, drawn, enrol, face_compare, new_id, photo, raw_user, search

JSON = {"Content-Type": "application/json"}


def without(fields: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in names}


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


# ruff: noqa: E501 - a table reads best with one row a line
FIELDS: list[tuple[str, dict[str, Any], int, str, str]] = [
    ("face-compare", without(face_compare(), "TargetFacePicture"), 400, "MissingParameter", "TargetFacePicture"),
    ("face-compare", {**face_compare(), "SourceFacePictureUrl": "https://a.example/1.jpg"}, 400, "DataDuplication", "SourceFacePicture"),
    ("face-compare", face_compare(SourceFacePicture="not base64!"), 400, "InvalidParameter", "SourceFacePicture"),
    ("face-compare", face_compare(SourceFacePicture=17), 400, "InvalidParameter", "SourceFacePicture"),
    ("face-compare", face_compare(SourceFacePicture=""), 400, "MissingParameter", "SourceFacePicture"),
    ("face-compare", face_compare(MerchantBizId="with-a-dash"), 400, "InvalidParameter", "MerchantBizId"),
    ("face-compare", face_compare(MerchantBizId="x" * 33), 400, "InvalidParameter", "MerchantBizId"),
    ("face-compare", face_compare(MerchantBizId=12), 400, "InvalidParameter", "MerchantBizId"),
    ("face-compare", face_compare(FaceQualityCheck="yes"), 400, "InvalidParameter", "FaceQualityCheck"),
    ("face-compare", face_compare(SourceFacePictur="x"), 400, "InvalidParameter", "SourceFacePictur"),
    ("face-compare", face_compare(ProductCode="FACE_ENROLL"), 400, "InvalidParameter", "ProductCode"),
    ("face-compare", face_compare(MerchantUserId=""), 400, "MissingParameter", "MerchantUserId"),
    ("face-compare", face_compare(MerchantUserId="u" * 257), 400, "InvalidParameter", "MerchantUserId"),
    ("face-cross-compare", without(cross_compare(), "SourceCFacePicture"), 400, "MissingParameter", "SourceCFacePicture"),
    ("face-cross-compare", cross_compare(CompareModel="2"), 400, "InvalidParameter", "CompareModel"),
    ("face-cross-compare", cross_compare(MerchantBizId="short"), 400, "InvalidParameter", "MerchantBizId"),
    ("face-duplication-check", without(search(), "MerchantUserId"), 400, "MissingParameter", "MerchantUserId"),
    ("face-duplication-check", without(search(), "VerifyModel"), 400, "MissingParameter", "VerifyModel"),
    ("face-duplication-check", search(VerifyModel="3"), 400, "InvalidParameter", "VerifyModel"),
    ("face-duplication-check", search(VerifyModel="1"), 400, "MissingParameter", "TargetFacePicture"),
    ("face-duplication-check", search(TargetFacePicture=photo("biden")), 400, "InvalidParameter", "TargetFacePicture"),
    ("face-duplication-check", search(FaceGroupCodes="members,strangers"), 400, "InvalidParameter", "FaceGroupCodes"),
    ("face-duplication-check", search(FaceGroupCodes="members，staff"), 400, "InvalidParameter", "FaceGroupCodes"),
    ("face-duplication-check", search(AutoRegistration="yes"), 400, "InvalidParameter", "AutoRegistration"),
    ("face-duplication-check", search(AutoRegistration=0), 400, "InvalidParameter", "AutoRegistration"),
    ("face-duplication-check", search(FaceRegisterGroupCode="members"), 400, "InvalidParameter", "FaceRegisterGroupCode"),
    ("face-duplication-check", search(ReturnFaces="6"), 400, "InvalidParameter", "ReturnFaces"),
    ("face-duplication-check", search(ReturnFaces=3), 400, "InvalidParameter", "ReturnFaces"),
    ("face-duplication-check", search(Liveness="on"), 400, "InvalidParameter", "Liveness"),
    ("add-face-record", {"FacePicture": photo("obama")}, 400, "MissingParameter", "MerchantUserId"),
    ("add-face-record", enrol("raw-user-x", FaceGroupCode="strangers"), 400, "InvalidParameter", "FaceGroupCode"),
    ("add-face-record", {"MerchantUserId": "raw-user-x"}, 400, "MissingParameter", "FacePicture"),
    ("add-face-record", {"MerchantUserId": "raw-user-x", "FacePictureUrl": "ftp://a.example/1.jpg"}, 400, "InvalidParameter", "FacePictureUrl"),
    ("add-face-record", {"MerchantUserId": "raw-user-x", "FacePictureUrl": "https://u:p@a.example/1.jpg"}, 400, "InvalidParameter", "FacePictureUrl"),
    ("compare-faces", without(compare_faces(), "SourceImageType"), 400, "InvalidParam.ImageTypeEmpty", "SourceImageType"),
    ("compare-faces", compare_faces(SourceImageType=""), 400, "InvalidParam.ImageTypeEmpty", "SourceImageType"),
    ("compare-faces", compare_faces(TargetImageType="Selfie"), 400, "InvalidParam.ImageTypeInvalid", "TargetImageType"),
    ("compare-faces", compare_faces(SourceImageType="IDPic", TargetImageType="IDPic"), 400, "InvalidParam.FacePicNotGiven", "FacePic"),
    ("compare-faces", without(compare_faces(), "TargetImageValue"), 400, "InvalidParam.ParamMissing", "TargetImageValue"),
    ("compare-faces", compare_faces(SourceImageValue="file:///etc/passwd"), 400, "InvalidParam.ImageValuePatternError", "SourceImageValue"),
    ("compare-faces", compare_faces(FalseAcceptRate="0.1"), 400, "InvalidParameter", "FalseAcceptRate"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("operation", "fields", "status", "code", "named"),
    FIELDS,
    ids=[f"{row[0]}-{row[4]}-{number}" for number, row in enumerate(FIELDS)],
)
def test_a_broken_field_is_named_with_its_rule(
    cloud: Cloud, operation: str, fields: dict[str, Any], status: int, code: str, named: str
) -> None:
    calls = cloud.client.get("/_local/calls").json()
    answer = cloud.post(operation, fields)
    body = answer.json()
    assert (answer.status_code, body["Code"]) == (status, code), body
    assert named in body["Message"]
    envelope = {"RequestId", "Code", "Message"} | ({"Success"} if operation == "compare-faces" else set())
    assert set(body) - {"MerchantBizId"} == envelope
    assert cloud.client.get("/_local/calls").json() == calls


PICTURES: list[tuple[str, bytes, int, str, str]] = [
    ("too small", drawn(64, 64), 422, "UnqualifiedPhoto", "pixels"),
    ("a strip", drawn(5000, 250), 422, "UnqualifiedPhoto", ""),
    ("truncated", drawn(720, 960)[:9000], 422, "UnqualifiedPhoto", ""),
    ("GIF", drawn(400, 500, "GIF"), 415, "UnsupportedImageFormat", "GIF"),
    ("WebP", drawn(400, 500, "WEBP"), 415, "UnsupportedImageFormat", "WebP"),
    ("HEIC", b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(400), 415, "UnsupportedImageFormat", "HEIC"),
    ("HTML", b"<!doctype html><html></html>" + bytes(100), 415, "UnsupportedImageFormat", "HTML"),
    ("noise", bytes(range(256)) * 10, 415, "UnsupportedImageFormat", "unknown"),
    ("too many bytes", drawn(640, 480) + bytes(20 * 1024 * 1024), 413, "ToolargeImage", "bytes"),
    ("too many pixels", drawn(7000, 6000, "PNG"), 413, "ToolargeImage", "pixels"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "status", "code", "said"), [row[1:] for row in PICTURES], ids=[r[0] for r in PICTURES]
)
def test_an_unusable_picture_is_refused_before_the_call_and_may_be_replaced(
    cloud: Cloud, data: bytes, status: int, code: str, said: str
) -> None:
    biz_id, calls = new_id(), cloud.calls("FaceCompare")
    answer = cloud.post("face-compare", face_compare(SourceFacePicture=b64(data), MerchantBizId=biz_id))
    body = answer.json()
    assert (answer.status_code, body["Code"]) == (status, code), body
    assert "SourceFacePicture" in body["Message"]
    assert said in body["Message"]
    assert cloud.calls("FaceCompare") == calls
    assert cloud.client.get(f"/v1/results/{biz_id}").status_code == 404
    again = cloud.post("face-compare", face_compare(MerchantBizId=biz_id))
    assert again.status_code == 200, "the claim was given back, so the id can be used with a better picture"


BODIES: list[tuple[str, dict[str, str], bytes, int, str]] = [
    ("broken JSON", JSON, b'{"MerchantBizId": ', 400, "InvalidParameter"),
    ("not UTF-8", JSON, b'{"a": "\xff\xfe"}', 400, "InvalidParameter"),
    ("an array", JSON, b"[1, 2]", 400, "InvalidParameter"),
    ("a key given twice", JSON, b'{"MerchantBizId": "a", "MerchantBizId": "b"}', 400, "InvalidParameter"),
    ("nested too deeply", JSON, b'{"a":' * 50_000 + b"1" + b"}" * 50_000, 400, "InvalidParameter"),
    ("NaN", JSON, b'{"MerchantBizId": NaN}', 400, "InvalidParameter"),
    ("no content type", {"Content-Type": ""}, b"{}", 415, "UnsupportedMediaType"),
    ("a form", {"Content-Type": "application/x-www-form-urlencoded"}, b"a=b", 415, "UnsupportedMediaType"),
    ("multipart without a boundary", {"Content-Type": "multipart/form-data"}, b"x", 400, "InvalidParameter"),
    ("multipart cut short", {"Content-Type": "multipart/form-data; boundary=b"}, b"--b\r\nContent-", 400, "InvalidParameter"),
    ("multipart with one field twice", {"Content-Type": "multipart/form-data; boundary=b"},
     b'--b\r\nContent-Disposition: form-data; name="A"\r\n\r\n1\r\n' * 2 + b"--b--\r\n", 400, "InvalidParameter"),
    ("multipart with too many fields", {"Content-Type": "multipart/form-data; boundary=b"},
     b"".join(b'--b\r\nContent-Disposition: form-data; name="A%d"\r\n\r\n1\r\n' % n for n in range(100)) + b"--b--\r\n",
     400, "InvalidParameter"),
    ("33 MB", JSON, b" " * (33 * 1024 * 1024), 400, "InvalidArgument"),
]  # fmt: skip


@pytest.mark.parametrize("via", ["", "/apigw"], ids=["http-trigger", "api-gateway"])
@pytest.mark.parametrize(
    ("headers", "body", "status", "code"), [row[1:] for row in BODIES], ids=[row[0] for row in BODIES]
)
def test_a_body_that_cannot_be_read_is_refused(
    cloud: Cloud, via: str, headers: dict[str, str], body: bytes, status: int, code: str
) -> None:
    answer = cloud.client.post(f"{via}/v1/face-compare", content=body, headers=headers)
    assert (answer.status_code, answer.json()["Code"]) == (status, code), answer.text


@pytest.mark.parametrize(
    ("key", "status"), [("k" * 255, 200), ("k" * 256, 400), ("tab\there", 400)], ids=["255", "256", "control character"]
)
def test_an_idempotency_key_has_a_form(cloud: Cloud, key: str, status: int) -> None:
    assert cloud.post("face-compare", face_compare(), Idempotency_Key=key).status_code == status


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/face-compare", 405),
        ("POST", "/v1/results/abc", 405),
        ("GET", "/v1/nothing", 404),
        ("GET", "/v1/results/with-a-dash", 400),
        ("GET", f"/v1/results/{new_id()}", 404),
        ("GET", "/v1/users/raw-user-x/results?MaxResults=0", 400),
        ("GET", "/v1/users/raw-user-x/results?MaxResults=51", 400),
        ("GET", "/v1/users/raw-user-x/results?NextToken=forged", 400),
        ("DELETE", "/v1/users/" + "u" * 257, 400),
        ("DELETE", "/v1/users/jos%E9", 400),
    ],
)
@pytest.mark.parametrize("via", ["", "/apigw"], ids=["http-trigger", "api-gateway"])
def test_a_wrong_address_is_told_apart(cloud: Cloud, via: str, method: str, path: str, status: int) -> None:
    answer = cloud.client.request(method, via + path)
    assert answer.status_code == status, answer.text
    assert set(answer.json()) == {"RequestId", "Code", "Message"}


def test_a_raw_user_id_in_a_path_is_decoded_once(cloud: Cloud) -> None:
    user = raw_user() + "/a b%41@é"
    enrolled = cloud.post("add-face-record", enrol(user, "biden")).json()
    path = "/v1/users/" + httpx.QueryParams({"u": user}).__str__()[2:].replace("+", "%20")
    found = cloud.client.get(f"{path}/results").json()
    assert found["MerchantUserId"] == enrolled["MerchantUserId"]
    assert len(found["Result"]["Items"]) == 1
    assert cloud.client.delete(path).json()["Result"]["Erased"] == "Y"


def test_messages_are_sentences_without_the_callers_values(cloud: Cloud) -> None:
    answer = cloud.post("face-compare", face_compare(MerchantBizId="secret-looking-value!"))
    assert "secret-looking" not in answer.text
    assert json.loads(answer.text)["Message"].startswith("MerchantBizId must be ")
