"""From a body to named fields: a JSON object, or multipart/form-data with pictures as file parts under their field
names.

Limits before work: bytes of the body, number of parts, bytes of a part's header. A field given twice is refused,
not overwritten.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from facegate.errors import RequestError

MAX_FIELDS = 32


def fields(content_type: str, body: bytes, max_bytes: int) -> dict[str, Any]:
    """The fields of a request. Raises RequestError: 413 for too many bytes, 415 for another content type, 400 for
    the rest.
    """
    if len(body) > max_bytes:
        raise RequestError(
            f"the body has more than {max_bytes} bytes: send smaller pictures", code="ToolargeImage", http_status=413
        )
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/json":
        return _json(body)
    if kind == "multipart/form-data":
        return _multipart(content_type, body, max_bytes)
    raise RequestError(
        "Content-Type must be application/json or multipart/form-data", code="UnsupportedMediaType", http_status=415
    )


def _json(body: bytes) -> dict[str, Any]:
    flat = _flat(body)
    return _careful(body) if flat is None else flat


def _flat(body: bytes) -> dict[str, Any] | None:
    """The fields of an object of plain values, or None where `_careful` has to look: three times as quick for pictures.

    This reader keeps the last of two fields of one name. But where nothing is escaped, each name and each text has two
    quotation marks: with more of them in the body, something was dropped.
    """
    if b"\\" in body:
        return None
    try:
        found = msgspec.json.decode(body, type=dict[str, str | bool | int | float | None])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    texts = sum(isinstance(value, str) for value in found.values())
    return found if body.count(b'"') == 2 * (len(found) + texts) else None


def _careful(body: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(body, object_pairs_hook=_object, parse_constant=_no_constant)
    except RecursionError:
        raise RequestError("the JSON is nested too deeply: send one flat object") from None
    except ValueError:  # UnicodeDecodeError and JSONDecodeError among them
        raise RequestError("the body is not valid JSON: send one flat object") from None
    if not isinstance(parsed, dict):
        raise RequestError("the JSON must be an object of named fields")
    return parsed


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _twice(name)
        if not (_is_text(name) and _is_text(value)):
            raise ValueError("half of a surrogate pair is no character")
        found[name] = value
    return found


def _is_text(value: Any) -> bool:
    """False for a string that UTF-8 cannot hold, which JSON's escapes can write."""
    if not isinstance(value, str) or value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _twice(name: str) -> RequestError:
    return RequestError(f"{name[:64] if name.isidentifier() else 'a field'} is given twice")


def _no_constant(_: str) -> None:
    raise ValueError("NaN and Infinity are not JSON")


def _multipart(content_type: str, body: bytes, max_bytes: int) -> dict[str, Any]:
    from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

    boundary = parse_options_header(content_type)[1].get("boundary", "")
    if not boundary:
        raise RequestError("the multipart Content-Type has no boundary")
    found: dict[str, Any] = {}
    part: MultipartSegment | None = None
    chunks: list[bytes] = []
    try:
        with PushMultipartParser(
            boundary, content_length=len(body), max_segment_count=MAX_FIELDS, max_segment_size=max_bytes
        ) as parser:
            for piece in parser.parse(body):
                if isinstance(piece, MultipartSegment):
                    part, chunks = piece, []
                elif piece:
                    chunks.append(bytes(piece))
                elif part is not None:
                    _add(found, part.name, b"".join(chunks), is_file=part.filename is not None)
                    part = None
    except (MultipartError, ValueError):
        raise RequestError("the body is not valid multipart/form-data") from None
    return found


def _add(found: dict[str, Any], name: str, value: bytes, *, is_file: bool) -> None:
    if name in found:
        raise _twice(name)
    if is_file:
        found[name] = value
        return
    try:
        found[name] = value.decode()
    except UnicodeDecodeError:
        raise RequestError("a text field is not UTF-8: send a picture as a file part") from None
