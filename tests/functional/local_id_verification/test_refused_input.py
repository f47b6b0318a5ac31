"""Pictures and parameters that are refused, by which code, and that nothing is billed for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_tea_openapi.exceptions import ClientException
from PIL import Image

from tests.functional.local_id_verification.calls import compare_faces, face_compare, refusal
from tests.functional.local_id_verification.pictures import encode, gradient, oversized, photo, picture, text
from tests.functional.local_id_verification.service import Service


def sideways() -> str:
    exif = Image.Exif()
    exif[0x0112] = 6
    return text(encode(picture("obama.jpg").rotate(90, expand=True), exif=exif))


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        pytest.param(gradient, (401, "NoFaceDetected"), id="no face"),
        pytest.param(sideways, (401, "NoFaceDetected"), id="sideways with an orientation tag"),
        pytest.param(lambda: oversized(600_001), (401, "ToolargeImage"), id="too large"),
        pytest.param(lambda: text(b"plain text"), (401, "UnqualifiedPhoto"), id="not a picture"),
        pytest.param(lambda: text(encode(picture("obama.jpg"), "WEBP")), (401, "UnqualifiedPhoto"), id="WebP"),
        pytest.param(
            lambda: text(encode(picture("obama.jpg").resize((479, 640)))),
            (401, "UnqualifiedPhoto"),
            id="too few pixels",
        ),
        pytest.param(
            lambda: text(encode(picture("obama.jpg").resize((1081, 1351)))), (401, "UnqualifiedPhoto"), id="too many"
        ),
        pytest.param(lambda: photo("obama.jpg")[:40_000], (401, "UnqualifiedPhoto"), id="truncated"),
        pytest.param(
            lambda: "data:image/jpeg;base64," + photo("obama.jpg"), (400, "InvalidParameter"), id="data: header"
        ),
        pytest.param(lambda: photo("obama.jpg").replace("+", " "), (400, "InvalidParameter"), id="spaces for plus"),
        pytest.param(lambda: None, (400, "MissingParameter"), id="none"),
    ],
)
def test_unfit_pictures_are_refused_and_not_billed(
    service: Service, make: Callable[[], str | None], expected: tuple[int, str]
) -> None:
    assert refusal(lambda: face_compare(service, source_face_picture=make())) == expected
    assert refusal(lambda: face_compare(service, target_face_picture=make())) == expected
    assert service.calls("FaceCompare") == {"received": 2, "executed": 0, "billed": 0, "throttled": 0}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"merchant_biz_id": None}, (400, "MissingParameter")),
        ({"merchant_biz_id": "not-alphanumeric"}, (400, "InvalidParameter")),
        ({"source_face_picture_url": "http://127.0.0.1:9/p.jpg"}, (401, "DataDuplication")),
    ],
)
def test_parameter_rules_apply_before_any_work(
    service: Service, change: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert refusal(lambda: face_compare(service, **change)) == expected


def test_an_error_names_the_endpoint_and_the_picture(service: Service) -> None:
    with pytest.raises(ClientException) as refused:
        face_compare(service, target_face_picture=gradient())
    assert refused.value.data["HostId"] == service.endpoint
    assert "TargetFacePicture" in refused.value.data["Message"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"SourceImageType": "IDPic"}, (400, "InvalidParam.FacePicNotGiven")),
        ({"SourceImageType": ""}, (400, "InvalidParam.ImageTypeEmpty")),
        ({"TargetImageType": "Selfie"}, (400, "InvalidParam.ImageTypeInvalid")),
        ({"TargetImageValue": ""}, (403, "InvalidParam.ParamMissing")),
        ({"TargetImageValue": "/tmp/picture.jpg"}, (400, "InvalidParam.ImageValuePatternError")),
        ({"TargetImageValue": "base64://AAA"}, (400, "InvalidParam.ImageValuePatternError")),
        ({"TargetImageValue": "http://127.0.0.1:9/p.jpg"}, (500, "Error.CompareFacesError")),
    ],
)
def test_compare_faces_has_codes_of_its_own(
    service: Service, change: dict[str, str], expected: tuple[int, str]
) -> None:
    assert refusal(lambda: compare_faces(service, **change)) == expected


@pytest.mark.parametrize(
    ("make", "expected"),
    [(gradient, (400, "Error.NoFaceDetected")), (lambda: oversized(2_000_001), (500, "Error.CompareFacesError"))],
)
def test_compare_faces_refuses_unfit_pictures(
    service: Service, make: Callable[[], str], expected: tuple[int, str]
) -> None:
    assert refusal(lambda: compare_faces(service, SourceImageValue="base64://" + make())) == expected


def test_a_body_above_8_mb_is_refused(service: Service) -> None:
    answer = service.control.post("/", content=b"a" * 8_000_001)
    assert (answer.status_code, answer.json()["Code"]) == (413, "RequestBodyTooLarge")
