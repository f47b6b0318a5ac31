"""Hostile, broken and foreign files: refused before they cost anything, and told why."""

from __future__ import annotations

import struct

import msgspec.structs
import pytest
from PIL import Image, ImageFile

from facegate.errors import FacegateError
from facegate.pictures.errors import (
    BrokenPicture,
    EmptyPicture,
    PictureError,
    PictureTooLarge,
    TooManyPixels,
    TooManyScans,
    UnsupportedFormat,
)
from facegate.pictures.normaliser import normalise
from tests.unit import picture_samples as samples

_JPEG = samples.encoded(samples.corners())
_NOISE = samples.encoded(samples.noise(480, 640))
_PNG = samples.encoded(samples.corners(), "PNG")
_FTYP = struct.pack(">I", 24) + b"ftyp"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (_FTYP + b"heic\x00\x00\x00\x00mif1heic", "HEIC"),
        (_FTYP + b"mif1\x00\x00\x00\x00mif1heic", "HEIC"),
        (_FTYP + b"avif\x00\x00\x00\x00mif1miaf", "AVIF"),
        (_FTYP + b"mif1\x00\x00\x00\x00mif1avif", "AVIF"),
        (_FTYP + b"isom\x00\x00\x00\x00isommp41", "MP4 or QuickTime video"),
        (samples.encoded(samples.corners(), "GIF"), "GIF"),
        (samples.encoded(samples.corners(), "BMP"), "BMP"),
        (samples.encoded(samples.corners(), "TIFF"), "TIFF or camera raw"),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", "WebP"),
        (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "JPEG XL"),
        (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "JPEG 2000"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        (b'<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>', "XML"),
        (b"\n  <!DOCTYPE html><html><body>not found</body></html>", "HTML"),
        (b"%PDF-1.7\n", "PDF"),
        (b"PK\x03\x04", "ZIP"),
        (b"/9j/4AAQSkZJRgABAQ", "Base64 text (encoded twice?)"),
        (b"data:image/jpeg;base64,/9j/", "a data: URI inside Base64"),
        (b"\xff\xd8", "unknown"),
        (b"hello", "unknown"),
        (b"\x00" * 5000, "unknown"),
        (_JPEG.replace(b"\xff\xc0", b"\xff\xc3", 1), "lossless JPEG"),
        (_JPEG.replace(b"\xff\xc0", b"\xff\xc9", 1), "arithmetic-coded JPEG"),
        (_JPEG.replace(b"\xff\xc0\x00\x11\x08", b"\xff\xc1\x00\x11\x0c", 1), "JPEG with 12 bits a sample"),
    ],
)
def test_another_format_is_refused_by_its_name(data: bytes, name: str) -> None:
    with pytest.raises(UnsupportedFormat) as caught:
        normalise(data, samples.PROFILE)

    assert caught.value.found == name
    assert f"format is {name};" in caught.value.message
    assert (caught.value.code, caught.value.http_status) == ("UnsupportedImageFormat", 415)


@pytest.mark.parametrize("codec", ["WEBP", "AVIF"])
def test_real_files_of_modern_formats_are_named(codec: str) -> None:
    with pytest.raises(UnsupportedFormat) as caught:
        normalise(samples.encoded(samples.corners(64, 64), codec), samples.PROFILE)

    assert caught.value.found.upper() == codec


def test_no_bytes_at_all() -> None:
    with pytest.raises(EmptyPicture) as caught:
        normalise(b"", samples.PROFILE)

    assert (caught.value.code, caught.value.http_status) == ("InvalidParameter", 400)


def test_too_many_bytes_are_refused_whatever_they_are() -> None:
    small = msgspec.structs.replace(samples.PROFILE, max_input_bytes=len(_JPEG) - 1)

    with pytest.raises(PictureTooLarge, match=f"{len(_JPEG):,} bytes") as caught:
        normalise(_JPEG, small)

    assert (caught.value.code, caught.value.http_status) == ("ToolargeImage", 413)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        pytest.param(samples.with_claimed_size(_JPEG, 12_000, 12_000), "baseline JPEG", id="144 megapixels"),
        pytest.param(samples.with_claimed_size(_JPEG, 65_500, 65_500), "baseline JPEG", id="the most a header can say"),
        pytest.param(samples.with_claimed_size(_JPEG, 9400, 9400), "baseline JPEG", id="below Pillow's own limit"),
        pytest.param(samples.flat_png(6900, 6900), "PNG", id="PNG of 48 megapixels"),
        pytest.param(samples.flat_png(9000, 9000), "PNG", id="PNG of 81 megapixels"),
        pytest.param(
            samples.with_claimed_size(samples.with_scans(10).replace(b"\xff\xc2", b"\xff\xc0", 1), 5000, 5000),
            "progressive JPEG",
            id="25 megapixels in several scans",
        ),
    ],
)
def test_too_many_pixels_are_refused_from_the_header(data: bytes, kind: str) -> None:
    with pytest.raises(TooManyPixels, match=f"a {kind} may have at most") as caught:
        normalise(data, samples.PROFILE)

    assert (caught.value.code, caught.value.http_status) == ("ToolargeImage", 413)


@pytest.mark.parametrize("scans", [33, 610])
def test_too_many_scans_are_refused(scans: int) -> None:
    with pytest.raises(TooManyScans, match="more than 32 scans") as caught:
        normalise(samples.with_scans(scans), samples.PROFILE)

    assert (caught.value.code, caught.value.http_status) == ("ToolargeImage", 413)


def test_an_ordinary_progressive_jpeg_is_taken() -> None:
    assert normalise(samples.with_scans(32), samples.PROFILE).width == 480


def test_markers_in_a_thumbnail_or_comment_are_no_scans() -> None:
    scans = b"\xff\xda\x00\x02" * 200
    laden = samples.with_exif(_JPEG, samples.exif(1, thumbnail=scans))
    laden = samples.with_segments(laden, samples.segment(0xFE, scans))

    assert normalise(laden, samples.PROFILE) == normalise(_JPEG, samples.PROFILE)


_TWO_FRAMES = samples.with_segments(_JPEG, samples.segment(0xC0, bytes((8, 0, 16, 0, 16, 1, 1, 0x11, 0))))
_IDAT = _PNG.index(b"IDAT") - 4


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(_NOISE[: len(_NOISE) // 2], "stops before", id="JPEG cut in half"),
        pytest.param(_NOISE[:-100], "stops before", id="JPEG without its last 100 bytes"),
        pytest.param(_JPEG[:-2], "stops before", id="JPEG without its end marker"),
        pytest.param(_JPEG[:3], "stops before", id="JPEG of three bytes"),
        pytest.param(_JPEG[:30], "past the end", id="JPEG cut inside its tables"),
        pytest.param(b"\xff\xd8\xff\xd9", "no picture in it", id="JPEG of two markers"),
        pytest.param(_NOISE[: len(_NOISE) // 2] + b"\xff\xd9", "data end before", id="JPEG cut and closed again"),
        pytest.param(samples.with_claimed_size(_NOISE, 940, 940), "data end before", id="claims more than it holds"),
        pytest.param(samples.with_claimed_size(_JPEG, 480, 0), "does not state its size", id="JPEG of no height"),
        pytest.param(_TWO_FRAMES, "two frame headers", id="two sizes in one JPEG"),
        pytest.param(_JPEG.replace(b"\xff\xc0", b"\xff\xfe", 1), "before its frame", id="JPEG without a frame header"),
        pytest.param(samples.with_segments(_JPEG, b"\xff\xfe\x00\x01"), "past the end", id="impossible length"),
        pytest.param(samples.with_segments(_JPEG, b"\xff\xfe\x00\x02" * 1100), "1024 segments", id="JPEG of segments"),
        pytest.param(
            samples.with_segments(_JPEG, samples.segment(0xDB, bytes(6500))), "table is longer", id="endless tables"
        ),
        pytest.param(_JPEG.replace(b"\xff\xdb", b"\xff\xfe"), "cannot be decoded", id="JPEG without tables"),
        pytest.param(_PNG[: len(_PNG) // 2], "stops before", id="PNG cut in half"),
        pytest.param(_PNG[:-12], "stops before", id="PNG without its end"),
        pytest.param(_PNG[:-20] + b"\x01" + _PNG[-19:], "checksum", id="PNG with a flipped byte"),
        pytest.param(samples.with_chunks(_PNG, _PNG[8:33]), "one header chunk", id="PNG with two headers"),
        pytest.param(_PNG[:8] + _PNG[33:], "one header chunk", id="PNG without a header"),
        pytest.param(samples.flat_png(480, 0), "does not state its size", id="PNG of no height"),
        pytest.param(_PNG[:_IDAT] + _PNG[-12:], "cannot be decoded", id="PNG without pixels"),
        pytest.param(
            samples.with_chunks(_PNG, samples.chunk(b"IDAT", b"") * 17_000), "16384 chunks", id="PNG of chunks"
        ),
        pytest.param(
            _PNG[:-12] + samples.chunk(b"tRNS", b"") + _PNG[-12:], "cannot be decoded", id="late, empty transparency"
        ),
        pytest.param(
            samples.with_chunks(
                samples.encoded(samples.corners().quantize(4), "PNG"), samples.chunk(b"tRNS", bytes(300))
            ),
            "cannot be decoded",
            id="more transparency than palette",
        ),
    ],
)
def test_a_broken_file_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(BrokenPicture, match=reason) as caught:
        normalise(data, samples.PROFILE)

    assert (caught.value.code, caught.value.http_status) == ("UnqualifiedPhoto", 422)


def test_a_picture_that_ends_in_mid_grey_by_right_is_taken() -> None:
    picture = samples.noise(480, 640)
    picture.paste((128, 128, 128), (0, 320, 480, 640))

    assert normalise(samples.encoded(picture), samples.PROFILE).height == 640


def test_every_refusal_is_an_answer_that_repeats_nothing_from_the_file() -> None:
    marked = b"SECRET-FROM-THE-FILE"
    files = [
        marked,
        b"<html>" + marked,
        _FTYP + marked,
        b"\xff\xd8\xff\xfe\x00\x20" + marked,
        b"\x89PNG\r\n\x1a\n" + samples.chunk(marked[:4], marked),
        samples.with_chunks(_PNG[:_IDAT] + _PNG[-12:], samples.chunk(b"tEXt", marked)),
    ]
    for data in files:
        with pytest.raises(PictureError) as caught:
            normalise(data, samples.PROFILE)
        assert isinstance(caught.value, FacegateError)
        assert "SECR" not in f"{caught.value}{caught.value.message}{caught.value.args}"
        assert 20 < len(caught.value.message) < 200


def test_pillows_own_guards_stay_in_place() -> None:
    normalise(_JPEG, samples.PROFILE)

    assert Image.MAX_IMAGE_PIXELS == 89_478_485
    assert not ImageFile.LOAD_TRUNCATED_IMAGES
