"""Checks ACS3-HMAC-SHA256: the canonical request, the body hash, the date, the nonce and the key.

Measured against the official SDK: the URL is built with `+` for a space but signed with `%20`, so the query
is decoded and encoded again before it is compared. Which headers count is for SignedHeaders to say, but the
six in REQUIRED and every other x-acs-* header that is present must be among them.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from calendar import timegm
from dataclasses import dataclass
from time import strptime
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_to_bytes

from local.credentials import Account, CredentialError
from local.id_verification.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from local.id_verification.nonces import NonceMemory

ALGORITHM = "ACS3-HMAC-SHA256"
REQUIRED = frozenset(
    {
        "host",
        "x-acs-action",
        "x-acs-content-sha256",
        "x-acs-date",
        "x-acs-signature-nonce",
        "x-acs-version",
    }
)
TOLERANCE_SECONDS = 15 * 60

_AUTHORIZATION = re.compile(
    rf"{ALGORITHM} Credential=(?P<key>[^,\s]+),\s*"
    r"SignedHeaders=(?P<signed>[^,\s]+),\s*Signature=(?P<signature>[0-9a-f]{64})"
)
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_CREDENTIAL_CODES = {
    "unknown-key": "InvalidAccessKeyId.NotFound",
    "invalid-token": "InvalidSecurityToken.Malformed",
    "expired-token": "InvalidSecurityToken.Expired",
}


@dataclass(frozen=True)
class WireRequest:
    """A request as it arrived: raw query string, headers by lower-case name, repeated ones joined by a comma."""

    method: str
    path: str
    query: bytes
    headers: dict[str, str]
    body: bytes


def join_headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw_name, raw_value in raw:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1").strip()
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers


def canonical_query(raw: bytes) -> str:
    """The query sorted by key, keys and values percent-encoded as RFC 3986 says (`~` stays, a space is `%20`)."""
    pairs = []
    for part in filter(None, raw.replace(b"+", b" ").split(b"&")):
        key, _, value = part.partition(b"=")
        pairs.append((unquote_to_bytes(key), unquote_to_bytes(value)))
    return "&".join(f"{quote(key, safe='~')}={quote(value, safe='~')}" for key, value in sorted(pairs))


def string_to_sign(request: WireRequest, signed_headers: str) -> str:
    """What the client must have signed. Raises KeyError for a signed header that was not sent."""
    lines = "".join(f"{name}:{request.headers[name]}\n" for name in signed_headers.split(";"))
    canonical = "\n".join(
        (
            request.method,
            request.path,
            canonical_query(request.query),
            lines,
            signed_headers,
            hashlib.sha256(request.body).hexdigest(),
        )
    )
    return f"{ALGORITHM}\n{hashlib.sha256(canonical.encode('latin-1')).hexdigest()}"


class SignatureCheck:
    """Refuses what the account's key, or a temporary key of it, did not sign just now for the first time."""

    def __init__(self, account: Account, nonces: NonceMemory, clock: Callable[[], float]) -> None:
        self._account = account
        self._nonces = nonces
        self._clock = clock

    def check(self, request: WireRequest) -> None:
        """Raises ServiceError with a gateway code. Only a request with a right signature uses its nonce up."""
        now = self._clock()
        key, signed_headers, signature = _parse_authorization(request.headers)
        secret = self._secret(key, request.headers.get("x-acs-security-token"), now)
        date = _parse_date(request.headers["x-acs-date"])
        if abs(now - date) > TOLERANCE_SECONDS:
            raise ServiceError("InvalidTimeStamp.Expired", "x-acs-date is too far from the server's clock.")
        body_hash = hashlib.sha256(request.body).hexdigest()
        if body_hash != request.headers["x-acs-content-sha256"].lower():
            raise ServiceError("SignatureDoesNotMatch", "x-acs-content-sha256 is not the SHA-256 of the body.")
        message = string_to_sign(request, signed_headers).encode()
        expected = hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, signature):
            raise ServiceError("SignatureDoesNotMatch")
        nonce = f"{key}\n{request.headers['x-acs-signature-nonce']}"
        if not self._nonces.admit(nonce, now, date + TOLERANCE_SECONDS):
            raise ServiceError("SignatureNonceUsed")

    def _secret(self, key: str, token: str | None, now: float) -> str:
        try:
            return self._account.secret_for(key, token, now)
        except CredentialError as error:
            raise ServiceError(_CREDENTIAL_CODES[error.reason]) from error


def _parse_authorization(headers: dict[str, str]) -> tuple[str, str, str]:
    """Key id, SignedHeaders and signature; all that must be signed is, and all that is signed was sent."""
    match = _AUTHORIZATION.fullmatch(headers.get("authorization", ""))
    if match is None:
        raise ServiceError("IncompleteSignature", "The Authorization header is missing or malformed.")
    signed = set(match["signed"].split(";"))
    unsigned = (REQUIRED | {name for name in headers if name.startswith("x-acs-")}) - signed
    if unsigned:
        raise ServiceError("IncompleteSignature", f"Not among the signed headers: {', '.join(sorted(unsigned))}.")
    absent = signed - headers.keys()
    if absent:
        raise ServiceError("IncompleteSignature", f"Signed but not sent: {', '.join(sorted(absent))}.")
    return match["key"], match["signed"], match["signature"]


def _parse_date(text: str) -> float:
    if not _DATE.fullmatch(text):
        raise ServiceError("InvalidTimeStamp.Expired", "x-acs-date must look like 2026-01-31T12:00:00Z.")
    try:
        return timegm(strptime(text, "%Y-%m-%dT%H:%M:%SZ"))
    except ValueError as error:
        raise ServiceError("InvalidTimeStamp.Expired", "x-acs-date is not a date.") from error
