"""What the local service takes for a picture: sizes in bytes and pixels, formats, broken files."""

from __future__ import annotations

import base64
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from local.id_verification.errors import ServiceError
from local.id_verification.pictures import (
    COMPARE_FACES_PICTURE,
    COMPARISON_PICTURE,
    ENROLMENT_PICTURE,
    PictureProfile,
    from_base64,
    open_picture,
    pixels,
)

COMPARISON = pytest.param(COMPARISON_PICTURE, id="comparison")
ENROLMENT = pytest.param(ENROLMENT_PICTURE, id="enrolment")


def encode(size: tuple[int, int], kind: str = "JPEG", mode: str = "RGB") -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, size).save(buffer, kind)
    return buffer.getvalue()


SMALL_JPEG, SMALL_PNG = encode((480, 640)), encode((480, 640), "PNG")


@pytest.mark.parametrize(
    ("profile", "limit", "code"),
    [
        (COMPARISON_PICTURE, 600_000, "ToolargeImage"),
        (ENROLMENT_PICTURE, 1_000_000, "ToolargeImage"),
        (COMPARE_FACES_PICTURE, 2_000_000, "Error.CompareFacesError"),
    ],
)
@pytest.mark.parametrize("more", [1, 2, 3])
def test_base64_is_measured_by_the_picture_behind_it(profile: PictureProfile, limit: int, code: str, more: int) -> None:
    assert len(from_base64(base64.b64encode(bytes(limit)).decode(), profile)) == limit
    with pytest.raises(ServiceError, match=code):
        from_base64(base64.b64encode(bytes(limit + more)).decode(), profile)


@pytest.mark.parametrize(
    "text",
    ["data:image/jpeg;base64,AAAA", "AAA", "AA==A", "AA A", "AAAA\n", "_-__", "https://h/p.jpg", "人", "A" * 5],
)
def test_what_is_not_strict_base64_is_an_invalid_parameter(text: str) -> None:
    with pytest.raises(ServiceError, match="InvalidParameter"):
        from_base64(text, COMPARISON_PICTURE)


@pytest.mark.parametrize("profile", [COMPARISON, ENROLMENT])
@pytest.mark.parametrize("size", [(480, 640), (640, 480), (720, 960), (1080, 1920), (1920, 1080), (480, 1920)])
def test_resolutions_within_the_limits(profile: PictureProfile, size: tuple[int, int]) -> None:
    assert open_picture(encode(size), profile).size == size


@pytest.mark.parametrize("profile", [COMPARISON, ENROLMENT])
@pytest.mark.parametrize("size", [(479, 640), (640, 479), (480, 639), (1081, 1920), (1080, 1921), (1200, 1200)])
def test_resolutions_outside_the_limits(profile: PictureProfile, size: tuple[int, int]) -> None:
    with pytest.raises(ServiceError, match="UnqualifiedPhoto"):
        open_picture(encode(size), profile)


@pytest.mark.parametrize(
    ("profile", "data", "code"),
    [
        (COMPARISON_PICTURE, b"", "UnqualifiedPhoto"),
        (COMPARISON_PICTURE, b"not a picture", "UnqualifiedPhoto"),
        (COMPARISON_PICTURE, encode((480, 640), "GIF"), "UnqualifiedPhoto"),
        (COMPARISON_PICTURE, encode((480, 640), "WEBP"), "UnqualifiedPhoto"),
        (COMPARISON_PICTURE, encode((480, 640), "BMP"), "UnqualifiedPhoto"),
        (ENROLMENT_PICTURE, SMALL_PNG, "UnqualifiedPhoto"),
        (COMPARE_FACES_PICTURE, b"not a picture", "Error.NoFaceDetected"),
    ],
)
def test_unreadable_or_unwanted_formats(profile: PictureProfile, data: bytes, code: str) -> None:
    with pytest.raises(ServiceError, match=code):
        open_picture(data, profile)


@pytest.mark.parametrize("data", [SMALL_JPEG, SMALL_PNG])
def test_a_truncated_picture_is_unqualified(data: bytes) -> None:
    image = open_picture(data[: len(data) * 2 // 3], COMPARISON_PICTURE)
    with pytest.raises(ServiceError, match="UnqualifiedPhoto"):
        pixels(image, COMPARISON_PICTURE)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "1", "I;16"])
def test_every_colour_mode_becomes_rgb(mode: str) -> None:
    image = open_picture(encode((480, 640), "PNG", mode), COMPARISON_PICTURE)
    assert pixels(image, COMPARISON_PICTURE).shape == (640, 480, 3)


def test_orientation_tags_are_not_applied() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    Image.new("RGB", (480, 640)).save(buffer, "JPEG", exif=exif)
    image = open_picture(buffer.getvalue(), COMPARISON_PICTURE)
    assert pixels(image, COMPARISON_PICTURE).shape == (640, 480, 3)


@given(st.sampled_from([SMALL_JPEG, SMALL_PNG]), st.integers(0, 700), st.binary(min_size=1, max_size=8))
def test_a_damaged_picture_is_read_or_refused(data: bytes, at: int, damage: bytes) -> None:
    damaged = data[:at] + damage + data[at + len(damage) :]
    try:
        assert pixels(open_picture(damaged, COMPARE_FACES_PICTURE), COMPARE_FACES_PICTURE).ndim == 3
    except ServiceError as refused:
        assert refused.code == "Error.NoFaceDetected"
