"""Checks OSS4-HMAC-SHA256 signatures: in the Authorization header, in the query, and of a form's policy.

Measured against both SDKs: the bucket is part of the signed path even where the host names it, the query is
decoded and encoded again before it is signed, and of the headers only x-oss-*, content-type, content-md5 and the
listed additional ones count.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING
from urllib.parse import quote

from local.credentials import Account, CredentialError
from local.oss.errors import OssError, invalid_argument
from local.oss.wire import as_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from local.oss.wire import WireRequest

ALGORITHM = "OSS4-HMAC-SHA256"
UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
TOLERANCE = timedelta(minutes=15)
LONGEST_VALIDITY = timedelta(days=7)

_DATE = re.compile(r"\d{8}T\d{6}Z")
_SIGNED_HEADERS = ("content-type", "content-md5")
_SIGNATURE = "x-oss-signature"
_VERSION_1_QUERY = frozenset(("OSSAccessKeyId", "Signature"))
_CREDENTIAL_CODES = {
    "unknown-key": "InvalidAccessKeyId",
    "invalid-token": "InvalidSecurityToken",
    "expired-token": "SecurityTokenExpired",
}


@dataclass(frozen=True)
class Claim:
    """What a request says about its signature. `date` is x-oss-date as it was sent."""

    credential: str
    date: str
    signature: str
    security_token: str | None
    additional_headers: tuple[str, ...] = ()


def signing_key(secret: str, day: str, region: str) -> bytes:
    key = f"aliyun_v4{secret}".encode()
    for part in (day, region, "oss", "aliyun_v4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def sign(key: bytes, message: str) -> str:
    return hmac.new(key, message.encode(), hashlib.sha256).hexdigest()


def canonical_request(request: WireRequest, additional_headers: Iterable[str]) -> str:
    additional = sorted(additional_headers)
    path = "/" if request.bucket is None else f"/{request.bucket}/{request.key or ''}"
    pairs = sorted(
        (quote(name, safe="~"), quote(value, safe="~")) for name, value in request.query if name != _SIGNATURE
    )
    signed = (
        f"{name}:{as_text(value)}\n"
        for name, value in sorted(request.headers.items())
        if name.startswith("x-oss-") or name in _SIGNED_HEADERS or name in additional
    )
    return "\n".join(
        (
            request.method,
            quote(path, safe="/~"),
            "&".join(f"{name}={value}" if value else name for name, value in pairs),
            "".join(signed),
            ";".join(additional),
            request.headers.get("x-oss-content-sha256", UNSIGNED_PAYLOAD),
        )
    )


def string_to_sign(claim: Claim, canonical: str) -> str:
    scope = claim.credential.partition("/")[2]
    return "\n".join((ALGORITHM, claim.date, scope, hashlib.sha256(canonical.encode()).hexdigest()))


class Authenticator:
    """Knows the account; says who signed, or refuses."""

    def __init__(self, account: Account, region: str, clock: Callable[[], datetime]) -> None:
        self._account = account
        self._region = region
        self.now = clock

    def check_request(self, request: WireRequest) -> bool:
        """True for a request that the account signed, False for one without a signature. Raises OssError."""
        by_header, by_query = "authorization" in request.headers, _SIGNATURE in request.parameters
        if by_header and by_query:
            raise invalid_argument("Sign in the header or in the query, not in both.", "Authorization", "")
        if by_header:
            claim = _claim_of_header(request)
            moment = parse_date(claim.date)
            self._check_skew(claim.date, moment)
        elif by_query:
            claim = _claim_of_query(request)
            self._check_validity(parse_date(claim.date), _expires(request))
        else:
            return False
        if request.headers.get("x-oss-content-sha256", UNSIGNED_PAYLOAD) != UNSIGNED_PAYLOAD:
            raise invalid_argument(
                f"x-oss-content-sha256 must be {UNSIGNED_PAYLOAD}.",
                "x-oss-content-sha256",
                request.headers["x-oss-content-sha256"],
            )
        canonical = canonical_request(request, claim.additional_headers)
        message = string_to_sign(claim, canonical)
        shown = canonical.replace(claim.security_token, "***") if claim.security_token else canonical
        self._check_signature(claim, message, {"StringToSign": message, "CanonicalRequest": shown})
        return True

    def check_policy(self, claim: Claim, policy: str) -> None:
        """`policy` is the form's field, still in Base64. Raises OssError."""
        moment, now = parse_date(claim.date), self.now()
        if moment > now + TOLERANCE:
            raise OssError("AccessDenied", "x-oss-date is more than 15 minutes ahead of the server's clock.")
        if now > moment + LONGEST_VALIDITY:
            raise OssError("AccessDenied", "Request has expired: x-oss-date is more than 7 days old.")
        self._check_signature(claim, policy, {"StringToSign": policy})

    def _check_signature(self, claim: Claim, message: str, details: dict[str, str]) -> None:
        key_id, day = self._check_scope(claim)
        try:
            secret = self._account.secret_for(key_id, claim.security_token, self.now().timestamp())
        except CredentialError as error:
            raise OssError(_CREDENTIAL_CODES[error.reason], details={"OSSAccessKeyId": key_id}) from error
        expected = sign(signing_key(secret, day, self._region), message)
        if not hmac.compare_digest(expected.encode(), claim.signature.encode()):
            given = {"OSSAccessKeyId": key_id, "SignatureProvided": claim.signature}
            raise OssError("SignatureDoesNotMatch", details={**given, **details})

    def _check_scope(self, claim: Claim) -> tuple[str, str]:
        parts = claim.credential.split("/")
        if len(parts) != 5 or parts[4] != "aliyun_v4_request":
            raise invalid_argument(
                "The credential must be <AccessKeyId>/<yyyymmdd>/<region>/oss/aliyun_v4_request.",
                "Credential",
                claim.credential,
            )
        key_id, day, region, product, _ = parts
        if day != claim.date[:8]:
            raise invalid_argument("The credential's date is not that of x-oss-date.", "Credential", claim.credential)
        if region != self._region:
            raise OssError("InvalidArgument", "Invalid signing region in Authorization header.", ec="0002-00000226")
        if product != "oss":
            raise OssError("InvalidArgument", "Invalid signing product in Authorization header.", ec="0002-00000227")
        return key_id, day

    def _check_skew(self, date: str, moment: datetime) -> None:
        now = self.now()
        if abs(now - moment) > TOLERANCE:
            allowed = str(TOLERANCE // timedelta(milliseconds=1))
            times = {"RequestTime": date, "ServerTime": format_date(now), "MaxAllowedSkewMilliseconds": allowed}
            raise OssError("RequestTimeTooSkewed", details=times)

    def _check_validity(self, moment: datetime, validity: timedelta) -> None:
        now = self.now()
        if moment > now + TOLERANCE:
            raise OssError("AccessDenied", "The URL is not valid yet: see x-oss-date.", ec="0002-00000235")
        if now > moment + validity:
            times = {"Expires": format_date(moment + validity), "ServerTime": format_date(now)}
            raise OssError("AccessDenied", "Request has expired.", ec="0002-00000069", details=times)


def parse_date(text: str) -> datetime:
    try:
        if _DATE.fullmatch(text):
            return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
    except ValueError as error:
        raise invalid_argument("x-oss-date is not a date.", "x-oss-date", text) from error
    raise OssError("AccessDenied", "OSS authentication requires a valid x-oss-date, like 20231203T121212Z.")


def format_date(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def refuse_version_1(request: WireRequest) -> None:
    """Raises for a request that is signed by version 1, in its header or in its query."""
    if request.headers.get("authorization", "").startswith("OSS ") or _VERSION_1_QUERY & request.parameters:
        raise version_1_refused()


def version_1_refused() -> OssError:
    """Its code is unconfirmed."""
    return OssError(
        "InvalidArgument",
        "Signature version 1 is closed to new accounts and buckets, and refused here: sign with OSS4-HMAC-SHA256.",
    )


def _claim_of_header(request: WireRequest) -> Claim:
    authorization = request.headers["authorization"]
    algorithm, _, rest = authorization.partition(" ")
    fields = dict(part.strip().partition("=")[::2] for part in rest.split(","))
    if algorithm != ALGORITHM or not {"Credential", "Signature"} <= fields.keys():
        raise invalid_argument(
            f"Authorization must be {ALGORITHM} Credential=...,Signature=...", "Authorization", algorithm
        )
    return Claim(
        credential=fields["Credential"],
        date=request.headers.get("x-oss-date", ""),
        signature=fields["Signature"],
        security_token=request.headers.get("x-oss-security-token"),
        additional_headers=_additional(request, fields.get("AdditionalHeaders", "")),
    )


def _claim_of_query(request: WireRequest) -> Claim:
    if request.parameter("x-oss-signature-version") != ALGORITHM:
        raise invalid_argument(
            f"x-oss-signature-version must be {ALGORITHM}.",
            "x-oss-signature-version",
            request.parameter("x-oss-signature-version") or "",
        )
    return Claim(
        credential=request.parameter("x-oss-credential") or "",
        date=request.parameter("x-oss-date") or "",
        signature=request.parameter(_SIGNATURE) or "",
        security_token=request.parameter("x-oss-security-token"),
        additional_headers=_additional(request, request.parameter("x-oss-additional-headers") or ""),
    )


def _additional(request: WireRequest, listed: str) -> tuple[str, ...]:
    names = tuple(filter(None, listed.lower().split(";")))
    absent = [name for name in names if name not in request.headers]
    if absent:
        raise invalid_argument("An additional header is signed but not sent.", "AdditionalHeaders", absent[0])
    return names


def _expires(request: WireRequest) -> timedelta:
    """How long the URL is good for. A missing or empty value has its own documented EC."""
    text = request.parameter("x-oss-expires")
    if not text:
        raise OssError(
            "InvalidArgument", "x-oss-expires is required.", ec="0002-00000215" if text is None else "0002-00000216"
        )
    longest = LONGEST_VALIDITY // timedelta(seconds=1)
    if not re.fullmatch(r"[0-9]{1,6}", text) or not 1 <= int(text) <= longest:
        raise invalid_argument(f"x-oss-expires must be 1 to {longest} seconds.", "x-oss-expires", text)
    return timedelta(seconds=int(text))
