"""Orientation: every way a camera can be held ends upright, and a broken tag never breaks the picture."""

from __future__ import annotations

import pytest
from PIL import Image

from facegate.pictures.normaliser import normalise
from tests.unit import picture_samples as samples

_AS_HELD = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How a camera stores an upright scene for each orientation: the inverse of what a viewer does."""


def _stored(orientation: int, width: int, height: int) -> Image.Image:
    scene = samples.corners(width, height)
    turn = _AS_HELD[orientation]
    return scene if turn is None else scene.transpose(turn)


def _assert_upright(jpeg: bytes) -> None:
    image = samples.opened(jpeg)
    inset = 40
    right, bottom = image.width - inset, image.height - inset
    places = ((inset, inset), (right, inset), (right, bottom), (inset, bottom))
    for place, expected in zip(places, samples.CORNERS, strict=True):
        found = image.getpixel(place)
        assert isinstance(found, tuple)
        assert all(abs(a - b) < 25 for a, b in zip(found, expected, strict=True)), (place, found, expected)


@pytest.mark.parametrize("order", ["II", "MM"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_jpeg_in_any_orientation_comes_out_upright(orientation: int, order: str) -> None:
    jpeg = samples.with_exif(samples.encoded(_stored(orientation, 480, 640)), samples.exif(orientation, order=order))

    result = normalise(jpeg, samples.PROFILE)

    assert (result.width, result.height) == (480, 640)
    _assert_upright(result.jpeg)


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_a_picture_that_is_scaled_down_comes_out_upright(orientation: int) -> None:
    jpeg = samples.with_exif(samples.encoded(_stored(orientation, 1500, 2000)), samples.exif(orientation))

    result = normalise(jpeg, samples.PROFILE)

    assert (result.width, result.height) == (750, 1000)
    _assert_upright(result.jpeg)


@pytest.mark.parametrize("orientation", [2, 5, 6, 7])
def test_the_orientation_of_a_png_is_obeyed(orientation: int) -> None:
    png = samples.with_chunks(
        samples.encoded(_stored(orientation, 480, 640), "PNG"), samples.chunk(b"eXIf", samples.exif(orientation))
    )

    result = normalise(png, samples.PROFILE)

    assert (result.width, result.height) == (480, 640)
    _assert_upright(result.jpeg)


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(samples.exif(0), id="orientation 0"),
        pytest.param(samples.exif(9), id="orientation 9"),
        pytest.param(b"", id="empty"),
        pytest.param(b"II*\x00", id="no directory offset"),
        pytest.param(b"II*\x00\xff\xff\xff\xff", id="directory beyond the end"),
        pytest.param(b"II*\x00\x08\x00\x00\x00\xff\xff" + b"\x12\x01" * 9, id="directory cut short"),
        pytest.param(b"MM*\x00" + samples.exif(6)[4:], id="byte order mixed up"),
        pytest.param(b"\x00" * 300, id="zeros"),
        pytest.param(samples.exif(6)[:12] + b"\x02" + samples.exif(6)[13:], id="orientation stored as text"),
    ],
)
def test_a_malformed_orientation_counts_as_upright(block: bytes) -> None:
    jpeg = samples.with_exif(samples.encoded(samples.corners()), block)

    _assert_upright(normalise(jpeg, samples.PROFILE).jpeg)


def test_the_first_exif_block_decides() -> None:
    stored = samples.encoded(_stored(6, 480, 640))
    jpeg = samples.with_exif(samples.with_exif(stored, samples.exif(3)), samples.exif(6))

    _assert_upright(normalise(jpeg, samples.PROFILE).jpeg)
