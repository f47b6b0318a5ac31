"""What every operation works with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import quote

from local.oss.attributes import ENCRYPTION, attributes_of
from local.oss.errors import invalid_argument
from local.oss.events import Origin

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.oss.attributes import Attributes
    from local.oss.receiving import Body
    from local.oss.service import Service
    from local.oss.signature import Authenticator
    from local.oss.wire import WireRequest


def _percent_encoded(text: str) -> str:
    return quote(text, safe="~")


@dataclass(frozen=True)
class Call:
    """`authenticator` is for the one operation that carries its signature in its body."""

    service: Service
    request: WireRequest
    body: Body
    authenticator: Authenticator

    @cached_property
    def bucket(self) -> str:
        """Of an operation on a bucket or an object."""
        assert self.request.bucket is not None
        return self.request.bucket

    @cached_property
    def key(self) -> str:
        """Of an operation on an object."""
        assert self.request.key is not None
        return self.request.key

    @property
    def origin(self) -> Origin:
        return Origin(self.request.request_id, self.request.source_ip)

    @property
    def forbids_overwriting(self) -> bool:
        return self.request.headers.get("x-oss-forbid-overwrite") == "true"

    def key_encoding(self) -> tuple[Callable[[str], str], str | None]:
        """How keys are written in the answer's document, and the EncodingType that says so."""
        encoding = self.request.parameter("encoding-type")
        if encoding is None:
            return str, None
        if encoding != "url":
            raise invalid_argument("encoding-type must be url.", "encoding-type", encoding)
        return _percent_encoded, encoding

    def new_attributes(self) -> Attributes:
        """Of the object that the request's headers describe. Raises OssError."""
        return attributes_of(self.request.headers, self.service.catalogue.setting(self.bucket, ENCRYPTION))
