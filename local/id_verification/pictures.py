"""What a picture must be, for each kind of operation, and the checks from Base64 to pixels.

Limits are documented in MB without saying of how many bytes; the smaller reading (1 MB = 1,000,000 bytes) is
taken. Orientation tags are not applied, which is on purpose: a sideways picture reaches the engine sideways.
That height should exceed width is documented as a recommendation for comparisons and as a must for enrolment;
a landscape picture is not refused by either, since no code is documented for it. The least resolution is only
recommended for enrolment; it is enforced there as well.
"""

from __future__ import annotations

import base64
import binascii
import io
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from local.id_verification.errors import ServiceError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MEGABYTE = 1_000_000

_BROKEN = (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error, Image.DecompressionBombError)


@dataclass(frozen=True)
class PictureCodes:
    """The error code for each thing that can be wrong with a picture."""

    malformed: str
    too_large: str
    unqualified: str
    no_face: str
    download: str


@dataclass(frozen=True)
class PictureProfile:
    """Limits in bytes of the picture itself (not of its Base64), and in pixels as (short side, long side)."""

    formats: tuple[str, ...]
    base64_limit: int
    download_limit: int
    smallest: tuple[int, int]
    largest: tuple[int, int]
    codes: PictureCodes


_INTL_CODES = PictureCodes(
    malformed="InvalidParameter",
    too_large="ToolargeImage",
    unqualified="UnqualifiedPhoto",
    no_face="NoFaceDetected",
    download="DownloadTimeout",
)

COMPARISON_PICTURE = PictureProfile(
    formats=("JPEG", "PNG"),
    base64_limit=MEGABYTE * 6 // 10,
    download_limit=MEGABYTE,
    smallest=(480, 640),
    largest=(1080, 1920),
    codes=_INTL_CODES,
)

ENROLMENT_PICTURE = PictureProfile(
    formats=("JPEG",),
    base64_limit=MEGABYTE,
    download_limit=10 * MEGABYTE,
    smallest=(480, 640),
    largest=(1080, 1920),
    codes=_INTL_CODES,
)

# CompareFaces documents 2 MB, no resolution, and no code for a picture that is too big or unreadable. The
# size is there "so that pulling the picture does not time out", hence its internal error; an unreadable
# picture shows no face. The side limit keeps the local engine's work bounded.
COMPARE_FACES_PICTURE = PictureProfile(
    formats=("JPEG", "PNG"),
    base64_limit=2 * MEGABYTE,
    download_limit=2 * MEGABYTE,
    smallest=(1, 1),
    largest=(4096, 4096),
    codes=PictureCodes(
        malformed="InvalidParam.ImageValuePatternError",
        too_large="Error.CompareFacesError",
        unqualified="Error.NoFaceDetected",
        no_face="Error.NoFaceDetected",
        download="Error.CompareFacesError",
    ),
)


def from_base64(text: str, profile: PictureProfile) -> bytes:
    """The picture behind strict Base64: standard alphabet, padded, no line breaks, no `data:` header.

    Raises ServiceError for anything else and for a picture above the limit.
    """
    if text.startswith("data:"):
        raise ServiceError(profile.codes.malformed, "Send the Base64 without its data: header.")
    if len(text) // 4 * 3 - text[-2:].count("=") > profile.base64_limit:
        raise ServiceError(profile.codes.too_large, f"The limit for Base64 is {profile.base64_limit} bytes.")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ServiceError(profile.codes.malformed, "The picture is not valid Base64.") from error


def open_picture(data: bytes, profile: PictureProfile) -> Image.Image:
    """The picture with only its header read. Raises ServiceError for a wrong format or resolution."""
    try:
        image = Image.open(io.BytesIO(data), formats=profile.formats)
    except _BROKEN as error:
        expected = " or ".join(profile.formats)
        raise ServiceError(profile.codes.unqualified, f"The image is not a readable {expected}.") from error
    short, long = sorted(image.size)
    if short < profile.smallest[0] or long < profile.smallest[1]:
        raise ServiceError(profile.codes.unqualified, f"{short}x{long} pixels are too few.")
    if short > profile.largest[0] or long > profile.largest[1]:
        raise ServiceError(profile.codes.unqualified, f"{short}x{long} pixels are too many.")
    return image


def pixels(image: Image.Image, profile: PictureProfile) -> NDArray[np.uint8]:
    """Height x width x 3 (RGB), as stored. Raises ServiceError for a truncated or corrupt picture."""
    try:
        return np.array(image.convert("RGB"), dtype=np.uint8)
    except _BROKEN as error:
        raise ServiceError(profile.codes.unqualified, "The image is truncated or corrupt.") from error
