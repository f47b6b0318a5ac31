"""Nothing that is not a pixel survives in a picture that is passed on: planted wherever a JPEG has room, it is gone."""

from __future__ import annotations

import pytest

from facegate.pictures.normaliser import normalise
from tests.unit import picture_samples as samples

CANARY = b"raw-user-canary 48.8584N 2.2945E"
JPEG = samples.encoded(samples.noise(480, 640))
PLAIN = normalise(JPEG, samples.PROFILE)

_SCAN = JPEG.index(b"\xff\xda")
_DATA = _SCAN + 2 + int.from_bytes(JPEG[_SCAN + 2 : _SCAN + 4], "big")
_QUANTISERS, _HUFFMAN = 0xDB, 0xC4
_QUANTISER = CANARY * 2
_HUFFMAN_TABLE = bytes(7) + bytes((len(CANARY),)) + bytes(8) + CANARY
"""As long as its kind demands, so that decoders take it for a table; 32 codes of 8 bits."""


def _before_the_scan(segment: bytes) -> bytes:
    return JPEG[:_SCAN] + segment + JPEG[_SCAN:]


def _in_jfif(payload: bytes) -> bytes:
    """In place of the JFIF header."""
    assert JPEG[2:4] == b"\xff\xe0"
    return JPEG[:2] + samples.segment(0xE0, payload) + JPEG[20:]


def _with_tables_in_one_segment(marker: int) -> bytes:
    payloads = b"".join(payload for found, payload in samples.segments_of(JPEG) if found == marker)
    without = JPEG
    for found, payload in samples.segments_of(JPEG):
        if found == marker:
            without = without.replace(samples.segment(marker, payload), b"", 1)
    return samples.with_segments(without, samples.segment(marker, payloads))


_ELSEWHERE = {
    **{
        f"application segment {marker - 0xE0}": samples.with_segments(JPEG, samples.segment(marker, CANARY))
        for marker in range(0xE0, 0xF0)
    },
    "comment": samples.with_segments(JPEG, samples.segment(0xFE, CANARY)),
    "comment right before the scan": _before_the_scan(samples.segment(0xFE, CANARY)),
    "EXIF": samples.with_exif(JPEG, samples.exif(1) + CANARY),
    "EXIF thumbnail": samples.with_exif(JPEG, samples.exif(1, thumbnail=CANARY)),
    "XMP": samples.with_segments(JPEG, samples.segment(0xE1, samples.XMP + CANARY)),
    "ICC profile": samples.with_segments(JPEG, samples.segment(0xE2, samples.ICC + CANARY)),
    "JFIF thumbnail": _in_jfif(b"JFIF\x00\x01\x02\x01\x00\x48\x00\x48\x01\x0b" + CANARY + b"x"),
    "JFIF extension": samples.with_segments(JPEG, samples.segment(0xE0, b"JFXX\x00\x10" + CANARY)),
    "reserved segment": samples.with_segments(JPEG, samples.segment(0xF0, CANARY)),
    "number of lines": JPEG[:-2] + samples.segment(0xDC, CANARY) + JPEG[-2:],
    "between two segments": _before_the_scan(CANARY),
    "fill bytes between segments": _before_the_scan(b"\xff" * 64),
    "quantiser that no component uses": _before_the_scan(samples.segment(_QUANTISERS, b"\x03" + _QUANTISER)),
    "quantiser that is replaced": samples.with_segments(JPEG, samples.segment(_QUANTISERS, b"\x00" + _QUANTISER)),
    "Huffman table that is replaced": samples.with_segments(JPEG, samples.segment(_HUFFMAN, b"\x10" + _HUFFMAN_TABLE)),
    "Huffman table after the scan": JPEG[:-2] + samples.segment(_HUFFMAN, b"\x11" + _HUFFMAN_TABLE) + JPEG[-2:],
    "comment after the scan": JPEG[:-2] + samples.segment(0xFE, CANARY) + JPEG[-2:],
    "second scan": JPEG[:-2] + JPEG[_SCAN:_DATA] + CANARY * 9 + JPEG[-2:],
    "after the end": JPEG + CANARY,
    "second picture after the end": JPEG + samples.with_segments(JPEG, samples.segment(0xFE, CANARY)),
    "quantisers in one segment": _with_tables_in_one_segment(_QUANTISERS),
    "Huffman tables in one segment": _with_tables_in_one_segment(_HUFFMAN),
}
"""The same photograph each time: the same tables and the same entropy-coded data."""


@pytest.mark.parametrize("place", _ELSEWHERE)
def test_what_stands_beside_the_pixels_is_gone_and_does_not_change_the_hash(place: str) -> None:
    assert normalise(_ELSEWHERE[place], samples.PROFILE) == PLAIN


def test_the_canaries_were_there_and_the_picture_was_passed_on() -> None:
    rows = [given for place, given in _ELSEWHERE.items() if "one segment" not in place and "fill bytes" not in place]
    assert all(CANARY in given for given in rows)
    assert PLAIN.quality is None
    assert CANARY not in PLAIN.jpeg


_AMONG_THE_PIXELS = {
    "behind the last pixel": JPEG[:-2] + CANARY + JPEG[-2:],
    "behind the last pixel, few bytes": JPEG[:-2] + CANARY[:12] + JPEG[-2:],
    "behind a restart marker": JPEG[:-2] + b"\xff\xd0" + CANARY + JPEG[-2:],
    "before a restart marker": samples.encoded(samples.noise(480, 640), restart_marker_rows=1).replace(
        b"\xff\xd0", CANARY + b"\xff\xd0", 1
    ),
    "Huffman table that only another scan would use": _before_the_scan(
        samples.segment(_HUFFMAN, b"\x13" + _HUFFMAN_TABLE)
    ),
}


@pytest.mark.parametrize("place", _AMONG_THE_PIXELS)
def test_a_picture_with_something_between_its_pixels_is_encoded_again(place: str) -> None:
    given = _AMONG_THE_PIXELS[place]
    assert CANARY[:12] in given

    result = normalise(given, samples.PROFILE)

    assert result.quality == samples.PROFILE.jpeg_quality
    assert CANARY[:12] not in result.jpeg
