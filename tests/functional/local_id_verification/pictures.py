"""Pictures as Base64: photographs of people, and pictures that the service refuses."""

from __future__ import annotations

import base64
import functools
import io
from typing import Any

from PIL import Image

from tests.functional.local_id_verification.service import ROOT

PHOTOS = ROOT / ".local" / "photos"


def picture(name: str) -> Image.Image:
    """A photograph with its short side at 720 pixels, and at most 1920 tall."""
    file = PHOTOS / name
    assert file.exists(), f"{file} is missing: fetch the test photographs first"
    with Image.open(file) as image:
        scale = 720 / min(image.size)
        resized = image.convert("RGB").resize((round(image.width * scale), round(image.height * scale)))
    return resized.crop((0, 0, resized.width, min(resized.height, 1920)))


def encode(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **({"quality": 90} if kind == "JPEG" else {}), **options)
    return buffer.getvalue()


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


@functools.cache
def photo(name: str) -> str:
    """Base64 of a conforming JPEG."""
    return text(encode(picture(name)))


@functools.cache
def gradient() -> str:
    """A conforming picture without a face."""
    return text(encode(Image.linear_gradient("L").resize((720, 960))))


def oversized(length: int) -> str:
    """A valid JPEG, filled up to `length` bytes."""
    jpeg = base64.b64decode(gradient())
    return text(jpeg + bytes(length - len(jpeg)))
