"""Reads request bodies, in bounded memory."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING

from local.oss.errors import OssError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import Receive

    from local.oss.blobs import Blob, Blobs
    from local.oss.wire import WireRequest

MAX_DOCUMENT_BYTES = 2 * 1024 * 1024


class ClientGone(Exception):
    """The client went away in the middle of its request; there is nobody to answer."""


class Body:
    """The body of one request, at most `limit` bytes."""

    def __init__(self, request: WireRequest, receive: Receive, limit: int) -> None:
        self._headers = request.headers
        self._receive = receive
        self.limit = limit

    async def pieces(self, limit: int | None = None) -> AsyncIterator[bytes]:
        """Raises EntityTooLarge, if possible before anything was read, and ClientGone."""
        left = self.limit if limit is None else limit
        declared = self._headers.get("content-length", "0")
        if int(declared) > left:
            raise OssError("EntityTooLarge", details={"MaxSizeAllowed": str(left), "ProposedSize": declared})
        more = True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            piece, more = message.get("body", b""), message.get("more_body", False)
            left -= len(piece)
            if left < 0:
                raise OssError(
                    "EntityTooLarge", details={"MaxSizeAllowed": str(self.limit if limit is None else limit)}
                )
            if piece:
                yield piece

    async def document(self) -> bytes:
        """The whole of a small body; its Content-MD5, if there is one, is right. Raises OssError."""
        body = b"".join([piece async for piece in self.pieces(MAX_DOCUMENT_BYTES)])
        self._check_md5(hashlib.md5(body, usedforsecurity=False).digest())
        return body

    async def blob(self, blobs: Blobs) -> Blob:
        """The body as a new blob. Raises MissingContentLength, EntityTooLarge, InvalidDigest and ClientGone."""
        if "content-length" not in self._headers and "transfer-encoding" not in self._headers:
            raise OssError("MissingContentLength")
        with blobs.new() as writer:
            async for piece in self.pieces():
                writer.write(piece)
            self._check_md5(writer.md5)
            return writer.finish()

    def _check_md5(self, actual: bytes) -> None:
        given = self._headers.get("content-md5")
        if given is None:
            return
        try:
            expected = base64.b64decode(given, validate=True)
        except ValueError as error:
            raise OssError("InvalidDigest", details={"Content-MD5": given}) from error
        if not hmac.compare_digest(expected, actual):
            raise OssError("InvalidDigest", "The Content-MD5 you specified is not that of the content.")
