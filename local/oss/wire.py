"""A request as it arrived, addressed by path or by host name."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from local.oss.errors import OssError, invalid_argument

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_BUCKET = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_HOST = re.compile(r"(?P<name>[^:\[\]]*|\[[0-9a-f:.]*\])(:\d*)?")
MAX_KEY_BYTES = 1023


@dataclass(frozen=True)
class WireRequest:
    """`bucket` None addresses the service, `key` None the bucket. Query pairs are decoded, in order; header names
    are lower-case and values the bytes as Latin-1, so that they go back as they came."""

    method: str
    bucket: str | None
    key: str | None
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    host: str
    source_ip: str
    request_id: str

    def parameter(self, name: str) -> str | None:
        return next((value for key, value in self.query if key == name), None)

    @property
    def parameters(self) -> frozenset[str]:
        return frozenset(name for name, _ in self.query)


def new_request_id() -> str:
    return secrets.token_hex(12).upper()


def as_text(header: str) -> str:
    """A header's value as the characters that were meant: UTF-8 where it is that, else Latin-1."""
    try:
        return header.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return header


def join_headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw_name, raw_value in raw:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1").strip()
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers


def bucket_of_host(host: str, region: str) -> str | None:
    """The bucket that a Host header names, as in `bucket.localhost:1234`; None says path style."""
    match = _HOST.fullmatch(host.lower())
    name = match["name"] if match else ""
    for suffix in (".localhost", f".oss-{region}.aliyuncs.com", f".oss-{region}-internal.aliyuncs.com"):
        if name.endswith(suffix):
            return name.removesuffix(suffix)
    return None


def address(raw_path: bytes, hosted: str | None) -> tuple[str | None, str | None]:
    """Bucket and key of a percent-encoded path. A `+` is a plus (unconfirmed; the SDKs send `%2B`).

    Raises InvalidBucketName or InvalidObjectName.
    """
    rest = raw_path.removeprefix(b"/")
    if hosted is None:
        raw_bucket, _, rest = rest.partition(b"/")
        bucket = unquote_to_bytes(raw_bucket).decode("utf-8", "replace")
        if not bucket and not rest:
            return None, None
    else:
        bucket = hosted
    check_bucket_name(bucket)
    if not rest:
        return bucket, None
    try:
        key = unquote_to_bytes(rest).decode("utf-8")
    except UnicodeDecodeError as error:
        raise OssError("InvalidObjectName", "The object name must be UTF-8.") from error
    check_key(key)
    return bucket, key


def check_bucket_name(name: str) -> None:
    """Documented: 3 to 63 lower-case letters, digits and hyphens, a letter or digit at both ends."""
    if not _BUCKET.fullmatch(name):
        raise OssError("InvalidBucketName", details={"BucketName": name})


def check_key(key: str) -> None:
    """Documented: 1 to 1023 bytes of UTF-8 that do not begin with a slash or a backslash."""
    if not 1 <= len(key.encode()) <= MAX_KEY_BYTES or key.startswith(("/", "\\")):
        raise OssError("InvalidObjectName", details={"ObjectName": key})


def parse_query(raw: bytes) -> tuple[tuple[str, str], ...]:
    """Decoded pairs; `+` is a space (measured: oss2 writes spaces so). Raises InvalidArgument for other than UTF-8."""
    pairs = []
    for part in filter(None, raw.replace(b"+", b" ").split(b"&")):
        name, _, value = part.partition(b"=")
        try:
            pairs.append((unquote_to_bytes(name).decode("utf-8"), unquote_to_bytes(value).decode("utf-8")))
        except UnicodeDecodeError as error:
            raise invalid_argument("The query must be UTF-8.", "query", "") from error
    return tuple(pairs)
