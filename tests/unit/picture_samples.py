"""Pictures made for the tests: generated, never photographs, and taken apart without the code under test."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from PIL import Image, ImageDraw

from facegate.pictures.profile import Profile

PROFILE = Profile(name="FaceCompare", max_input_bytes=2_000_000, max_output_bytes=600_000, jpeg_quality=90)

RED, GREEN, BLUE, YELLOW = (200, 30, 30), (30, 160, 30), (30, 30, 200), (210, 200, 40)
CORNERS = (RED, GREEN, BLUE, YELLOW)
"""Upright, clockwise from the upper left."""

ICC = b"ICC_PROFILE\x00\x01\x01" + b"profile" * 20
XMP = b"http://ns.adobe.com/xap/1.0/\x00<x:xmpmeta>somebody's name</x:xmpmeta>"


def corners(width: int = 480, height: int = 640) -> Image.Image:
    """Four quarters of different colour, so that every turn and flip shows."""
    image = Image.new("RGB", (width, height), RED)
    draw = ImageDraw.Draw(image)
    half_w, half_h = width // 2, height // 2
    draw.rectangle((half_w, 0, width, half_h), fill=GREEN)
    draw.rectangle((half_w, half_h, width, height), fill=BLUE)
    draw.rectangle((0, half_h, half_w - 1, height), fill=YELLOW)
    return image


def noise(width: int, height: int) -> Image.Image:
    """The picture that compresses worst."""
    return Image.merge("RGB", [Image.effect_noise((width, height), 100) for _ in "RGB"])


def encoded(image: Image.Image, file_format: str = "JPEG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def opened(jpeg: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(jpeg), formats=("JPEG",))
    image.load()
    return image


# --- JPEG surgery ---------------------------------------------------------------------------------------------------


def segment(marker: int, payload: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(payload) + 2) + payload


def with_segments(jpeg: bytes, *segments: bytes) -> bytes:
    """`jpeg` with further segments right after its start."""
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def segments_of(jpeg: bytes) -> list[tuple[int, bytes]]:
    """Marker and payload of every segment before the scan, for a baseline JPEG of one scan; the scan's header last."""
    found = []
    position = 2
    while True:
        marker, length = jpeg[position + 1], int.from_bytes(jpeg[position + 2 : position + 4], "big")
        found.append((marker, jpeg[position + 4 : position + 2 + length]))
        if marker == 0xDA:
            return found
        position += 2 + length


def with_claimed_size(jpeg: bytes, width: int, height: int) -> bytes:
    frame = jpeg.index(b"\xff\xc0")
    return jpeg[: frame + 5] + struct.pack(">HH", height, width) + jpeg[frame + 9 :]


def with_scans(count: int, side: int = 480) -> bytes:
    """A progressive JPEG whose last scan is repeated until there are `count`."""
    jpeg = encoded(corners(side, side + side // 3), progressive=True)
    last = jpeg[jpeg.rindex(b"\xff\xda") : -2]
    return jpeg[:-2] + last * (count - jpeg.count(b"\xff\xda")) + jpeg[-2:]


# --- EXIF -----------------------------------------------------------------------------------------------------------


def exif(orientation: int, *, thumbnail: bytes = b"", order: str = "II") -> bytes:
    """An EXIF block (TIFF) with an orientation, a GPS directory, the camera's serial number, and maybe a thumbnail."""
    pack = "<" if order == "II" else ">"
    gps_at, next_at = 200, 300
    entries = [
        struct.pack(f"{pack}HHIHH", 0x0112, 3, 1, orientation, 0),
        struct.pack(f"{pack}HHII", 0x8825, 4, 1, gps_at),
        struct.pack(f"{pack}HHI4s", 0xA431, 2, 4, b"S123"),
    ]
    header = order.encode() + struct.pack(f"{pack}HI", 42, 8)
    first = struct.pack(f"{pack}H", len(entries)) + b"".join(entries) + struct.pack(f"{pack}I", next_at)
    gps = struct.pack(f"{pack}HHHI4sI", 1, 1, 2, 2, b"N\x00\x00\x00", 0)
    tags = ((0x0201, 400), (0x0202, len(thumbnail)))
    second = struct.pack(f"{pack}H", 2) + b"".join(struct.pack(f"{pack}HHII", tag, 4, 1, value) for tag, value in tags)
    return (header + first).ljust(gps_at, b"\0") + gps.ljust(100, b"\0") + second.ljust(100, b"\0") + thumbnail


def with_exif(jpeg: bytes, block: bytes) -> bytes:
    return with_segments(jpeg, segment(0xE1, b"Exif\x00\x00" + block))


# --- PNG surgery ----------------------------------------------------------------------------------------------------


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def with_chunks(png: bytes, *chunks: bytes) -> bytes:
    """`png` with further chunks right after its header chunk."""
    return png[:33] + b"".join(chunks) + png[33:]


def flat_png(width: int, height: int) -> bytes:
    """A grey PNG made without holding its pixels: 1 bit each, all rows alike."""
    row = b"\x00" * (1 + (width + 7) // 8)
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(row * height, 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
