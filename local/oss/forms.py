"""Reads a form upload: the fields first, then the file, which goes to a blob as it comes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from local.oss.errors import OssError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from local.oss.blobs import Blob, Blobs, BlobWriter

MAX_FIELDS_BYTES = 64 * 1024
MAX_FIELDS = 200
_FILE = "file"


class SizeRange(NamedTuple):
    """Bytes of the file, both included."""

    least: int
    most: int


@dataclass(frozen=True)
class Form:
    """`fields` by lower-case name; `filename` and `file_type` are what the file part says of itself."""

    fields: dict[str, str]
    filename: str
    file_type: str | None


def boundary_of(content_type: str) -> str:
    """Raises MalformedPOSTRequest."""
    kind, options = parse_options_header(content_type)
    boundary: str = options.get("boundary", "")
    if kind != "multipart/form-data" or not re.fullmatch(r"[ -~]{1,200}", boundary):
        raise OssError("MalformedPOSTRequest", "The request must be multipart/form-data with a boundary.")
    return boundary


async def read_form(
    pieces: AsyncIterator[bytes], boundary: str, blobs: Blobs, admit: Callable[[Form], SizeRange]
) -> tuple[Form, Blob]:
    """`admit` is asked when the file begins, and may refuse by OssError. Raises OssError."""
    with blobs.new() as writer:
        reader = _Reader(writer, admit)
        try:
            with PushMultipartParser(boundary, max_segment_count=MAX_FIELDS) as parser:
                async for piece in pieces:
                    for event in parser.parse(piece):
                        reader.take(event)
        except MultipartError as error:
            raise OssError("MalformedPOSTRequest") from error
        return reader.form(), writer.finish()


class _Reader:
    """Turns the parser's events (the head of a part, its bytes, None at its end) into fields and file."""

    def __init__(self, writer: BlobWriter, admit: Callable[[Form], SizeRange]) -> None:
        self._writer = writer
        self._admit = admit
        self._fields: dict[str, bytearray] = {}
        self._name = ""
        self._form: Form | None = None
        self._sizes = SizeRange(0, 0)

    def form(self) -> Form:
        if self._form is None:
            raise OssError("IncorrectNumberOfFilesInPOSTRequest")
        return self._form

    def take(self, event: MultipartSegment | bytes | bytearray | None) -> None:
        if isinstance(event, MultipartSegment):
            self._begin(event)
        elif event is None:
            self._end()
        elif self._name == _FILE:
            self._write(bytes(event))
        else:
            self._fields[self._name] += event
            if sum(map(len, self._fields.values())) > MAX_FIELDS_BYTES:
                raise OssError("FieldItemTooLong")

    def _begin(self, segment: MultipartSegment) -> None:
        self._name = (segment.name or "").lower()
        if self._form is not None:
            many = "IncorrectNumberOfFilesInPOSTRequest"
            raise (
                OssError(many) if self._name == _FILE else OssError("MalformedPOSTRequest", "The file must come last.")
            )
        if self._name == _FILE:
            filename = re.split(r"[/\\]", segment.filename or "")[-1]
            self._form = Form(self._texts(), filename, segment.content_type)
            self._sizes = self._admit(self._form)
        elif not self._name or self._name in self._fields:
            raise OssError("MalformedPOSTRequest", "Every field needs a name of its own.")
        else:
            self._fields[self._name] = bytearray()

    def _texts(self) -> dict[str, str]:
        try:
            return {name: value.decode("utf-8") for name, value in self._fields.items()}
        except UnicodeDecodeError as error:
            raise OssError("MalformedPOSTRequest", "The fields must be UTF-8.") from error

    def _write(self, data: bytes) -> None:
        if self._writer.size + len(data) > self._sizes.most:
            raise OssError("EntityTooLarge", details={"MaxSizeAllowed": str(self._sizes.most)})
        self._writer.write(data)

    def _end(self) -> None:
        if self._name == _FILE and self._writer.size < self._sizes.least:
            sizes = {"MinSizeAllowed": str(self._sizes.least), "ProposedSize": str(self._writer.size)}
            raise OssError("EntityTooSmall", details=sizes)
