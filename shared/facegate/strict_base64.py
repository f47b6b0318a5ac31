"""Base64 as RFC 4648 writes it: nothing beside its alphabet, and whole.

pybase64 works on 32 bytes at a time where the standard library works on one: of a photograph of 3.4 MB it takes 0.3 ms
where the lenient `binascii` takes 5.7 and the strict one more (measured). It is imported on first use: a look-up has no
Base64.
"""

from __future__ import annotations


def decode(text: str | bytes | memoryview) -> bytes:
    """Raises ValueError (binascii.Error among them)."""
    from pybase64 import b64decode

    return b64decode(text, validate=True)


def encode(data: bytes) -> bytes:
    """In one line, with padding."""
    from pybase64 import b64encode

    return b64encode(data)
