"""Passing on: a JPEG that already is as it should be goes out with the very pixels it came with; any other does not.

`quality` tells which way a picture took: it is None for one that was passed on.
"""

from __future__ import annotations

from typing import Any

import msgspec.structs
import pytest
from PIL import Image, ImageChops

from facegate.operations import OPERATIONS
from facegate.pictures.errors import BrokenPicture
from facegate.pictures.normaliser import normalise
from local.id_verification.pictures import ENROLMENT_PICTURE, open_picture, pixels
from tests.unit import picture_samples as samples

SCENE = samples.corners()
JPEG = samples.encoded(SCENE)
NOISE = samples.encoded(samples.noise(480, 640))
ADOBE = b"Adobe\x00\x64\x00\x00\x00\x00"
"""An Adobe segment up to its last byte, the colour transform."""


def _of_size(width: int, height: int) -> bytes:
    return samples.encoded(samples.corners(width, height))


def _without_jfif(jpeg: bytes) -> bytes:
    assert jpeg[2:4] == b"\xff\xe0"
    return jpeg[:2] + jpeg[4 + int.from_bytes(jpeg[4:6], "big") :]


def _with_adobe(transform: int, jpeg: bytes = JPEG) -> bytes:
    return samples.with_segments(jpeg, samples.segment(0xEE, ADOBE + bytes((transform,))))


def _named(first: int, jpeg: bytes = JPEG) -> bytes:
    """With components that are numbered from `first`, in the frame and in the scan."""
    edited = bytearray(jpeg)
    frame, scan = jpeg.index(b"\xff\xc0"), jpeg.index(b"\xff\xda")
    for number in range(3):
        edited[frame + 10 + 3 * number] = edited[scan + 5 + 2 * number] = first + number
    return bytes(edited)


def _four_four_zero() -> bytes:
    """4:2:2 data that say they are 4:4:0, which has as many blocks in the same order, each at another place."""
    edited = bytearray(samples.encoded(SCENE, subsampling=1))
    edited[edited.index(b"\xff\xc0") + 11] = 0x12
    return bytes(edited)


def _with_huffman_tables_exchanged() -> bytes:
    """Light and colour exchange the numbers of their AC tables."""
    edited = bytearray(JPEG)
    scan = JPEG.index(b"\xff\xda")
    for number, other in ((0, 1), (1, 0)):
        table = next(payload for marker, payload in samples.segments_of(JPEG) if payload[:1] == bytes((0x10 + number,)))
        edited[JPEG.index(samples.segment(0xC4, table)) + 4] = 0x10 + other
    for at, numbers in ((6, 0x01), (8, 0x10), (10, 0x10)):
        edited[scan + at] = numbers
    return bytes(edited)


def _with_quantisers_of_16_bits() -> bytes:
    table = next(payload for marker, payload in samples.segments_of(JPEG) if marker == 0xDB)
    wide = bytes((table[0] | 0x10,)) + b"".join(bytes((0, value)) for value in table[1:])
    return JPEG.replace(samples.segment(0xDB, table), samples.segment(0xDB, table) + samples.segment(0xDB, wide))


_LIKE_OURS: dict[str, bytes] = {
    "4:2:0": JPEG,
    "4:2:2": samples.encoded(SCENE, subsampling=1),
    "4:4:4": samples.encoded(SCENE, subsampling=0),
    "Huffman tables of its own": samples.encoded(SCENE, optimize=True),
    "Huffman tables of other numbers": _with_huffman_tables_exchanged(),
    "worse than ours": samples.encoded(SCENE, quality=30),
    "better than ours": samples.encoded(SCENE, quality=100),
    "noise": NOISE,
    "without a JFIF header": _without_jfif(JPEG),
    "YCbCr says Adobe": _with_adobe(1),
    "YCbCr says Adobe alone": _with_adobe(1, _without_jfif(JPEG)),
    "upright says EXIF": samples.with_exif(JPEG, samples.exif(1)),
    "EXIF says nonsense": samples.with_exif(JPEG, samples.exif(9)),
    "no restart interval": samples.with_segments(JPEG, samples.segment(0xDD, b"\x00\x00")),
    "the least size": _of_size(480, 640),
    "the widest that is kept": _of_size(800, 1066),
    "the highest": _of_size(480, 1920),
    "hardly portrait": _of_size(720, 721),
    "sides that fill no block": _of_size(721, 963),
    "a landscape picture with its border": _of_size(1080, 1096),
}


@pytest.mark.parametrize("name", _LIKE_OURS)
def test_a_picture_as_it_should_be_keeps_every_pixel(name: str) -> None:
    given = _LIKE_OURS[name]

    result = normalise(given, samples.PROFILE)

    assert result.quality is None
    assert (result.width, result.height) == samples.opened(given).size
    assert not ImageChops.difference(samples.opened(result.jpeg), samples.opened(given)).getbbox()
    # ... and what the local face engine is given:
    engine_was_given = pixels(open_picture(result.jpeg, ENROLMENT_PICTURE), ENROLMENT_PICTURE)
    assert (engine_was_given == pixels(open_picture(given, ENROLMENT_PICTURE), ENROLMENT_PICTURE)).all()


_OTHERWISE: dict[str, bytes] = {
    "PNG": samples.encoded(SCENE, "PNG"),
    "progressive": samples.encoded(SCENE, progressive=True),
    "extended": JPEG.replace(b"\xff\xc0", b"\xff\xc1", 1),
    "grey": samples.encoded(SCENE.convert("L")),
    "CMYK": samples.encoded(SCENE.convert("CMYK")),
    "RGB": samples.encoded(SCENE, keep_rgb=True),
    "RGB says Adobe": _with_adobe(0),
    "four inks says Adobe": _with_adobe(2),
    "Adobe stops before it says": samples.with_segments(JPEG, samples.segment(0xEE, ADOBE)),
    "components 0, 1, 2": _named(0),
    "components R, S, T": _named(ord("R")),
    "restart markers": samples.encoded(SCENE, restart_marker_blocks=4),
    "restart markers that nothing announced": samples.encoded(SCENE, restart_marker_blocks=4).replace(
        b"\xff\xdd\x00\x04\x00\x04", b"\xff\xdd\x00\x04\x00\x00"
    ),
    "a restart marker at the end": NOISE[:-2] + b"\xff\xd0" + NOISE[-2:],
    "quantisers of 16 bits": _with_quantisers_of_16_bits(),
    "fill bytes before the end": JPEG[:-2] + b"\xff\xff\xff\xd9",
    "4:4:0": _four_four_zero(),
    "a turn to be made": samples.with_exif(JPEG, samples.exif(3)),
    "a turn to be made on its side": samples.with_exif(_of_size(640, 480), samples.exif(6)),
    "landscape": _of_size(640, 480),
    "square": _of_size(720, 720),
    "too narrow": _of_size(479, 700),
    "too low": _of_size(600, 639),
    "too high": _of_size(600, 1950),
    "a border, but too wide": _of_size(1100, 1116),
    "wider than need be": _of_size(801, 1068),
    "the documented maximum": _of_size(1080, 1920),
    "wide, and higher than a border makes it": _of_size(1080, 1097),
    "wide, and lower than a border makes it": _of_size(1080, 1095),
    "fewer rows than its data": samples.with_claimed_size(NOISE, 480, 630),
    "bytes behind its last pixel": NOISE[:-2] + bytes(16) + NOISE[-2:],
}


@pytest.mark.parametrize("name", _OTHERWISE)
def test_any_other_picture_is_encoded_again(name: str) -> None:
    result = normalise(_OTHERWISE[name], samples.PROFILE)

    assert result.quality == samples.PROFILE.jpeg_quality


@pytest.mark.parametrize("action", OPERATIONS)
def test_a_budget_is_met_to_the_byte(action: str) -> None:
    profile = msgspec.structs.replace(OPERATIONS[action].profile, max_output_bytes=len(NOISE))
    laden = samples.with_exif(NOISE, samples.exif(1))

    assert normalise(laden, profile).quality is None, "without its metadata it is within the budget"
    assert normalise(laden, msgspec.structs.replace(profile, max_output_bytes=len(NOISE) - 1)).quality is not None


@pytest.mark.parametrize("missing", [100, 1_000, 5_000, len(NOISE) // 2])
def test_a_picture_that_is_cut_and_closed_again_is_not_passed_on(missing: int) -> None:
    cut = NOISE[: -2 - missing] + NOISE[-2:]
    try:
        result = normalise(cut, samples.PROFILE)
    except BrokenPicture:
        return
    assert result.quality is not None


@pytest.mark.parametrize(
    ("marker", "offset", "value"),
    [
        pytest.param(0xC0, 10, 5, id="a component that the scan does not know"),
        pytest.param(0xDB, 4, 0x04, id="a quantiser that cannot be"),
        pytest.param(0xC4, 4, 0x02, id="Huffman tables beyond baseline"),
        pytest.param(0xC0, 12, 3, id="a quantiser that is not there"),
        pytest.param(0xDA, 6, 0x22, id="Huffman tables that are not there"),
        pytest.param(0xDA, 11, 1, id="a scan that begins late"),
        pytest.param(0xC0, 9, 2, id="one component missing"),
        pytest.param(0xC0, 14, 0x21, id="colour sampled more finely than light"),
    ],
)
def test_a_header_that_is_not_plain_is_left_to_the_decoder(marker: int, offset: int, value: int) -> None:
    edited = bytearray(JPEG)
    edited[JPEG.index(bytes((0xFF, marker))) + offset] = value
    try:
        result = normalise(bytes(edited), samples.PROFILE)
    except BrokenPicture:
        return
    assert result.quality is not None


def test_restart_markers_that_were_announced_and_are_not_there_are_left_to_the_decoder() -> None:
    announced = samples.with_segments(JPEG, samples.segment(0xDD, b"\x00\x04"))
    try:
        result = normalise(announced, samples.PROFILE)
    except BrokenPicture:
        return
    assert result.quality is not None


def test_a_second_picture_of_the_same_kind_is_not_passed_on_with_the_first() -> None:
    scan = NOISE[NOISE.index(b"\xff\xda") : -2]

    assert normalise(NOISE[:-2] + scan + NOISE[-2:], samples.PROFILE).jpeg == NOISE


@pytest.mark.parametrize("options", [{}, {"subsampling": 0}, {"subsampling": 1, "optimize": True}, {"quality": 100}])
def test_what_pillow_wrote_comes_out_byte_for_byte(options: dict[str, Any]) -> None:
    """So a picture that was normalised before is recognised by its hash."""
    picture = samples.encoded(Image.effect_noise((480, 640), 30).convert("RGB"), **options)

    assert normalise(picture, samples.PROFILE).jpeg == picture
