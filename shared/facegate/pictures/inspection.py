"""Everything that is decided about a picture before a single pixel is decoded.

The order is from cheap to dear: no bytes, too many bytes, format, structure and scans, pixels, shape.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from facegate.pictures import formats, geometry
from facegate.pictures.errors import EmptyPicture, PictureTooLarge, TooManyPixels, UnsupportedFormat
from facegate.pictures.jpeg import walk_jpeg
from facegate.pictures.orientation import exchanges_sides
from facegate.pictures.png import walk_png

if TYPE_CHECKING:
    from collections.abc import Callable

    from facegate.pictures.profile import Profile
    from facegate.pictures.stream import Stream

_WALKS: Final[dict[str, Callable[[bytes, Profile], Stream]]] = {
    formats.JPEG: lambda data, profile: walk_jpeg(data, profile.max_scans),
    formats.PNG: lambda data, _: walk_png(data),
}


def inspect(data: bytes, profile: Profile) -> Stream:
    """Refuse what is not worth decoding or not safe to decode; hand back what is.

    `data`: the bytes of a picture file. Raises every PictureError but those that only decoding can find.
    """
    if not data:
        raise EmptyPicture("the picture has no bytes; send a JPEG or PNG file")
    if len(data) > profile.max_input_bytes:
        raise PictureTooLarge(
            f"the picture has {len(data):,} bytes; {profile.name} takes at most {profile.max_input_bytes:,}"
        )
    found = formats.sniff(data)
    if found not in _WALKS:
        raise UnsupportedFormat(found)
    stream = _WALKS[found](data, profile)
    _check_pixels(stream, profile)
    geometry.check_source(upright_size(stream), profile)
    return stream


def upright_size(stream: Stream) -> geometry.Size:
    """Width and height, pixels, as a viewer shows the picture."""
    stored = geometry.Size(stream.width, stream.height)
    return stored.turned() if exchanges_sides(stream.orientation) else stored


def _check_pixels(stream: Stream, profile: Profile) -> None:
    kind, limit = _pixel_limit(stream, profile)
    if stream.width * stream.height > limit:
        raise TooManyPixels(
            f"the picture is {stream.width} x {stream.height} pixels; a {kind} may have at most {limit:,}"
        )


def _pixel_limit(stream: Stream, profile: Profile) -> tuple[str, int]:
    if stream.format == formats.PNG:
        return "PNG", profile.max_pixels_png
    if stream.buffered:
        return "progressive JPEG", profile.max_pixels_progressive
    return "baseline JPEG", profile.max_pixels_jpeg
