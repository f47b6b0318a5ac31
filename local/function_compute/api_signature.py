"""The signature of Function Compute's API, as the package aliyun-fc2 makes it (read in its version 2.5.2).

`Authorization: FC <key id>:<Base64 of HMAC-SHA256>` over the method, Content-MD5, Content-Type, Date, every x-fc-
header and the unescaped path. Neither the query of an API call nor the body is signed, the body but by Content-MD5.
Codes and messages are the documented ones where the comments do not say otherwise.
"""

from __future__ import annotations

import base64
import email.utils
import hashlib
import hmac
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from local.credentials import CredentialError
from local.function_compute.invocation import InvocationRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.credentials import Account

LARGEST_SKEW_SECONDS = 15 * 60

_AUTHORIZATION = re.compile(r"FC ([A-Za-z0-9._-]{1,128}):([A-Za-z0-9+/]{43}=)")
_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your access key and signing"
    " method"
)


def string_to_sign(method: str, path: str, headers: Mapping[str, str]) -> str:
    """`path` unescaped and without a query; header names in lower case."""
    own = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers) if name.startswith("x-fc-"))
    standard = [headers.get(name, "") for name in ("content-md5", "content-type", "date")]
    return "\n".join([method.upper(), *standard, own + path])


def signature(secret: str, text: str) -> str:
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()).decode("ascii")


def check_signature(
    method: str, raw_path: str, headers: Mapping[str, str], body: bytes, *, account: Account, now: float
) -> None:
    """Raises InvocationRefused. Temporary keys carry their token in x-fc-security-token."""
    _check_date(headers.get("date"), now)
    found = _AUTHORIZATION.fullmatch(headers.get("authorization", ""))
    if found is None:
        raise InvocationRefused(400, "InvalidArgument", "invalid authorization")
    try:
        secret = account.secret_for(found[1], headers.get("x-fc-security-token"), now)
    except CredentialError as error:
        if error.reason == "unknown-key":
            raise InvocationRefused(403, "InvalidAccessKeyID", "invalid access key ID") from error
        # The code for a bad token is UNCONFIRMED.
        raise InvocationRefused(403, "AccessDenied", f"the security token is refused: {error.reason}") from error
    expected = signature(secret, string_to_sign(method, unquote(raw_path), headers))
    if not hmac.compare_digest(expected, found[2]):
        raise InvocationRefused(403, "SignatureNotMatch", _MISMATCH)
    _check_digest(headers.get("content-md5"), body)


def _check_date(date: str | None, now: float) -> None:
    if not date:
        raise InvocationRefused(400, "MissingRequiredHeader", "required HTTP header Date was not specified")
    try:
        sent = email.utils.parsedate_to_datetime(date).timestamp()
    except ValueError as error:
        raise InvocationRefused(400, "InvalidArgument", "the header Date is not an HTTP date") from error
    if abs(now - sent) > LARGEST_SKEW_SECONDS:
        # The message is documented, its code UNCONFIRMED.
        current = email.utils.formatdate(now, usegmt=True)
        message = f"the difference between the request time '{date}' and the current time '{current}' is too large"
        raise InvocationRefused(403, "AccessDenied", message)


def _check_digest(given: str | None, body: bytes) -> None:
    if not given:
        return
    digest = hashlib.md5(body, usedforsecurity=False)
    if given not in (digest.hexdigest(), base64.b64encode(digest.digest()).decode("ascii")):  # the form is UNCONFIRMED
        raise InvocationRefused(400, "InvalidArgument", "the body does not have the digest of the header Content-MD5")
