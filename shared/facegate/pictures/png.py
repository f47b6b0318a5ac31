"""A walk over the chunks of a PNG: checks their sums, finds size and orientation, keeps what decoding needs.

Kept are the critical chunks and the transparency. Compressed text, colour profiles and the further frames of
an animated PNG never reach a decompressor; of an animation the default picture is used.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final, NamedTuple

from facegate.pictures.errors import BrokenPicture
from facegate.pictures.orientation import AS_STORED, read_orientation
from facegate.pictures.stream import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"

_NEEDED = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
_MAX_CHUNKS = 16_384
_FRAMING = 12
"""Bytes of a chunk beside its data: length, type, checksum."""
_HEADER_BYTES = 13
_DEEP = 16


class _Chunk(NamedTuple):
    kind: bytes
    start: int
    data: memoryview
    end: int


def walk_png(data: bytes) -> Stream:
    """Take a PNG apart in time linear in its length. Raises BrokenPicture: cut short, damaged, disordered."""
    kept: list[bytes | memoryview] = [SIGNATURE]
    width = height = depth = 0
    orientation = AS_STORED
    view = memoryview(data)
    for chunk in _chunks(view):
        if (chunk.kind == b"IHDR") != (depth == 0):
            raise BrokenPicture("the PNG must have one header chunk, its first; save the picture again")
        if chunk.kind == b"IHDR":
            width, height, depth = _header(chunk.data)
        elif chunk.kind == b"eXIf" and orientation == AS_STORED:
            orientation = read_orientation(bytes(chunk.data))
        if chunk.kind in _NEEDED and not (chunk.kind == b"tRNS" and depth == _DEEP):
            kept.append(view[chunk.start : chunk.end])
    return Stream(
        format="PNG",
        width=width,
        height=height,
        orientation=orientation,
        buffered=True,
        essence=b"".join(kept),
    )


def _chunks(data: memoryview) -> Iterator[_Chunk]:
    """Every chunk up to and with IEND; checksums are verified for those that are kept."""
    start = len(SIGNATURE)
    for _ in range(_MAX_CHUNKS):
        length = int.from_bytes(data[start : start + 4], "big")
        kind = bytes(data[start + 4 : start + 8])
        end = start + _FRAMING + length
        if end > len(data):
            raise BrokenPicture("the PNG stops before its last chunk; send the whole file")
        if kind in _NEEDED:
            _verify(data[start + 4 : end - 4], data[end - 4 : end])
        yield _Chunk(kind, start, data[start + 8 : end - 4], end)
        if kind == b"IEND":
            return
        start = end
    raise BrokenPicture(f"the PNG has more than {_MAX_CHUNKS} chunks; save the picture again")


def _verify(covered: memoryview, checksum: memoryview) -> None:
    if zlib.crc32(covered) != int.from_bytes(checksum, "big"):
        raise BrokenPicture("a PNG checksum is wrong, so the file was damaged on its way; send it again")


def _header(data: memoryview) -> tuple[int, int, int]:
    if len(data) != _HEADER_BYTES:
        raise BrokenPicture("the PNG's header chunk must have 13 bytes; save the picture again")
    width, height, depth = (int.from_bytes(data[a:b], "big") for a, b in ((0, 4), (4, 8), (8, 9)))
    if not (width and height and depth):
        raise BrokenPicture("the PNG does not state its size; save the picture again")
    return width, height, depth
