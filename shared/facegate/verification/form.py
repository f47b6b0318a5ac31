"""The form body of a call, built without the SDK's percent-encoding of pictures, its dominant cost (measured: 23
of 27 ms for 600 KB).

Base64 has only three characters that a form must escape; everything else goes through urlencode. A property test
holds the two equal byte for byte. Pictures stay bytes all the way: replacing in a str takes half as long again.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote_plus


@dataclass(frozen=True, slots=True)
class Base64:
    """A value that is sent as `prefix` and the Base64 of `data`."""

    data: bytes = field(repr=False)
    prefix: str = ""

    def text(self) -> str:
        """As it arrives."""
        return self.prefix + base64.b64encode(self.data).decode()


def encode(fields: Mapping[str, str | Base64]) -> bytes:
    """`application/x-www-form-urlencoded`, sorted by name."""
    pieces: list[bytes] = []  # joined once: a picture is copied no oftener than needed
    for name, value in sorted(fields.items()):
        pieces += (b"&" if pieces else b"", quote_plus(name).encode(), b"=")
        if isinstance(value, str):
            pieces.append(quote_plus(value).encode())
        else:
            pieces += (quote_plus(value.prefix).encode(), *_escaped(value.data))
    return b"".join(pieces)


def _escaped(data: bytes) -> tuple[bytes, bytes]:
    """The Base64 of `data`, and its padding."""
    text = binascii.b2a_base64(data, newline=False).replace(b"+", b"%2B").replace(b"/", b"%2F")
    payload = text.rstrip(b"=")
    return payload, b"%3D" * (len(text) - len(payload))
