"""A walk over the segments of a JPEG: counts scans, finds size and orientation, keeps what decoding needs.

The walk follows segment lengths, so markers inside an embedded thumbnail are not taken for the picture's
own, and it ends at the first end-of-image marker: the further pictures of an MPO file and anything
appended are left behind.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from facegate.pictures.errors import BrokenPicture, TooManyScans, UnsupportedFormat
from facegate.pictures.orientation import AS_STORED, read_orientation
from facegate.pictures.stream import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

START: Final = b"\xff\xd8"
END: Final = b"\xff\xd9"

_MAX_SEGMENTS = 1024
_MAX_TABLE_BYTES = 2184
"""Eight Huffman tables at their longest. Pillow reads quantisation tables one by one: 20 MB of them take a second."""
_MARKER = re.compile(rb"\xff([\x01-\xcf\xd8-\xfe])")
"""A marker that is no stuffed zero, restart marker or fill byte: these belong to the entropy-coded data."""

SOF0, DHT, SOS, DQT, DRI, APP0, APP14 = 0xC0, 0xC4, 0xDA, 0xDB, 0xDD, 0xE0, 0xEE
"""Markers by the standard's names: baseline frame, Huffman tables, scan, quantisation tables, restart interval."""

_SOI, _EOI, _TEM, _APP1 = 0xD8, 0xD9, 0x01, 0xE1
_PROGRESSIVE = 0xC2
_FRAMES = frozenset({SOF0, 0xC1, _PROGRESSIVE})
_TABLES = frozenset({DHT, DQT, DRI})
_UNCOMMON_FRAMES = {
    **dict.fromkeys((0xC3,), "lossless JPEG"),
    **dict.fromkeys((0xC5, 0xC6, 0xC7), "hierarchical JPEG"),
    **dict.fromkeys((0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF), "arithmetic-coded JPEG"),
}
_COLOUR_HINTS = {APP0: b"JFIF\x00", APP14: b"Adobe"}
"""Application segments that tell the decoder how colours are coded; all others are metadata."""

_EXIF = b"Exif\x00\x00"
_FRAME_BYTES = 6
_SAMPLE_BITS = 8


class Segment(NamedTuple):
    """`payload` is without marker and length; a scan's entropy-coded data follow it, up to `end`."""

    marker: int
    start: int
    payload: bytes
    end: int


class _Frame(NamedTuple):
    height: int
    width: int
    components: int
    progressive: bool


def walk_jpeg(data: bytes, max_scans: int) -> Stream:
    """Take a JPEG apart in time linear in its length.

    Raises BrokenPicture (cut short, contradictory), TooManyScans (more than `max_scans`, found before the
    rest is read) and UnsupportedFormat (lossless, hierarchical, arithmetic-coded or 12-bit JPEG).
    """
    view = memoryview(data)
    kept: list[bytes | memoryview] = [START]
    frame: _Frame | None = None
    orientation = AS_STORED
    scans = 0
    interleaved = True
    for segment in segments(data):
        if segment.marker in _UNCOMMON_FRAMES:
            raise UnsupportedFormat(_UNCOMMON_FRAMES[segment.marker])
        if segment.marker in _FRAMES:
            frame = _only_frame(segment, frame)
        elif segment.marker == SOS:
            scans += 1
            if frame is None:
                raise BrokenPicture("the JPEG has a scan before its frame header; save the picture again")
            if scans > max_scans:
                raise TooManyScans(f"the JPEG has more than {max_scans} scans; save it as a baseline JPEG")
            interleaved = interleaved and segment.payload[:1] == bytes([frame.components])
        elif segment.marker == _APP1 and segment.payload.startswith(_EXIF) and orientation == AS_STORED:
            orientation = read_orientation(segment.payload[len(_EXIF) :])
        elif segment.marker in _TABLES and len(segment.payload) > _MAX_TABLE_BYTES:
            raise BrokenPicture("a JPEG table is longer than any can be; save the picture again")
        if _is_needed(segment):
            kept.append(view[segment.start : segment.end])
    if frame is None or scans == 0:
        raise BrokenPicture("the JPEG has no picture in it; send the whole file")
    return Stream(
        format="JPEG",
        width=frame.width,
        height=frame.height,
        orientation=orientation,
        buffered=frame.progressive or not interleaved,
        essence=b"".join((*kept, END)),
    )


def segments(data: bytes) -> Iterator[Segment]:
    """Every segment up to the end-of-image marker; a scan's includes its entropy-coded data. Raises BrokenPicture."""
    position = len(START)
    for _ in range(_MAX_SEGMENTS):
        match = _MARKER.search(data, position)
        if match is None:
            raise BrokenPicture("the JPEG stops before its end-of-image marker; send the whole file")
        marker, start = match[1][0], match.start()
        if marker == _EOI:
            return
        if marker in (_SOI, _TEM):
            position = match.end()
            continue
        length = int.from_bytes(data[match.end() : match.end() + 2], "big")
        header_end = match.end() + length
        if length < 2 or header_end > len(data):
            raise BrokenPicture("a JPEG segment reaches past the end of the file; send the whole file")
        position = header_end
        if marker == SOS:
            following = _MARKER.search(data, header_end)
            position = following.start() if following else len(data)
        yield Segment(marker, start, data[match.end() + 2 : header_end], position)
    raise BrokenPicture(f"the JPEG has more than {_MAX_SEGMENTS} segments; save the picture again")


def _only_frame(segment: Segment, earlier: _Frame | None) -> _Frame:
    if earlier is not None:
        raise BrokenPicture("the JPEG has two frame headers; save the picture again")
    if len(segment.payload) < _FRAME_BYTES:
        raise BrokenPicture("the JPEG's frame header is cut short; send the whole file")
    if segment.payload[0] != _SAMPLE_BITS:
        raise UnsupportedFormat(f"JPEG with {segment.payload[0]} bits a sample")
    height, width = (int.from_bytes(segment.payload[at : at + 2], "big") for at in (1, 3))
    if not (width and height):
        raise BrokenPicture("the JPEG does not state its size; save the picture again")
    return _Frame(height, width, segment.payload[5], segment.marker == _PROGRESSIVE)


def _is_needed(segment: Segment) -> bool:
    hint = _COLOUR_HINTS.get(segment.marker)
    if hint is not None:
        return segment.payload.startswith(hint)
    return segment.marker in _FRAMES or segment.marker in _TABLES or segment.marker == SOS
