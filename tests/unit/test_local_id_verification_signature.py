"""The local service's signature check, against requests that the official SDK's own signer signed."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from string import ascii_letters
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest
from alibabacloud_tea_openapi.utils import Utils
from hypothesis import given
from hypothesis import strategies as st

from local.credentials import Account
from local.id_verification.errors import ServiceError
from local.id_verification.nonces import NonceMemory
from local.id_verification.signature import (
    ALGORITHM,
    REQUIRED,
    TOLERANCE_SECONDS,
    SignatureCheck,
    WireRequest,
    join_headers,
)

ACCOUNT = Account("LTAItest", "the-secret")
NOW = 1_800_000_000  # 2027-01-15T08:00:00Z
DATE = "2027-01-15T08:00:00Z"
QUERY = {"MerchantBizId": "a" * 32, "SceneCode": "two words & more", "CompareModel": "1"}
BODY = b"SourceFacePicture=%2B%2F%3D"


def check(request: WireRequest, now: float = NOW) -> None:
    SignatureCheck(ACCOUNT, NonceMemory(), lambda: now).check(request)


def refusal(request: WireRequest, now: float = NOW) -> str:
    with pytest.raises(ServiceError) as refused:
        check(request, now)
    return refused.value.code


def signed(
    query: dict[str, str] | None = None,
    key: tuple[str, str] = (ACCOUNT.access_key_id, ACCOUNT.access_key_secret),
    unsigned: tuple[str, ...] = (),
    **changes: str,
) -> WireRequest:
    """A request as the SDK sends it; `changes` are headers (with `_` for `-`), `unsigned` stay out of the signature."""
    query = QUERY if query is None else query
    headers = {
        "host": "127.0.0.1:9000",
        "user-agent": "AlibabaCloud (Linux; x86_64) Python/3.11",
        "x-acs-version": "2022-08-09",
        "x-acs-action": "FaceCrossCompareIntl",
        "x-acs-date": DATE,
        "x-acs-signature-nonce": "0123456789abcdef",
        "x-acs-content-sha256": hashlib.sha256(BODY).hexdigest(),
        **{name.replace("_", "-"): value for name, value in changes.items()},
    }
    to_sign = {name: value for name, value in headers.items() if name not in unsigned}
    request = SimpleNamespace(method="POST", pathname="/", query=query, headers=to_sign)
    authorization = Utils.get_authorization(request, ALGORITHM, headers["x-acs-content-sha256"], *key)
    headers |= {"authorization": authorization, "accept-encoding": "gzip"}
    return WireRequest("POST", "/", urlencode(query).encode(), headers, BODY)


@pytest.mark.parametrize(
    "query",
    [
        {},
        QUERY,
        {"b": "2", "a": "1", "A": "0"},
        {"SceneCode": "~*+/= %"},
        {"SceneCode": "人脸"},
        {"SceneCode": ""},
        {"url": "https://example.com/p.jpg?sign=a%2Fb&x=1"},
    ],
    ids=str,
)
def test_a_request_of_the_official_signer_passes(query: dict[str, str]) -> None:
    check(signed(query))


def test_a_space_may_travel_as_plus_or_percent_20() -> None:
    request = signed()
    assert b"two+words" in request.query
    check(replace(request, query=request.query.replace(b"+", b"%20")))


@given(st.dictionaries(st.text(ascii_letters, min_size=1), st.text()))
def test_any_query_of_the_official_signer_passes(query: dict[str, str]) -> None:
    check(signed(query))


def test_a_temporary_key_passes_with_its_token_until_it_expires() -> None:
    temporary = ACCOUNT.issue(NOW + 60)
    key = (temporary.access_key_id, temporary.access_key_secret)
    request = signed(key=key, x_acs_security_token=temporary.security_token)
    check(request)
    assert refusal(request, NOW + 60) == "InvalidSecurityToken.Expired"


@given(position=st.integers(0, 10_000), change=st.integers(1, 255), part=st.sampled_from(["query", "body", "signed"]))
def test_one_changed_byte_is_refused(position: int, change: int, part: str) -> None:
    request = signed({"MerchantBizId": "abc"})
    if part == "signed":
        name = sorted(request.headers.keys() - {"authorization", "accept-encoding"})[position % 7]
        value = request.headers[name]
        at = position % len(value)
        changed = value[:at] + chr(ord(value[at]) ^ change) + value[at + 1 :]
        tampered = replace(request, headers={**request.headers, name: changed})
    else:
        content = bytearray(request.query if part == "query" else request.body)
        content[position % len(content)] ^= change
        changed_part = bytes(content)
        tampered = replace(request, query=changed_part) if part == "query" else replace(request, body=changed_part)
    assert refusal(tampered) in {"SignatureDoesNotMatch", "InvalidTimeStamp.Expired"}


@pytest.mark.parametrize("position", range(64))
def test_one_changed_digit_of_the_signature_is_refused(position: int) -> None:
    request = signed()
    start, digits = request.headers["authorization"][:-64], list(request.headers["authorization"][-64:])
    digits[position] = "0" if digits[position] != "0" else "1"
    tampered = {**request.headers, "authorization": start + "".join(digits)}
    assert refusal(replace(request, headers=tampered)) == "SignatureDoesNotMatch"


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (signed(key=(ACCOUNT.access_key_id, "other")), "SignatureDoesNotMatch"),
        (signed(key=("LTAIother", ACCOUNT.access_key_secret)), "InvalidAccessKeyId.NotFound"),
        (signed(key=("STS.1", "x")), "InvalidSecurityToken.Malformed"),
        (signed(key=("STS.1", "x"), x_acs_security_token="1.2"), "InvalidSecurityToken.Malformed"),
        (signed(x_acs_security_token="1.2"), "InvalidAccessKeyId.NotFound"),
        (signed(x_acs_date="2027-01-15T07:44:59Z"), "InvalidTimeStamp.Expired"),
        (signed(x_acs_date="2027-01-15T08:15:01Z"), "InvalidTimeStamp.Expired"),
        (signed(x_acs_date="2027-02-31T08:00:00Z"), "InvalidTimeStamp.Expired"),
        (signed(x_acs_date="Fri, 15 Jan 2027 08:00:00 GMT"), "InvalidTimeStamp.Expired"),
        (signed(x_acs_content_sha256=hashlib.sha256(b"").hexdigest()), "SignatureDoesNotMatch"),
        (signed(x_acs_content_sha256="é"), "SignatureDoesNotMatch"),
        (replace(signed(), method="GET"), "SignatureDoesNotMatch"),
        *[(signed(unsigned=(name,)), "IncompleteSignature") for name in sorted(REQUIRED)],
        (signed(x_acs_retry_attempts="1", unsigned=("x-acs-retry-attempts",)), "IncompleteSignature"),
    ],
)
def test_refusals(request_: WireRequest, code: str) -> None:
    assert refusal(request_) == code


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Basic abc",
        f"{ALGORITHM} Credential=LTAItest",
        f"{ALGORITHM} Credential=LTAItest,SignedHeaders=host,Signature=zz",
        f"{ALGORITHM} Credential=LTAItest,SignedHeaders=host,Signature={'0' * 64}",
        f"{ALGORITHM} Credential=LTAItest,SignedHeaders={';'.join(REQUIRED)};absent,Signature={'0' * 64}",
    ],
)
def test_a_malformed_authorization_is_incomplete(authorization: str) -> None:
    request = signed()
    assert refusal(replace(request, headers={**request.headers, "authorization": authorization})) == (
        "IncompleteSignature"
    )


def test_the_date_may_be_15_minutes_off() -> None:
    check(signed(), NOW + TOLERANCE_SECONDS)
    check(signed(), NOW - TOLERANCE_SECONDS)


def test_a_nonce_serves_once_and_only_a_right_signature_uses_it_up() -> None:
    checked = SignatureCheck(ACCOUNT, NonceMemory(), lambda: float(NOW))
    with pytest.raises(ServiceError, match="SignatureDoesNotMatch"):
        checked.check(replace(signed(), query=b"x=1"))
    checked.check(signed())
    with pytest.raises(ServiceError, match="SignatureNonceUsed"):
        checked.check(signed())


def test_nonces_are_forgotten_when_they_expire_and_when_there_are_too_many() -> None:
    memory = NonceMemory(capacity=2)
    assert memory.admit("a", now=0, expires_at=10)
    assert not memory.admit("a", now=10, expires_at=10)
    assert memory.admit("a", now=10.1, expires_at=20)
    assert memory.admit("b", now=11, expires_at=21)
    assert memory.admit("c", now=11, expires_at=22)
    assert memory.admit("a", now=11, expires_at=23)
    assert not memory.admit("c", now=11, expires_at=24)


def test_repeated_headers_are_joined_and_values_trimmed() -> None:
    assert join_headers([(b"X-Acs-A", b" 1 "), (b"x-acs-a", b"2")]) == {"x-acs-a": "1,2"}
