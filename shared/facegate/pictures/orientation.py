"""The EXIF orientation: read from the raw EXIF block, without trusting anything else in it.

Only IFD0 is looked at, only for one tag, in at most a few hundred steps. Whatever is malformed counts as
1, as stored; viewers do the same. An orientation that stands in XMP alone is not looked for.
"""

from __future__ import annotations

import struct
from typing import Final

from PIL.Image import Transpose

AS_STORED: Final = 1

TO_UPRIGHT: Final[dict[int, Transpose]] = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
"""What turns a stored picture upright. Orientations 5 to 8 exchange width and height."""

_SIDEWAYS = frozenset({5, 6, 7, 8})
_TAG = 0x0112
_SHORT, _LONG = 3, 4
_MAX_ENTRIES = 512
_BYTE_ORDERS = {b"II*\x00": "<", b"MM\x00*": ">"}


def exchanges_sides(orientation: int) -> bool:
    return orientation in _SIDEWAYS


def read_orientation(tiff: bytes) -> int:
    """The orientation, 1..8, in an EXIF block (it starts with a TIFF header); 1 if absent or malformed."""
    try:
        value = _find(tiff)
    except (struct.error, KeyError):
        return AS_STORED
    return value if value in TO_UPRIGHT else AS_STORED


def _find(tiff: bytes) -> int:
    order = _BYTE_ORDERS[tiff[:4]]
    (directory,) = struct.unpack_from(f"{order}I", tiff, 4)
    (entries,) = struct.unpack_from(f"{order}H", tiff, directory)
    for index in range(min(entries, _MAX_ENTRIES)):
        entry = directory + 2 + 12 * index
        tag, kind, count = struct.unpack_from(f"{order}HHI", tiff, entry)
        if tag == _TAG and count == 1 and kind in (_SHORT, _LONG):
            (value,) = struct.unpack_from(f"{order}{'H' if kind == _SHORT else 'I'}", tiff, entry + 8)
            return int(value)
    return AS_STORED
