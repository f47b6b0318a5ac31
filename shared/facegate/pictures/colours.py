"""Whatever way a file stores its colours, as RGB or, while it is grey, as L (one band until it is small)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PIL import ImageChops

from facegate.pictures.errors import BrokenPicture

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL.Image import Image

_WHITE = (255, 255, 255)


def in_plain_colours(image: Image) -> Image:
    """`image` itself or a converted copy, RGB or L; what is transparent becomes white.

    Raises BrokenPicture for a mode that no JPEG or PNG should have, and ValueError for a contradictory palette.
    """
    if "transparency" in image.info:
        return _on_white(image)
    convert = _CONVERSIONS.get(image.mode)
    if convert is None:
        raise BrokenPicture("the picture's colours are stored in an unsupported way; save it again as RGB")
    return convert(image)


def _as_it_is(image: Image) -> Image:
    return image


def _on_white(image: Image) -> Image:
    opaque = image if image.mode == "RGBA" else image.convert("RGBA")
    opaque.paste(_WHITE, mask=ImageChops.invert(opaque.getchannel("A")))
    return opaque.convert("RGB")


def _to_grey(image: Image) -> Image:
    return image.convert("L")


def _to_rgb(image: Image) -> Image:
    return image.convert("RGB")


def _sixteen_to_eight_bits(image: Image) -> Image:
    """Pillow's own conversion clips: nearly every 16-bit value would be white."""
    return image.point(lambda value: value * (1 / 257)).convert("L")


_CONVERSIONS: Final[dict[str, Callable[[Image], Image]]] = {
    "RGB": _as_it_is,
    "L": _as_it_is,
    "1": _to_grey,
    "P": _to_rgb,
    "CMYK": _to_rgb,
    "LA": _on_white,
    "RGBA": _on_white,
    "I;16": _sixteen_to_eight_bits,
}
"""By Pillow's mode. CMYK is converted by the plain formula, without its profile."""
