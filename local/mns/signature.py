"""The signature of MNS's API (documented, and as the package aliyun-mns-sdk 1.3.0 makes it).

`Authorization: MNS <key id>:<Base64 of HMAC-SHA1>` over the method, Content-MD5, Content-Type, Date, every x-mns-
header and the path with its query. The body is signed by its Content-MD5 alone, which the SDK writes as Base64 of the
hexadecimal digest; the RFC's form is taken too. Temporary keys carry their token in the header security-token.
"""

from __future__ import annotations

import base64
import email.utils
import hashlib
import hmac
import re
from typing import TYPE_CHECKING

from local.credentials import CredentialError
from local.mns.errors import MnsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.credentials import Account

LARGEST_SKEW_SECONDS = 15 * 60

_AUTHORIZATION = re.compile(r"MNS ([A-Za-z0-9._-]{1,128}):([A-Za-z0-9+/]{27}=)")
_CREDENTIALS = {
    "unknown-key": ("InvalidAccessKeyId", "The AccessKey Id you provided is not exist."),
    "invalid-token": ("AccessDenied", "The security token is invalid."),  # the codes of tokens are unconfirmed
    "expired-token": ("AccessDenied", "The security token has expired."),
}


def string_to_sign(method: str, target: str, headers: Mapping[str, str]) -> str:
    """`target` is path and query as they were sent; header names in lower case."""
    own = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers) if name.startswith("x-mns-"))
    standard = [headers.get(name, "") for name in ("content-md5", "content-type", "x-mns-date")]
    standard[2] = standard[2] or headers.get("date", "")
    return "\n".join([method, *standard, own + target])


def signature(secret: str, text: str) -> str:
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()).decode("ascii")


def check_signature(
    method: str, target: str, headers: Mapping[str, str], body: bytes, *, account: Account, now: float
) -> None:
    """Raises MnsError."""
    authorization = headers.get("authorization")
    if not authorization:
        raise MnsError("MissingAuthorizationHeader", "Authorization header is required.")
    found = _AUTHORIZATION.fullmatch(authorization)
    if found is None:
        raise MnsError("InvalidAuthorizationHeader", "The Authorization header format is invalid.")
    _check_date(headers.get("x-mns-date") or headers.get("date"), now)
    try:
        secret = account.secret_for(found[1], headers.get("security-token"), now)
    except CredentialError as error:
        raise MnsError(*_CREDENTIALS[error.reason]) from error
    if not hmac.compare_digest(signature(secret, string_to_sign(method, target, headers)), found[2]):
        message = "The request signature we calculated does not match the signature you provided."
        raise MnsError("SignatureDoesNotMatch", f"{message} Check your key and signing method.")
    _check_digest(headers.get("content-md5"), body)


def _check_date(date: str | None, now: float) -> None:
    if not date:
        raise MnsError("MissingDateHeader", "Date header is required.")
    try:
        sent = email.utils.parsedate_to_datetime(date).timestamp()
    except ValueError as error:
        raise MnsError("InvalidDateHeader", "The Date header format is invalid.") from error
    if abs(now - sent) > LARGEST_SKEW_SECONDS:
        raise MnsError("TimeExpired", "The http request you sent is expired.")


def _check_digest(given: str | None, body: bytes) -> None:
    if given is None:
        return
    digest = hashlib.md5(body, usedforsecurity=False)
    if given not in {base64.b64encode(form).decode() for form in (digest.digest(), digest.hexdigest().encode())}:
        raise MnsError("InvalidDegist", "The Content-MD5 you specified is invalid.")
