"""The form body of a call, built without the SDK's percent-encoding of pictures, its dominant cost (measured: 23
of 27 ms for 600 KB).

Base64 has only three characters that a form must escape; everything else goes through urlencode. A property test
holds the two equal byte for byte. Pictures stay bytes all the way: replacing in a str takes half as long again.
"""

from __future__ import annotations

import base64
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
    return b"&".join(quote_plus(name).encode() + b"=" + _escaped(value) for name, value in sorted(fields.items()))


def _escaped(value: str | Base64) -> bytes:
    if isinstance(value, str):
        return quote_plus(value).encode()
    payload = base64.b64encode(value.data).replace(b"+", b"%2B").replace(b"/", b"%2F").replace(b"=", b"%3D")
    return quote_plus(value.prefix).encode() + payload
