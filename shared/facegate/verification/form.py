"""The form body of a call, built without the SDK's percent-encoding of pictures, its dominant cost (measured: 23
of 27 ms for 600 KB).

Base64 has only three characters that a form must escape; everything else goes through urlencode. A property test
holds the two equal byte for byte.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from urllib.parse import quote_plus


def encode(fields: Mapping[str, str], base64_fields: Collection[str]) -> bytes:
    """`application/x-www-form-urlencoded`, sorted by name. `base64_fields` may carry a prefix such as `base64://`."""
    return "&".join(
        f"{quote_plus(name)}={_base64(value) if name in base64_fields else quote_plus(value)}"
        for name, value in sorted(fields.items())
    ).encode("ascii")


def _base64(value: str) -> str:
    scheme, mark, payload = value.rpartition("://")
    escaped = payload.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
    return quote_plus(scheme + mark) + escaped
