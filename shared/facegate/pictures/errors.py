"""What can be wrong with a picture: one class per defect, each carrying what a caller may be told.

    PictureError                 anything below; never raised itself
    ├── EmptyPicture             there are no bytes at all
    ├── PictureTooLarge          too many bytes, coming in or (after every economy) going out
    ├── TooManyPixels            the header announces more pixels than may be decoded
    ├── TooManyScans             a progressive JPEG built to be decoded over and over
    ├── UnsupportedFormat        another format than JPEG or PNG; names the one that was found
    ├── BrokenPicture            a JPEG or PNG that is cut short or corrupt
    ├── PictureTooSmall          too few pixels for a face to be in them
    └── ExtremeAspect            a strip: within the service's limits its short side would vanish

`code` is the vendor's where the vendor has one (documented: ToolargeImage, UnqualifiedPhoto,
InvalidParameter); UnsupportedImageFormat is ours. `message` states sizes and formats only, never anything
read out of the picture, so it may be logged and answered as it is.
"""

from __future__ import annotations

from facegate.errors import FacegateError


class PictureError(FacegateError):
    """A picture cannot be used, through no fault of ours; sending the same bytes again will not help."""


class EmptyPicture(PictureError):
    code = "InvalidParameter"
    http_status = 400


class PictureTooLarge(PictureError):
    code = "ToolargeImage"
    http_status = 413


class TooManyPixels(PictureError):
    code = "ToolargeImage"
    http_status = 413


class TooManyScans(PictureError):
    """413 like its siblings: the file asks for more work than is allowed."""

    code = "ToolargeImage"
    http_status = 413


class UnsupportedFormat(PictureError):
    """`found` names the format, e.g. "HEIC" or "unknown"; it comes from our own table, not from the file."""

    code = "UnsupportedImageFormat"
    http_status = 415

    def __init__(self, found: str) -> None:
        super().__init__(f"the picture's format is {found}; send a baseline or progressive JPEG, or a PNG")
        self.found = found


class BrokenPicture(PictureError):
    code = "UnqualifiedPhoto"
    http_status = 422


class PictureTooSmall(PictureError):
    code = "UnqualifiedPhoto"
    http_status = 422


class ExtremeAspect(PictureError):
    code = "UnqualifiedPhoto"
    http_status = 422
