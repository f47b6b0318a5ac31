"""A photograph as the ID Verification pages ask for it."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageOps

SHORT_SIDE = 720
QUALITY = 90


def prepare(picture: bytes) -> bytes:
    """Upright, short side 720 pixels at most, JPEG."""
    image = ImageOps.exif_transpose(Image.open(BytesIO(picture)))
    scale = SHORT_SIDE / min(image.size)
    if scale < 1:
        size = (round(image.width * scale), round(image.height * scale))
        image = image.resize(size, Image.Resampling.LANCZOS)
    out = BytesIO()
    image.convert("RGB").save(out, "JPEG", quality=QUALITY)
    return out.getvalue()
