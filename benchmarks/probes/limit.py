"""What the normaliser cannot be quicker than: the decoder at the scale that it offers, and the encoder.

No orientation, resampling, checks or hash: the output has the size of the normaliser's, cut out where the decoder
offers none near enough.
"""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from benchmarks.probes.stopwatch import weighed
from facegate.operations import OPERATIONS

_PROFILE = OPERATIONS["FaceCompare"].profile


def normaliser(event: bytes, _: Any) -> dict[str, Any]:
    """Order: `path`."""
    data = Path(json.loads(event)["path"]).read_bytes()
    return weighed(lambda: _decode_and_encode(data))


def _decode_and_encode(data: bytes) -> None:
    image: Image.Image = Image.open(BytesIO(data))
    scale = _PROFILE.short_side / min(image.size)
    wanted = (round(image.width * scale), round(image.height * scale))
    image.draft("RGB", wanted)
    image.load()
    if min(image.size) > _PROFILE.keep_short_side:
        image = image.crop((0, 0, *wanted))
    image.save(BytesIO(), "JPEG", quality=_PROFILE.jpeg_quality, subsampling="4:2:0")
