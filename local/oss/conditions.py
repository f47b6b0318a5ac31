"""Conditions and ranges of a read."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from local.oss.errors import OssError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.oss.catalogue import StoredObject

_RANGE = re.compile(r"bytes=([0-9]{1,19})?-([0-9]{1,19})?")


def is_unmodified(stored: StoredObject, headers: Mapping[str, str], prefix: str = "") -> bool:
    """Whether the client has this version already: the answer is 304. `prefix` is that of a copy's headers.

    An ETag must be quoted (that an unquoted one would do is unconfirmed). A date that cannot be read counts as
    absent. Raises PreconditionFailed.
    """
    if_match, if_none_match = headers.get(f"{prefix}if-match"), headers.get(f"{prefix}if-none-match")
    if if_match is not None and not _lists(if_match, stored):
        raise OssError("PreconditionFailed", details={"Condition": "If-Match"})
    unmodified_since = _seconds(headers.get(f"{prefix}if-unmodified-since"))
    if unmodified_since is not None and stored.modified_ms // 1000 > unmodified_since:
        raise OssError("PreconditionFailed", details={"Condition": "If-Unmodified-Since"})
    if if_none_match is not None:
        return _lists(if_none_match, stored)
    modified_since = _seconds(headers.get(f"{prefix}if-modified-since"))
    return modified_since is not None and stored.modified_ms // 1000 <= modified_since


def _lists(etags: str, stored: StoredObject) -> bool:
    return any(etag.strip() in ("*", f'"{stored.etag}"') for etag in etags.split(","))


def _seconds(date: str | None) -> float | None:
    try:
        return None if date is None else parsedate_to_datetime(date).timestamp()
    except ValueError:
        return None


def byte_range(header: str | None, behaviour: str | None, size: int) -> tuple[int, int] | None:
    """First byte and length of the part that is asked for; None for the whole.

    Documented: a range that does not lie within the object means the whole object, unless
    `x-oss-range-behavior: standard` is sent: then it is cut to fit, or refused with InvalidRange.
    """
    match = _RANGE.fullmatch(header or "")
    if match is None or match.group(1) is match.group(2) is None:
        return None
    first, last = (None if text is None else int(text) for text in match.groups())
    if first is not None and last is not None and last < first:
        return None
    if first is None:
        wanted = last or 0
        start, end, fits = max(0, size - wanted), size - 1, 0 < wanted <= size
    else:
        start, end = first, size - 1 if last is None else min(last, size - 1)
        fits = start < size and (last is None or last < size)
    if fits:
        return start, end - start + 1
    if behaviour != "standard":
        return None
    if start > end:
        raise OssError("InvalidRange", details={"ActualObjectSize": str(size), "RangeRequested": header or ""})
    return start, end - start + 1
