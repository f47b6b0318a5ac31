"""The image normaliser: any phone's JPEG or PNG in, the picture the ID Verification service wants out."""

from __future__ import annotations

from facegate.pictures.errors import (
    BrokenPicture,
    EmptyPicture,
    ExtremeAspect,
    PictureError,
    PictureTooLarge,
    PictureTooSmall,
    TooManyPixels,
    TooManyScans,
    UnsupportedFormat,
)
from facegate.pictures.normaliser import Normalised, normalise
from facegate.pictures.profile import Profile

__all__ = [
    "BrokenPicture",
    "EmptyPicture",
    "ExtremeAspect",
    "Normalised",
    "PictureError",
    "PictureTooLarge",
    "PictureTooSmall",
    "Profile",
    "TooManyPixels",
    "TooManyScans",
    "UnsupportedFormat",
    "normalise",
]
