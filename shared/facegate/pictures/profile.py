"""What an operation accepts and what it is sent: limits and targets as one value object per operation.

The sides are documented by the vendor: 640 x 480 to 1920 x 1080 pixels (height x width), short side 720.
The limits on pixels and scans were measured (time and memory of the decoder). Profiles themselves are
declared with the operations.
"""

from __future__ import annotations

from msgspec import Struct

PILLOW_BOMB_WARNING = 89_478_485
"""Pixels beyond which Pillow itself speaks of a decompression bomb; our limits must stay below."""

LEAST_OUTPUT_BUDGET = 50_000
"""Bytes; the lower end of the size the vendor recommends. A smaller budget would buy unusable pictures."""


class Profile(Struct, frozen=True):
    """Limits and targets of one operation. Sides in pixels, sizes in bytes, qualities as libjpeg counts.

    Raises ValueError, naming the field, when the values contradict each other.
    """

    name: str
    max_input_bytes: int
    max_output_bytes: int
    jpeg_quality: int
    lowest_quality: int = 60

    short_side: int = 720
    keep_short_side: int = 800
    """A short side up to this is kept: the scaled decode often lands below it, and resampling costs 8 ms."""

    min_height: int = 640
    min_width: int = 480
    max_height: int = 1920
    max_width: int = 1080

    min_source_side: int = 240
    """A smaller picture is refused: enlarging it more than twice invents pixels and does not make a face."""

    max_pixels_jpeg: int = 52_000_000
    """Baseline JPEG, decoded at reduced scale: 50-megapixel phones have up to 50.4 million pixels."""

    max_pixels_progressive: int = 24_000_000
    """JPEG whose decoder must hold every coefficient at once: 3 bytes a pixel at 4:2:0, 6 to 8 at worst."""

    max_pixels_png: int = 24_000_000
    """PNG has no reduced-scale decode: 4 bytes a pixel, twice that with transparency."""

    max_scans: int = 32
    """A progressive JPEG has about 10; each further scan is another pass over all coefficients."""

    def __post_init__(self) -> None:
        pixels = (self.max_pixels_jpeg, self.max_pixels_progressive, self.max_pixels_png)
        rules = (
            (bool(self.name), "name must not be empty"),
            (self.max_input_bytes > 0, "max_input_bytes must be positive"),
            (
                self.max_output_bytes >= LEAST_OUTPUT_BUDGET,
                f"max_output_bytes must be at least {LEAST_OUTPUT_BUDGET}",
            ),
            (
                1 <= self.lowest_quality <= self.jpeg_quality <= 95,
                "1 <= lowest_quality <= jpeg_quality <= 95 must hold",
            ),
            (0 < self.min_width < self.min_height, "0 < min_width < min_height must hold (portrait)"),
            (self.max_width < self.max_height, "max_width < max_height must hold (portrait)"),
            (
                self.min_width <= self.short_side <= self.keep_short_side <= self.max_width,
                "min_width <= short_side <= keep_short_side <= max_width must hold",
            ),
            (self.min_height <= self.max_height, "min_height must not exceed max_height"),
            (
                0 < self.min_source_side <= self.min_width,
                "min_source_side must be between 1 and min_width",
            ),
            (
                all(0 < limit <= PILLOW_BOMB_WARNING for limit in pixels),
                f"every max_pixels_* must be between 1 and {PILLOW_BOMB_WARNING}",
            ),
            (self.max_scans >= 1, "max_scans must be at least 1"),
        )
        for holds, rule in rules:
            if not holds:
                raise ValueError(f"picture profile {self.name!r}: {rule}")
