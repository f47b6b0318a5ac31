"""What leaves the normaliser holds pixels and nothing else, whatever came in."""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
import zlib

import pytest
from PIL import Image

from facegate.pictures.normaliser import normalise
from tests.unit import picture_samples as samples

_JFIF, _DQT, _SOF0, _DHT, _SOS = 0xE0, 0xDB, 0xC0, 0xC4, 0xDA
_PLAIN = {_JFIF, _DQT, _SOF0, _DHT, _SOS}


def _zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("secret.txt", "a secret")
    return buffer.getvalue()


def _mpo() -> bytes:
    return samples.encoded(
        samples.corners(), "MPO", save_all=True, append_images=[Image.new("RGB", (480, 640), (255, 0, 255))]
    )


_JPEG = samples.encoded(samples.corners())
_PNG = samples.encoded(samples.corners(), "PNG")
_THUMBNAIL = samples.encoded(samples.corners(120, 160))

_LYING = samples.encoded(samples.corners(640, 480))
"""Needs a border, so it is encoded again; `_JPEG` is passed on."""


def _laden(jpeg: bytes) -> dict[str, bytes]:
    return {
        "GPS and serial number": samples.with_exif(jpeg, samples.exif(1)),
        "EXIF thumbnail": samples.with_exif(jpeg, samples.exif(1, thumbnail=_THUMBNAIL)),
        "XMP": samples.with_segments(jpeg, samples.segment(0xE1, samples.XMP)),
        "ICC profile": samples.with_segments(jpeg, samples.segment(0xE2, samples.ICC)),
        "Photoshop block": samples.with_segments(jpeg, samples.segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04\x00")),
        "comment": samples.with_segments(jpeg, samples.segment(0xFE, b"taken at home")),
        "unknown application segment": samples.with_segments(jpeg, samples.segment(0xEB, b"payload" * 9)),
        "ZIP after the end": jpeg + _zip(),
        "PHP after the end": jpeg + b"<?php system($_GET['c']); ?>",
    }


_LADEN = {
    **_laden(_JPEG),
    **{f"{name}, encoded again": laden for name, laden in _laden(_LYING).items()},
    "second picture (MPO)": _mpo(),
    "PNG text": samples.with_chunks(_PNG, samples.chunk(b"tEXt", b"Author\x00somebody")),
    "PNG EXIF": samples.with_chunks(_PNG, samples.chunk(b"eXIf", samples.exif(1))),
    "PNG ICC profile": samples.with_chunks(_PNG, samples.chunk(b"iCCP", b"p\x00\x00" + zlib.compress(samples.ICC))),
    "PNG private chunk": samples.with_chunks(_PNG, samples.chunk(b"prVt", b"payload")),
    "ZIP after a PNG": _PNG + _zip(),
    "comment inside the scans": samples.encoded(samples.corners(), progressive=True, comment=b"taken at home"),
}


@pytest.mark.parametrize("laden", _LADEN.values(), ids=_LADEN.keys())
def test_only_pixels_come_out(laden: bytes) -> None:
    result = normalise(laden, samples.PROFILE)

    assert {marker for marker, _ in samples.segments_of(result.jpeg)} == _PLAIN
    assert dict(samples.segments_of(result.jpeg))[_JFIF][12:] == b"\x00\x00", "JFIF without a thumbnail"
    assert result.jpeg.endswith(b"\xff\xd9")
    assert result.jpeg.count(b"\xff\xd8") == result.jpeg.count(b"\xff\xd9") == 1
    assert {"exif", "icc_profile", "comment", "xmp", "photoshop"}.isdisjoint(samples.opened(result.jpeg).info)


@pytest.mark.parametrize("jpeg", [_JPEG, _LYING], ids=["passed on", "encoded again"])
def test_metadata_does_not_reach_the_digest(jpeg: bytes) -> None:
    for laden in _laden(jpeg).values():
        assert normalise(laden, samples.PROFILE) == normalise(jpeg, samples.PROFILE)


def test_the_first_picture_of_an_mpo_is_the_one() -> None:
    assert normalise(_mpo(), samples.PROFILE).jpeg == normalise(_JPEG, samples.PROFILE).jpeg


def test_the_default_picture_of_an_animated_png_is_the_one() -> None:
    animated = samples.encoded(
        samples.corners(), "PNG", save_all=True, append_images=[Image.new("RGB", (480, 640), (255, 0, 255))]
    )

    assert b"acTL" in animated
    assert normalise(animated, samples.PROFILE) == normalise(_PNG, samples.PROFILE)


def test_compressed_text_in_a_png_is_never_unpacked() -> None:
    # Pillow itself refuses this file: the text unpacks to more than it allows.
    bomb = samples.chunk(b"zTXt", b"Comment\x00\x00" + zlib.compress(b"\x00" * 50_000_000))

    assert normalise(samples.with_chunks(_PNG, bomb), samples.PROFILE) == normalise(_PNG, samples.PROFILE)


def test_the_digest_is_of_the_bytes_that_are_sent() -> None:
    result = normalise(_JPEG, samples.PROFILE)

    assert result.sha256 == hashlib.sha256(result.jpeg).hexdigest()


def test_the_result_is_baseline_with_halved_colour() -> None:
    result = normalise(samples.encoded(samples.corners(), progressive=True, subsampling=0), samples.PROFILE)

    frame = dict(samples.segments_of(result.jpeg))[_SOF0]
    assert struct.unpack(">BHH", frame[:5]) == (8, result.height, result.width)
    assert [frame[at] for at in (7, 10, 13)] == [0x22, 0x11, 0x11]
