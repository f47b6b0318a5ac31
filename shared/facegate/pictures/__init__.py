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
from facegate.pictures.normaliser import Normalised, begin, finish, normalise
from facegate.pictures.profile import Profile
from facegate.pictures.stream import Stream

__all__ = [
    "BrokenPicture",
    "EmptyPicture",
    "ExtremeAspect",
    "Normalised",
    "PictureError",
    "PictureTooLarge",
    "PictureTooSmall",
    "Profile",
    "Stream",
    "TooManyPixels",
    "TooManyScans",
    "UnsupportedFormat",
    "begin",
    "finish",
    "normalise",
]
