"""Who sent this request, unaltered and now? And the signature of the answer (documented and read in the SDK).

Version 2 signs by HMAC-SHA1 with the secret. Version 4 signs by HMAC-SHA256 with a key derived from the secret
for one day and region; its answers are still signed by HMAC-SHA1, with that derived key.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from local.credentials import Account, CredentialError
from local.tablestore.errors import TablestoreError, invalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

PREFIX = "x-ots-"
V2_HEADER = "x-ots-signature"
V4_HEADER = "x-ots-signaturev4"
REQUIRED = ("x-ots-date", "x-ots-apiversion", "x-ots-accesskeyid", "x-ots-instancename", "x-ots-contentmd5")
DATE_FORMATS = ("%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%dT%H:%M:%SZ")
DATE_WINDOW = timedelta(minutes=15)

CREDENTIAL_MESSAGES = {
    "unknown-key": "The AccessKeyID does not exist.",
    "invalid-token": "The STS token is invalid.",
    "expired-token": "The STS token has expired.",
}
"""The first is documented; the wording of the other two is unconfirmed, their code is not."""


@dataclass(frozen=True)
class SignedRequest:
    """`path` is "/" and the name of the API."""

    path: str
    headers: Sequence[tuple[str, str]]
    body: bytes


@dataclass(frozen=True)
class Signer:
    """The key that an accepted request was signed with; it signs the answer."""

    access_key_id: str
    key: bytes

    def authorization(self, path: str, headers: Mapping[str, str]) -> str:
        """The Authorization header of the answer with these headers to the request for `path`."""
        text = canonical_headers(headers.items()) + "\n" + path
        return f"OTS {self.access_key_id}:{_mac(self.key, text, 'sha1')}"


def refused(message: str) -> TablestoreError:
    return TablestoreError("OTSAuthFailed", message)


def canonical_headers(headers: Iterable[tuple[str, str]], without: str = "") -> str:
    lines = (f"{name.lower()}:{value.strip()}" for name, value in headers)
    return "\n".join(sorted(line for line in lines if line.startswith(PREFIX) and line.partition(":")[0] != without))


def content_md5(body: bytes) -> str:
    return base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()


def format_date(now: datetime) -> str:
    return now.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")


@functools.lru_cache(maxsize=128)
def v4_key(secret: str, sign_date: str, region: str) -> bytes:
    """The day's signing key: Base64 text, used as it is."""
    key = f"aliyun_v4{secret}".encode()
    for part in (sign_date, region, "ots", "aliyun_v4_request"):
        key = hmac.new(key, part.encode(), "sha256").digest()
    return base64.b64encode(key)


def _mac(key: bytes, text: str, digest: str) -> str:
    return base64.b64encode(hmac.new(key, text.encode(), digest).digest()).decode()


def _check_date(text: str, now: datetime) -> None:
    for form in DATE_FORMATS:
        try:
            sent = datetime.strptime(text, form).replace(tzinfo=timezone.utc)
        except ValueError:
            continue
        if abs(now - sent) > DATE_WINDOW:
            raise refused(f"Mismatch between system time and x-ots-date: {text}.")
        return
    raise invalid(f"Invalid date format: {text}.")


def authenticate(account: Account, instance: str, request: SignedRequest, now: datetime) -> Signer:
    """Checks headers, date, key, instance, body digest and signature, in this order.

    Raises TablestoreError: OTSMissingHeader, OTSParameterInvalid (date format) or OTSAuthFailed.
    """
    pairs = [(name.lower(), value) for name, value in request.headers]
    given = dict(pairs)
    version = V4_HEADER if V4_HEADER in given else V2_HEADER
    signed_by_v4 = ("x-ots-signdate", "x-ots-signregion") if version == V4_HEADER else ()
    for name in (*REQUIRED, version, *signed_by_v4):
        if name not in given:
            raise TablestoreError("OTSMissingHeader", f"Missing header: '{name}'.")
    _check_date(given["x-ots-date"], now)
    key_id = given["x-ots-accesskeyid"]
    try:
        secret = account.secret_for(key_id, given.get("x-ots-ststoken"), now.timestamp())
    except CredentialError as error:
        raise refused(CREDENTIAL_MESSAGES[error.reason]) from None
    if given["x-ots-instancename"] != instance:
        raise refused("The instance is not found.")
    if not hmac.compare_digest(given["x-ots-contentmd5"].encode(), content_md5(request.body).encode()):
        raise refused("Mismatch between MD5 value of request body and x-ots-contentmd5 in header.")
    text = f"{request.path}\nPOST\n\n{canonical_headers(pairs, without=version)}\n"
    if version == V4_HEADER:
        signer = Signer(key_id, v4_key(secret, given["x-ots-signdate"], given["x-ots-signregion"]))
        expected = _mac(signer.key, text + "ots", "sha256")
    else:
        signer = Signer(key_id, secret.encode())
        expected = _mac(signer.key, text, "sha1")
    if not hmac.compare_digest(given[version].encode(), expected.encode()):
        raise refused("Signature mismatch.")
    return signer
