"""Which keys and common prefixes are on a page of a list.

Keys are in the order of their UTF-8 bytes. A page begins at a position, the smallest bytes that it may hold;
after a common prefix the next position skips everything under it.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.oss.errors import invalid_argument

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.oss.catalogue import StoredObject

MAX_KEYS = 1000
DEFAULT_KEYS = 100


@dataclass(frozen=True)
class Page:
    """`last` is the last key or common prefix on the page; `next_position` is None on the last page."""

    objects: list[StoredObject]
    prefixes: list[str]
    last: str
    next_position: bytes | None


def position_after(key: str) -> bytes:
    return key.encode() + b"\0"


def position_beyond(prefix: str) -> bytes:
    """The smallest bytes greater than everything with this prefix; UTF-8 has no byte 0xFF to overflow."""
    start = prefix.encode()
    return start[:-1] + bytes((start[-1] + 1,))


def page(
    scan: Callable[[bytes], Iterator[StoredObject]], prefix: str, delimiter: str, start: bytes, limit: int
) -> Page:
    """`scan` gives the objects from a position on, in order."""
    objects: list[StoredObject] = []
    prefixes: list[str] = []
    position, last = max(start, prefix.encode()), ""
    following = scan(position)
    while (stored := next(following, None)) is not None and stored.key.startswith(prefix):
        if len(objects) + len(prefixes) == limit:
            return Page(objects, prefixes, last, position)
        cut = stored.key.find(delimiter, len(prefix)) if delimiter else -1
        if cut < 0:
            last, position = stored.key, position_after(stored.key)
            objects.append(stored)
        else:
            last = stored.key[: cut + len(delimiter)]
            position = position_beyond(last)
            prefixes.append(last)
            following = scan(position)
    return Page(objects, prefixes, last, None)


def token_of(position: bytes) -> str:
    return base64.urlsafe_b64encode(position).decode()


def position_of(token: str) -> bytes:
    """Raises InvalidArgument."""
    try:
        return base64.b64decode(token, altchars=b"-_", validate=True)
    except ValueError as error:
        raise invalid_argument("The continuation token is not one of ours.", "continuation-token", token) from error


def max_keys_of(text: str | None) -> int:
    """Documented: 1 to 1000, 100 by default. Raises InvalidArgument."""
    if text is None:
        return DEFAULT_KEYS
    if not re.fullmatch(r"[1-9][0-9]{0,3}", text) or int(text) > MAX_KEYS:
        raise invalid_argument(f"max-keys must be 1 to {MAX_KEYS}.", "max-keys", text)
    return int(text)
