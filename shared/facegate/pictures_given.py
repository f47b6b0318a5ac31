"""How a picture is handed in: its bytes (Base64 or a file part), a URL that the service downloads (facegate fetches
none), or the key of an object in the deployment's own bucket.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from facegate import strict_base64
from facegate.errors import RequestError
from facegate.operations import Operation, PictureField, refusal
from facegate.operations.requests import Request
from facegate.pictures.errors import PictureTooLarge
from facegate.values import Unshown

MAX_URL_CHARACTERS = 2_048
_DATA_HEADER = re.compile(r"data:[a-zA-Z0-9.+/-]{0,64};base64,")
_START_CHARACTERS = 128
OBJECT_KEY = re.compile(r"[A-Za-z0-9_-]+/[A-Za-z0-9_.@=/-]{1,900}")
URL = re.compile(r"https?://[\x21-\x7e]+")


class PictureBytes(Unshown, frozen=True):
    """An encoded picture file, as it was handed in."""

    data: bytes

    def digest(self) -> str:
        return "sha256:" + hashlib.sha256(self.data).hexdigest()


class PictureUrl(Unshown, frozen=True):
    """An address that the service downloads. Its query may be a bearer secret: it is hashed, never stored or logged."""

    url: str

    def digest(self) -> str:
        return "url:" + hashlib.sha256(self.url.encode()).hexdigest()


class PictureObject(Struct, frozen=True):
    """A key in the deployment's own bucket, under an allowed prefix; read when its turn comes."""

    key: str

    def digest(self) -> str:
        return f"object:{self.key}"


Picture = PictureBytes | PictureUrl | PictureObject


def take(operation: Operation, fields: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Splits `fields` into the parameters and the pictures (by field name, unread)."""
    names = {name for picture in operation.pictures for name in picture.ways}
    parameters = {name: _text(name, value) for name, value in fields.items() if name not in names}
    pictures = {name: value for name, value in fields.items() if name in names and value is not None}
    return parameters, pictures


def read(
    operation: Operation, request: Request, given: Mapping[str, Any], prefixes: tuple[str, ...]
) -> dict[str, Picture]:
    """Each picture of the operation under its field name; keys must be under one of `prefixes`.

    Raises RequestError, PictureTooLarge.
    """
    pictures: dict[str, Picture] = {}
    for picture in operation.pictures:
        present = [name for name in picture.ways if name in given]
        if not picture.needed(request):
            if present:
                raise RequestError(f"{present[0]} is not used by this request: leave it out")
            continue
        if not present:
            raise refusal(
                operation, picture.name, "missing", f"{picture.name} is missing: give one of {', '.join(picture.ways)}"
            )
        if len(present) > 1:
            raise RequestError(f"{' and '.join(present)}: give one of them", code="DataDuplication")
        pictures[picture.name] = _read_one(operation, picture, present[0], given[present[0]], prefixes)
    return pictures


def _read_one(operation: Operation, picture: PictureField, name: str, value: Any, prefixes: tuple[str, ...]) -> Picture:
    if isinstance(value, bytes) and name == picture.name:
        return _within(operation, name, value)
    if not isinstance(value, (str, memoryview)):
        raise refusal(operation, picture.name, "invalid", f"{name} must be a string")
    if not value:
        raise refusal(operation, picture.name, "missing", f"{name} is empty")
    if name == picture.object_name:
        return PictureObject(_checked_key(name, _text(name, value), prefixes))
    if name == picture.url_name or (picture.url_sent_as and _start(value).startswith(("http://", "https://"))):
        return PictureUrl(_checked_url(operation, picture, name, _text(name, value)))
    return _within(operation, name, _decoded(operation, picture, name, value))


def _text(name: str, value: Any) -> Any:
    """A long text as a string, anything else as it is."""
    try:
        return str(value, "utf-8") if isinstance(value, memoryview) else value
    except UnicodeDecodeError:
        raise RequestError(f"{name if name.isidentifier() else 'a field'} is not UTF-8") from None


def _start(value: str | memoryview) -> str:
    """Enough of a text to tell what it is."""
    start = value[:_START_CHARACTERS]
    return start if isinstance(start, str) else str(start, "utf-8", "replace")


def _checked_key(name: str, value: str, prefixes: tuple[str, ...]) -> str:
    if not OBJECT_KEY.fullmatch(value) or ".." in value or not value.startswith(prefixes):
        raise RequestError(
            f"{name} must be an object key under {' or '.join(prefixes)}, of letters, digits and _ . @ = - /"
        )
    return value


def _within(operation: Operation, name: str, data: bytes) -> PictureBytes:
    if not data:
        raise refusal(operation, name, "missing", f"{name} is empty")
    if len(data) > operation.profile.max_input_bytes:
        raise PictureTooLarge(f"{name} has more than {operation.profile.max_input_bytes} bytes")
    return PictureBytes(data)


def _decoded(operation: Operation, picture: PictureField, name: str, value: str | memoryview) -> bytes:
    start = _start(value)
    at = len(picture.prefix) if picture.prefix and start.startswith(picture.prefix) else 0
    if header := _DATA_HEADER.match(start, at):
        at = header.end()
    text = value[at:]
    if len(text) > operation.profile.max_input_bytes * 3 // 2:
        raise PictureTooLarge(f"{name} has more than {operation.profile.max_input_bytes} bytes")
    if isinstance(text, str) and "\n" in text:  # a view has no line feeds: it is JSON as it was written
        text = text.replace("\r", "").replace("\n", "")
    try:
        return strict_base64.decode(text)
    except ValueError:
        raise refusal(operation, picture.name, "invalid", f"{name} is not Base64") from None


def _checked_url(operation: Operation, picture: PictureField, name: str, value: str) -> str:
    rule = f"{name} must be a public http(s) URL of at most {MAX_URL_CHARACTERS} characters, without user name"
    if len(value) > MAX_URL_CHARACTERS or not URL.fullmatch(value):
        raise refusal(operation, picture.name, "invalid", rule)
    try:
        parts = urlsplit(value)
        usable = bool(parts.hostname) and parts.username is None and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable:
        raise refusal(operation, picture.name, "invalid", rule)
    return value
