"""What the walk over a file found, before anything was decoded."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class Stream(Struct, frozen=True):
    """A picture file, taken apart.

    `width` and `height` are pixels as stored, before the orientation is applied. `essence` is a file of
    the same format with only what decoding the pixels takes: metadata, further pictures and trailing
    bytes are not in it, so no parser of Pillow's ever sees them. `buffered` says that the decoder must
    hold the whole picture at its full size.
    """

    format: Literal["JPEG", "PNG"]
    width: int
    height: int
    orientation: int
    buffered: bool
    essence: bytes
