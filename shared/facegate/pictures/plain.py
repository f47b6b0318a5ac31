"""The plainest JPEG: read from its segments, and written anew from them without touching a pixel.

Plain is what the normaliser's own encoder writes: baseline, Y, Cb and Cr of 8 bits in one scan, no restart markers;
colour may be at full, half or quarter resolution. Whatever is rare, or read differently by different decoders (grey,
CMYK, RGB, extended, 16-bit tables, other samplings), is not plain; it is encoded again, which settles it.

Restart markers are excluded because decoders skip anything that stands before one, so anything could be hidden there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec import Struct

from facegate.pictures.jpeg import APP0, APP14, DHT, DQT, DRI, END, SOF0, SOS, START, segments

if TYPE_CHECKING:
    from collections.abc import Callable

    from facegate.pictures.jpeg import Segment

_JFIF: Final = b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
"""Version 1.1, square pixels, no thumbnail: always these bytes. It says that the colours are YCbCr, and some programs
take a file without it for no JPEG.
"""

_SAMPLINGS = frozenset({(0x11, 0x11, 0x11), (0x21, 0x11, 0x11), (0x22, 0x11, 0x11)})
"""4:4:4, 4:2:2, 4:2:0."""

_NOT_DATA = re.compile(rb"\xff(?!\x00)")
"""Within entropy-coded data: a restart marker or a fill byte. What means 0xff has a stuffed zero behind it."""

_YCBCR = (1, 2, 3)
_ADOBE_YCBCR = 1
_QUANTISER_BYTES = 64
_COUNTS_BYTES = 16
_MOST_SYMBOLS = 256
_SEQUENTIAL: Final = b"\x00\x3f\x00"
"""A scan header's end: coefficients 0 to 63, in full precision."""


class _NotPlainError(Exception):
    pass


class _Component(NamedTuple):
    """Table numbers; the Huffman tables' as DHT counts them, 0x10 added for AC."""

    sampling: int
    quantiser: int
    dc: int
    ac: int


class PlainJpeg(Struct, frozen=True):
    """Sides in pixels; `components` are Y, Cb, Cr; `entropy_coded` is the one scan's data, without its header."""

    width: int
    height: int
    components: tuple[_Component, ...]
    quantisers: dict[int, bytes]
    huffman_tables: dict[int, bytes]
    entropy_coded: bytes

    def written(self) -> bytes:
        """The file: the same bytes for the same pixels so encoded, with the tables in use and nothing else."""
        quantisers = dict.fromkeys(component.quantiser for component in self.components)
        tables = dict.fromkeys(number for component in self.components for number in component[2:])
        return b"".join(
            (
                START,
                _segment(APP0, _JFIF),
                *(_segment(DQT, bytes((number,)) + self.quantisers[number]) for number in quantisers),
                _segment(SOF0, self._frame()),
                *(_segment(DHT, bytes((number,)) + self.huffman_tables[number]) for number in tables),
                _segment(SOS, self._scan()),
                self.entropy_coded,
                END,
            )
        )

    def _frame(self) -> bytes:
        sides = self.height.to_bytes(2, "big") + self.width.to_bytes(2, "big")
        rows = (bytes((name, c.sampling, c.quantiser)) for name, c in zip(_YCBCR, self.components, strict=True))
        return b"".join((b"\x08", sides, b"\x03", *rows))

    def _scan(self) -> bytes:
        rows = (bytes((name, c.dc << 4 | c.ac & 0x0F)) for name, c in zip(_YCBCR, self.components, strict=True))
        return b"".join((b"\x03", *rows, _SEQUENTIAL))


def read_plain(jpeg: bytes) -> PlainJpeg | None:
    """`jpeg`, taken apart, or None if it is not plain. It must have passed `walk_jpeg`."""
    reader = _Reader(jpeg)
    try:
        for segment in segments(jpeg):
            if segment.marker == SOS:
                return reader.read_scan(segment)
            reader.read(segment)
    except _NotPlainError:
        return None
    return None


class _Reader:
    """What the segments up to the scan have said; a table that is defined again replaces the earlier one."""

    def __init__(self, jpeg: bytes) -> None:
        self._jpeg = jpeg
        self._frame = b""
        self._quantisers: dict[int, bytes] = {}
        self._huffman_tables: dict[int, bytes] = {}
        self._readers: dict[int, Callable[[bytes], None]] = {
            APP0: lambda _: None,
            APP14: self._read_adobe,
            DQT: self._read_quantisers,
            DHT: self._read_huffman_tables,
            DRI: self._read_restart_interval,
            SOF0: self._read_frame,
        }

    def read(self, segment: Segment) -> None:
        _must(segment.marker in self._readers)
        self._readers[segment.marker](segment.payload)

    def read_scan(self, segment: Segment) -> PlainJpeg:
        header, frame = segment.payload, self._frame
        _must(len(frame) == 15 and frame[5] == 3 and tuple(frame[6::3]) == _YCBCR)
        _must(len(header) == 10 and header[0] == 3 and tuple(header[1:7:2]) == _YCBCR and header[7:] == _SEQUENTIAL)
        components = tuple(
            _Component(sampling, quantiser, tables >> 4, tables & 0x0F | 0x10)
            for sampling, quantiser, tables in zip(frame[7::3], frame[8::3], header[2:8:2], strict=True)
        )
        _must(tuple(component.sampling for component in components) in _SAMPLINGS)
        _must(self._quantisers.keys() >= {component.quantiser for component in components})
        _must(self._huffman_tables.keys() >= {number for component in components for number in component[2:]})
        data = self._jpeg[segment.start + 4 + len(header) : segment.end]
        _must(_NOT_DATA.search(data) is None)
        height, width = (int.from_bytes(frame[at : at + 2], "big") for at in (1, 3))
        return PlainJpeg(width, height, components, self._quantisers, self._huffman_tables, data)

    def _read_frame(self, payload: bytes) -> None:
        self._frame = payload

    @staticmethod
    def _read_adobe(payload: bytes) -> None:
        _must(len(payload) == 12 and payload[11] == _ADOBE_YCBCR)

    @staticmethod
    def _read_restart_interval(payload: bytes) -> None:
        _must(payload == b"\x00\x00")

    def _read_quantisers(self, payload: bytes) -> None:
        for at in range(0, len(payload), 1 + _QUANTISER_BYTES):
            table = payload[at + 1 : at + 1 + _QUANTISER_BYTES]
            _must(payload[at] <= 3 and len(table) == _QUANTISER_BYTES)
            self._quantisers[payload[at]] = table

    def _read_huffman_tables(self, payload: bytes) -> None:
        at = 0
        while at < len(payload):
            counts = payload[at + 1 : at + 1 + _COUNTS_BYTES]
            end = at + 1 + _COUNTS_BYTES + sum(counts)
            _must(payload[at] & 0xEE == 0 and sum(counts) <= _MOST_SYMBOLS and end <= len(payload))
            self._huffman_tables[payload[at]] = payload[at + 1 : end]
            at = end


def _must(holds: bool) -> None:
    if not holds:
        raise _NotPlainError


def _segment(marker: int, payload: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(payload) + 2).to_bytes(2, "big") + payload
