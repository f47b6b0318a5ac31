"""What goes back to the client, before it is on the wire."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import TYPE_CHECKING, BinaryIO

from local.oss.documents import render

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from local.oss.catalogue import StoredObject
    from local.oss.documents import Content
    from local.oss.errors import OssError
    from local.oss.wire import WireRequest

XML = "application/xml"
CRC64 = "x-oss-hash-crc64ecma"
PIECE_BYTES = 256 * 1024


@dataclass(frozen=True)
class Slice:
    """`length` bytes of an open file from `start` on."""

    file: BinaryIO
    start: int
    length: int

    def __iter__(self) -> Iterator[bytes]:
        self.file.seek(self.start)
        left = self.length
        while left:
            piece = self.file.read(min(left, PIECE_BYTES))
            if not piece:
                raise OSError("the content is shorter than its entry says")
            left -= len(piece)
            yield piece


@dataclass(frozen=True)
class Answer:
    """`headers` by lower-case name, Latin-1. `length` is Content-Length where it is not that of the body: of HEAD."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | Slice = b""
    length: int | None = None

    @property
    def content_length(self) -> int:
        if self.length is not None:
            return self.length
        return self.body.length if isinstance(self.body, Slice) else len(self.body)

    def pieces(self) -> Iterable[bytes]:
        """The body. Raises OSError."""
        return self.body if isinstance(self.body, Slice) else [self.body]

    def close(self) -> None:
        if isinstance(self.body, Slice):
            self.body.file.close()


def document(root: str, content: Content, headers: dict[str, str] | None = None) -> Answer:
    return Answer(200, {"content-type": XML, **(headers or {})}, render(root, content))


def refusal(error: OssError, request: WireRequest) -> Answer:
    """The error document; of HEAD, which has no body, in the header x-oss-err."""
    fields: dict[str, Content] = {
        "Code": error.code,
        "Message": error.message,
        "RequestId": request.request_id,
        "HostId": request.host,
        **error.details,
        "EC": error.ec or None,
    }
    body = render("Error", fields)
    headers = {"content-type": XML}
    if error.ec:
        headers["x-oss-ec"] = error.ec
    if request.method == "HEAD":
        return Answer(error.status, {**headers, "x-oss-err": base64.b64encode(body).decode()})
    return Answer(error.status, headers, body)


def quoted(etag: str) -> str:
    return f'"{etag}"'


def http_date(milliseconds: int) -> str:
    return formatdate(milliseconds // 1000, usegmt=True)


def validators(stored: StoredObject) -> dict[str, str]:
    """The headers that every answer about an object has."""
    return {
        "etag": quoted(stored.etag),
        "last-modified": http_date(stored.modified_ms),
        CRC64: str(stored.crc64),
    }


def description(stored: StoredObject) -> dict[str, str]:
    """The headers of GET and HEAD."""
    tags = {"x-oss-tagging-count": str(len(stored.attributes.tags))} if stored.attributes.tags else {}
    return {
        "content-type": stored.attributes.content_type,
        "accept-ranges": "bytes",
        **validators(stored),
        "x-oss-object-type": stored.type,
        "x-oss-storage-class": "Standard",
        **stored.attributes.headers,
        **stored.attributes.meta,
        **tags,
    }
