"""The size a picture is brought to: pure arithmetic on upright pictures.

The service wants 640 x 480 to 1920 x 1080 pixels (height x width), the short side at 720 and the height
above the width (documented). A landscape picture cannot be cropped without risking the face nor turned
without laying it on its side, so it gets a border above and below. The border is no higher than it must
be, because a face should fill 60 % of the area (documented) and every row of border lowers its share.
That a bordered landscape picture does better than a bare one is unconfirmed against the live service.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from facegate.pictures.errors import ExtremeAspect, PictureTooSmall

if TYPE_CHECKING:
    from facegate.pictures.profile import Profile

_PORTRAIT_MARGIN = 16
"""Pixels by which a bordered picture is higher than wide: one block of a 4:2:0 JPEG."""


class Size(NamedTuple):
    """Pixels."""

    width: int
    height: int

    @property
    def short(self) -> int:
        return min(self)

    def turned(self) -> Size:
        return Size(self.height, self.width)


def check_source(size: Size, profile: Profile) -> None:
    """Refuse an upright picture that cannot be scaled into the bounds: PictureTooSmall or ExtremeAspect."""
    if size.short < profile.min_source_side:
        raise PictureTooSmall(
            f"the picture is {size.width} x {size.height} pixels; its short side must be at least"
            f" {profile.min_source_side}, better {profile.short_side}"
        )
    if size.short * _largest_scale(size, profile) < profile.min_width:
        raise ExtremeAspect(
            f"the picture is {size.width} x {size.height} pixels, too long for its breadth; it may be at most"
            f" {profile.max_height / profile.min_width:.2f} times as high as wide, or"
            f" {profile.max_width / profile.min_width:.2f} times as wide as high"
        )


def content_size(size: Size, profile: Profile) -> Size:
    """The upright picture's own size, without a border; `size` unchanged where that is good enough."""
    target = profile.short_side if size.short > profile.keep_short_side else max(size.short, profile.min_width)
    scale = min(target / size.short, _largest_scale(size, profile))
    if scale == 1:
        return size
    return Size(
        width=max(profile.min_width, min(profile.max_width, round(size.width * scale))),
        height=max(profile.min_width, min(profile.max_height, round(size.height * scale))),
    )


def canvas_size(content: Size, profile: Profile) -> Size:
    """`content` with the border, if any, that makes it portrait and at least the minimum height."""
    if content.height > content.width:
        return Size(content.width, max(content.height, profile.min_height))
    return Size(content.width, max(content.width + _PORTRAIT_MARGIN, profile.min_height))


def smaller_canvas(canvas: Size, factor: float, profile: Profile) -> Size:
    """`canvas` scaled by `factor` (below 1), not below the documented minimum, still portrait by the same margin."""
    scale = max(factor, profile.min_width / canvas.width, profile.min_height / canvas.height)
    width = max(profile.min_width, round(canvas.width * scale))
    margin = min(_PORTRAIT_MARGIN, canvas.height - canvas.width)
    return Size(width, max(profile.min_height, width + margin, round(canvas.height * scale)))


def is_aimed_for(size: Size, profile: Profile) -> bool:
    """Whether an upright picture of this size could have come out of here, so that its size need not be changed.

    Wider than `keep_short_side` is only a landscape picture that has its border.
    """
    portrait = profile.min_width <= size.width < size.height
    within = size.width <= profile.max_width and profile.min_height <= size.height <= profile.max_height
    bordered = size.height == size.width + _PORTRAIT_MARGIN
    return portrait and within and (size.width <= profile.keep_short_side or bordered)


def _largest_scale(size: Size, profile: Profile) -> float:
    return min(profile.max_height / size.height, profile.max_width / size.width)
