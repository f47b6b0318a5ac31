"""What stands for a picture where only its size matters."""

from __future__ import annotations

import os
from functools import lru_cache


@lru_cache(maxsize=4)
def payload(size: int) -> bytes:
    """Random bytes: compressed pictures look like that to an encoder."""
    return os.urandom(size)
