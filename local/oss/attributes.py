"""What is kept with an object beside its content: headers, user metadata and tags, and the rules for them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from local.oss.documents import parse, text_of
from local.oss.errors import OssError, invalid_argument
from local.oss.wire import parse_query

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

META = "x-oss-meta-"
ENCRYPTION = "x-oss-server-side-encryption"
DEFAULT_CONTENT_TYPE = "application/octet-stream"

KEPT_HEADERS = ("cache-control", "content-disposition", "content-encoding", "content-language", "expires")
ALLOWED_VALUES: dict[str, tuple[str, ...]] = {
    ENCRYPTION: ("AES256", "KMS", "SM4"),
    "x-oss-object-acl": ("default", "private"),
    "x-oss-storage-class": ("Standard",),
    "x-oss-forbid-overwrite": ("true", "false"),
}
"""What else the service takes for these is refused here, except a misspelt boolean, which it refuses too."""

REFUSED_HEADERS = ("x-oss-callback", "x-oss-callback-var", "x-oss-process", "x-oss-object-worm-mode")

MAX_META_BYTES = 8 * 1024
MAX_TAGS = 10
MAX_TAG_KEY = 128
MAX_TAG_VALUE = 256
_META_NAME = re.compile(rf"{META}[a-z0-9-]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_TAG_TEXT = re.compile(r"[\w +\-=.:/]*")


@dataclass(frozen=True)
class Attributes:
    """`headers` are those of KEPT_HEADERS and ENCRYPTION, `meta` those that begin with META; Latin-1, as on the
    wire."""

    content_type: str = DEFAULT_CONTENT_TYPE
    headers: dict[str, str] = field(default_factory=dict)
    meta: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)


def attributes_of(headers: Mapping[str, str], default_encryption: str | None = None) -> Attributes:
    """From the headers of a request or the fields of a form, names in lower case. Raises OssError."""
    check_supported(headers)
    kept = {name: headers[name] for name in (*KEPT_HEADERS, ENCRYPTION) if name in headers}
    meta = _user_metadata(headers)
    content_type = headers.get("content-type") or DEFAULT_CONTENT_TYPE
    for name, value in {**kept, **meta, "content-type": content_type}.items():
        if _CONTROL.search(value):
            raise invalid_argument("Control characters are not allowed.", name, "")
    if default_encryption is not None:
        kept.setdefault(ENCRYPTION, default_encryption)
    return Attributes(
        content_type=content_type,
        headers=kept,
        meta=meta,
        tags=tags_of_header(headers.get("x-oss-tagging", "")),
    )


def check_supported(headers: Mapping[str, str]) -> None:
    for name in REFUSED_HEADERS:
        if name in headers:
            raise OssError("NotImplemented", f"The local OSS does not serve {name}.")
    for name, allowed in ALLOWED_VALUES.items():
        if headers.get(name, allowed[0]) not in allowed:
            raise invalid_argument(f"{name} must be {' or '.join(allowed)} here.", name, headers[name])


def _user_metadata(headers: Mapping[str, str]) -> dict[str, str]:
    """Names of letters, digits and hyphens; 8 KB in all, names included (documented)."""
    meta = {name: value for name, value in headers.items() if name.startswith(META)}
    for name, value in meta.items():
        if not _META_NAME.fullmatch(name):
            raise invalid_argument(f"The name after {META} may have letters, digits and hyphens.", name, value)
    if sum(len(name) + len(value) for name, value in meta.items()) > MAX_META_BYTES:
        raise invalid_argument(f"User metadata is limited to {MAX_META_BYTES} bytes.", META, "")
    return meta


def tags_of_header(text: str) -> dict[str, str]:
    """From `k=v&k2=v2`, percent-encoded. Raises InvalidTag."""
    try:
        return _checked_tags(parse_query(text.encode("latin-1")))
    except OssError as error:
        raise OssError("InvalidTag", error.message) from error


def tags_of_document(body: bytes) -> dict[str, str]:
    """From a Tagging document. Raises MalformedXML or InvalidTag."""
    root = parse(body, "Tagging")
    return _checked_tags((text_of(tag, "Key"), text_of(tag, "Value")) for tag in root.findall("TagSet/Tag"))


def _checked_tags(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Documented: at most ten, keys distinct, of letters, digits, spaces and `+-=._:/`."""
    listed = list(pairs)
    tags = dict(listed)
    if len(listed) > MAX_TAGS or len(tags) != len(listed):
        raise OssError("InvalidTag", f"An object has at most {MAX_TAGS} tags, with distinct keys.")
    for key, value in listed:
        if not 1 <= len(key) <= MAX_TAG_KEY or len(value) > MAX_TAG_VALUE:
            raise OssError(
                "InvalidTag", f"A tag has a key of 1 to {MAX_TAG_KEY} characters and a value of at most 256."
            )
        if not _TAG_TEXT.fullmatch(key) or not _TAG_TEXT.fullmatch(value):
            raise OssError("InvalidTag", "Tags are of letters, digits, spaces and + - = . _ : /")
    return tags
