"""Damage at random places: the answer is a picture or a PictureError, never anything else."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from pathlib import Path

import msgspec.structs
from hypothesis import given, settings
from hypothesis import strategies as st

import facegate
from facegate.pictures.decoding import decode
from facegate.pictures.errors import PictureError
from facegate.pictures.geometry import Size
from facegate.pictures.inspection import inspect
from facegate.pictures.normaliser import Normalised, normalise
from tests.unit import picture_samples as samples

_TINY = msgspec.structs.replace(samples.PROFILE, min_source_side=16)
_TINY_IS_RIGHT = msgspec.structs.replace(_TINY, min_width=48, min_height=64, short_side=48)
"""Tiny pictures are as they should be, and passed on."""

_SCENE = samples.corners(48, 64)
_FILES = (
    samples.with_exif(samples.encoded(_SCENE), samples.exif(6)),
    samples.encoded(_SCENE, progressive=True),
    samples.encoded(_SCENE.convert("CMYK")),
    samples.encoded(_SCENE.convert("L"), restart_marker_blocks=1),
    samples.encoded(_SCENE, "PNG"),
    samples.encoded(_SCENE.convert("RGBA"), "PNG"),
    samples.encoded(_SCENE.quantize(8), "PNG", transparency=bytes(8)),
    samples.with_chunks(samples.encoded(_SCENE.convert("L"), "PNG"), samples.chunk(b"eXIf", samples.exif(8))),
)

_PLAIN = tuple(
    samples.encoded(_SCENE, subsampling=subsampling, quality=quality)
    for subsampling in (0, 1, 2)
    for quality in (30, 90)
)

_edits = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.sampled_from(("flip", "drop", "insert")), st.integers(0, 255)),
    max_size=6,
)


def _damaged(data: bytes, edits: list[tuple[float, str, int]], keep: float) -> bytes:
    damaged = bytearray(data)
    for place, edit, value in edits:
        at = int(place * len(damaged))
        if edit == "flip":
            damaged[at] = value
        elif edit == "drop":
            del damaged[at : at + 1 + value // 16]
        else:
            damaged[at:at] = bytes([value]) * (1 + value // 32)
    return bytes(damaged[: round(keep * len(damaged))])


def _resealed(png: bytes) -> bytes:
    """With checksums made right again, so that the damage gets as far as the decoder."""
    sealed, position = bytearray(png[:8]), 8
    while position + 12 <= len(png):
        length = int.from_bytes(png[position : position + 4], "big")
        body = png[position + 4 : position + 8 + length]
        sealed += struct.pack(">I", length) + body + struct.pack(">I", zlib.crc32(body))
        position += 12 + length
    return bytes(sealed)


@settings(max_examples=400, derandomize=True, deadline=None, database=None)
@given(data=st.sampled_from(_FILES), edits=_edits, keep=st.sampled_from((1.0, 1.0, 1.0, 0.9, 0.5)), seal=st.booleans())
def test_damage_gives_a_picture_or_a_picture_error(
    data: bytes, edits: list[tuple[float, str, int]], keep: float, seal: bool
) -> None:
    damaged = _damaged(data, edits, keep)
    if seal and damaged.startswith(b"\x89PNG"):
        damaged = _resealed(damaged)
    try:
        result = normalise(damaged, _TINY)
    except PictureError:
        return
    assert isinstance(result, Normalised)
    assert samples.opened(result.jpeg).size == (result.width, result.height)


@settings(max_examples=600, derandomize=True, deadline=None, database=None)
@given(data=st.sampled_from(_PLAIN), edits=_edits)
def test_a_damaged_picture_that_is_passed_on_looks_as_it_did(data: bytes, edits: list[tuple[float, str, int]]) -> None:
    damaged = _damaged(data, edits, 1.0)
    try:
        result = normalise(damaged, _TINY_IS_RIGHT)
    except PictureError:
        return
    passed = samples.opened(result.jpeg)
    assert passed.size == (result.width, result.height)
    assert normalise(result.jpeg, _TINY_IS_RIGHT).jpeg == result.jpeg
    if result.quality is None:
        assert passed.tobytes() == decode(inspect(damaged, _TINY_IS_RIGHT), Size(48, 64)).tobytes()


@settings(max_examples=200, derandomize=True, deadline=None, database=None)
@given(
    head=st.sampled_from((b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"\x00\x00\x00\x18ftyp", b"<")), tail=st.binary()
)
def test_bytes_at_random_are_never_a_picture(head: bytes, tail: bytes) -> None:
    try:
        normalise(head + tail, samples.PROFILE)
    except PictureError as refusal:
        assert refusal.http_status in {400, 415, 422}
    else:
        raise AssertionError("random bytes were taken for a picture")


def test_importing_the_package_loads_only_the_two_formats() -> None:
    program = (
        "import sys, facegate.pictures.normaliser\n"
        "print(*sorted(name for name in sys.modules if name.startswith('PIL.') and name.endswith('Plugin')))\n"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(Path(facegate.__file__).parents[1])},
        timeout=60,
    )

    assert loaded.stdout.split() == ["PIL.JpegImagePlugin", "PIL.PngImagePlugin"]
