"""From an inspected file to pixels, at a reduced scale where the format allows it.

Pillow's two plugin classes are used directly: Image.open would register further formats and parse metadata.
Image.MAX_IMAGE_PIXELS and ImageFile.LOAD_TRUNCATED_IMAGES stay as they are; inspection is the stricter.
"""

from __future__ import annotations

import struct
from io import BytesIO
from typing import TYPE_CHECKING, Final

from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from facegate.pictures.colours import in_plain_colours
from facegate.pictures.errors import BrokenPicture
from facegate.pictures.geometry import Size
from facegate.pictures.jpeg import END

if TYPE_CHECKING:
    from PIL.Image import Image

    from facegate.pictures.stream import Stream

DECODER_ERRORS: Final = (OSError, SyntaxError, ValueError, struct.error)
"""What Pillow raises over a damaged file (found by fuzzing): struct.error for a late tRNS chunk, ValueError for a
palette.
"""

_MISSING_SAMPLE = frozenset({127, 128})
"""What libjpeg fills in, in every band, where the data ended too early (128; 127 where inverted)."""

_TAIL_BYTES = 32
_COARSEST = 8


def decode(stream: Stream, at_least: Size) -> Image:
    """The pixels in stored orientation, RGB or L.

    A JPEG is decoded at 1/8, 1/4 or 1/2 scale where the result still covers `at_least` (pixels, stored
    orientation). Raises BrokenPicture.
    """
    try:
        image = _open_jpeg(stream.essence, at_least) if stream.format == "JPEG" else _open_png(stream.essence)
        image.load()
        if stream.format == "JPEG" and not stream.buffered and _ended_early(image, stream):
            raise BrokenPicture(
                f"the JPEG's data end before its {stream.width} x {stream.height} pixels; send the whole file"
            )
        return in_plain_colours(image)
    except DECODER_ERRORS as error:
        raise BrokenPicture(f"the {stream.format} is damaged and cannot be decoded; save the picture again") from error


def _open_jpeg(essence: bytes, at_least: Size) -> Image:
    image = JpegImageFile(BytesIO(essence))
    image.draft(None, at_least)
    return image


def _open_png(essence: bytes) -> Image:
    return PngImageFile(BytesIO(essence))


def _ended_early(image: Image, stream: Stream) -> bool:
    """Whether a baseline JPEG holds fewer rows than its header claims, which libjpeg passes over in silence.

    The rows it invents are mid-grey. Some pictures end in mid-grey by right: then the last bytes of the file
    describe that grey, and cutting them off changes nothing; otherwise they describe something else, and it
    changes. The two trial decodes are at 1/8 scale and happen only when the last row is mid-grey.
    """
    last_row = image.crop((0, image.height - 1, image.width, image.height)).tobytes()
    if not _MISSING_SAMPLE.issuperset(last_row):
        return False
    cut = stream.essence[: -len(END) - _TAIL_BYTES] + END
    return _coarse(stream, stream.essence) != _coarse(stream, cut)


def _coarse(stream: Stream, essence: bytes) -> bytes:
    size = Size(max(1, stream.width // _COARSEST), max(1, stream.height // _COARSEST))
    return _open_jpeg(essence, size).tobytes()
