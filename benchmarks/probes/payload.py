"""What stands for a picture where only its size matters."""

from __future__ import annotations

import base64
import os
from functools import lru_cache


@lru_cache(maxsize=4)
def payload(size: int) -> str:
    """Base64 of `size` random bytes: compressed pictures look like that to an encoder."""
    return base64.b64encode(os.urandom(size)).decode()
