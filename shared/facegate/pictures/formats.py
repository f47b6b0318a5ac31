"""The format of a file by its first bytes: two are used, the others known so that a refusal can name them."""

from __future__ import annotations

import re
from typing import Final

JPEG: Final = "JPEG"
PNG: Final = "PNG"
UNKNOWN: Final = "unknown"

_LOOK_AHEAD = 1024
"""Bytes in which a text format must show itself."""

_MAGIC: Final[tuple[tuple[int, bytes, str], ...]] = (
    (0, b"\xff\xd8\xff", JPEG),
    (0, b"\x89PNG\r\n\x1a\n", PNG),
    (0, b"GIF8", "GIF"),
    (8, b"WEBP", "WebP"),
    (0, b"BM", "BMP"),
    (0, b"II*\x00", "TIFF or camera raw"),
    (0, b"MM\x00*", "TIFF or camera raw"),
    (0, b"II+\x00", "TIFF"),
    (0, b"MM\x00+", "TIFF"),
    (0, b"\x00\x00\x01\x00", "ICO"),
    (0, b"8BPS", "Photoshop"),
    (0, b"\x00\x00\x00\x0cjP  ", "JPEG 2000"),
    (0, b"\xff\x4f\xff\x51", "JPEG 2000"),
    (0, b"\x00\x00\x00\x0cJXL ", "JPEG XL"),
    (0, b"\xff\x0a", "JPEG XL"),
    (0, b"%PDF-", "PDF"),
    (0, b"PK\x03\x04", "ZIP"),
    (0, b"\x1f\x8b", "gzip"),
    (0, b"\x1aE\xdf\xa3", "WebM or Matroska video"),
    (0, b"/9j/", "Base64 text (encoded twice?)"),
    (0, b"iVBORw0KGgo", "Base64 text (encoded twice?)"),
    (0, b"data:image/", "a data: URI inside Base64"),
)

_TEXT: Final = (
    (re.compile(rb"<svg[\s>]", re.IGNORECASE), "SVG"),
    (re.compile(rb"<!doctype html|<html[\s>]|<head[\s>]|<body[\s>]", re.IGNORECASE), "HTML"),
    (re.compile(rb"\A\s*<\?xml", re.IGNORECASE), "XML"),
)

_BRANDS: Final[tuple[tuple[frozenset[bytes], str], ...]] = (
    (frozenset({b"avif", b"avis"}), "AVIF"),
    (frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}), "HEIC"),
)
"""Brands of ISO base media files; AVIF first, since an AVIF file may also claim the general brand mif1."""


def sniff(data: bytes) -> str:
    """JPEG, PNG, the name of a refused format, or "unknown"; looks at no more than 1,024 bytes."""
    for offset, magic, name in _MAGIC:
        if data.startswith(magic, offset):
            return name
    head = data[:_LOOK_AHEAD]
    if head[4:8] == b"ftyp":
        return _iso_media(head)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return next((name for pattern, name in _TEXT if pattern.search(head)), UNKNOWN)
    return UNKNOWN


def _iso_media(head: bytes) -> str:
    box = head[8 : int.from_bytes(head[:4], "big")]
    brands = {box[start : start + 4] for start in range(0, len(box), 4)}
    return next((name for known, name in _BRANDS if brands & known), "MP4 or QuickTime video")
