"""The signature check, against requests that the SDK's own signer made."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from alibabacloud_oss_v2.credentials import Credentials
from alibabacloud_oss_v2.signer import SignerV4
from alibabacloud_oss_v2.types import HttpRequest, SigningContext

from local.credentials import Account
from local.oss.errors import OssError
from local.oss.signature import Authenticator, Claim, refuse_version_1, sign, signing_key
from local.oss.wire import WireRequest, parse_query

ACCOUNT = Account("LTAIaccount", "the-secret")
REGION = "ap-southeast-1"
NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=timezone.utc)
MAIN_KEY = Credentials(ACCOUNT.access_key_id, ACCOUNT.access_key_secret)
HEADERS = {
    "Content-Type": "image/jpeg",
    "x-oss-meta-a-b": "first by name",
    "x-oss-meta-a": "second by byte",
    "Range": "bytes=0-1",
    "Host": "faces.localhost",
}
QUERY = {"prefix": "a b+c/é", "list-type": "2", "acl": ""}


def signed(
    *,
    in_query: bool = False,
    credentials: Any = MAIN_KEY,
    key: str | None = "enroll/a b+é~%2F.jpg",
    region: str = REGION,
    additional: set[str] | None = None,
    validity: timedelta = timedelta(minutes=5),
) -> WireRequest:
    """PUT with HEADERS and QUERY, as the SDK signs it at NOW."""
    pairs = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in QUERY.items())
    request = HttpRequest(method="PUT", url=f"http://faces.localhost/?{pairs}")
    request.headers.update(HEADERS)
    context = SigningContext(product="oss", region=region, bucket="faces", key=key, request=request)
    context.credentials, context.signing_time = credentials, NOW
    context.auth_method_query, context.expiration_time = in_query, NOW + validity
    context.additional_headers = additional
    SignerV4().sign(context)
    return WireRequest(
        method="PUT",
        bucket="faces",
        key=key,
        query=parse_query(urlsplit(request.url).query.encode()),
        headers={name.lower(): value for name, value in request.headers.items()},
        host="faces.localhost",
        source_ip="127.0.0.1",
        request_id="R",
    )


def check(request: WireRequest, at: datetime = NOW) -> bool:
    return Authenticator(ACCOUNT, REGION, lambda: at).check_request(request)


def refusal(request: WireRequest, at: datetime = NOW) -> str:
    with pytest.raises(OssError) as refused:
        check(request, at)
    return refused.value.code


def with_header(request: WireRequest, name: str, value: str) -> WireRequest:
    return replace(request, headers={**request.headers, name: value})


def with_parameter(request: WireRequest, name: str, value: str | None) -> WireRequest:
    kept = [pair for pair in request.query if pair[0] != name]
    return replace(request, query=tuple(kept if value is None else [*kept, (name, value)]))


both_forms = pytest.mark.parametrize("in_query", [False, True], ids=["header", "query"])


@both_forms
@pytest.mark.parametrize("key", ["enroll/a b+é~%2F.jpg", "x", None])
@pytest.mark.parametrize("additional", [None, {"host", "range"}])
def test_what_the_sdk_signed_is_accepted(in_query: bool, key: str | None, additional: set[str] | None) -> None:
    assert check(signed(in_query=in_query, key=key, additional=additional))


def test_the_order_of_the_query_and_unsigned_headers_do_not_matter() -> None:
    request = signed()
    assert check(replace(request, query=request.query[::-1]))
    assert check(with_header(request, "range", "bytes=5-"))


def test_a_request_without_a_signature_is_anonymous() -> None:
    request = signed()
    headers = {name: value for name, value in request.headers.items() if name != "authorization"}
    assert not check(replace(request, headers=headers))


@both_forms
@pytest.mark.parametrize(
    "change",
    [
        {"method": "GET"},
        {"bucket": "other"},
        {"key": "enroll/a b+é~/.jpg"},
        {"key": None},
        {"headers": {**HEADERS, "x-oss-meta-extra": "1"}},
    ],
    ids=["method", "bucket", "key", "no-key", "headers"],
)
def test_a_change_to_what_is_signed_is_refused(in_query: bool, change: dict[str, Any]) -> None:
    request = signed(in_query=in_query)
    if "headers" in change:
        change = {"headers": {**request.headers, **change["headers"]}}
    assert refusal(replace(request, **change)) == "SignatureDoesNotMatch"


@both_forms
@pytest.mark.parametrize("name", ["content-type", "x-oss-meta-a", "content-md5", "x-oss-forbid-overwrite"])
def test_a_changed_or_added_signed_header_is_refused(in_query: bool, name: str) -> None:
    assert refusal(with_header(signed(in_query=in_query), name, "other")) == "SignatureDoesNotMatch"


@both_forms
@pytest.mark.parametrize("value", [None, "other"])
def test_a_changed_or_missing_parameter_is_refused(in_query: bool, value: str | None) -> None:
    assert refusal(with_parameter(signed(in_query=in_query), "prefix", value)) == "SignatureDoesNotMatch"


def test_a_changed_additional_header_is_refused_and_a_missing_one_is_named() -> None:
    request = signed(additional={"range"})
    assert refusal(with_header(request, "range", "bytes=0-2")) == "SignatureDoesNotMatch"
    headers = {name: value for name, value in request.headers.items() if name != "range"}
    assert refusal(replace(request, headers=headers)) == "InvalidArgument"


@both_forms
def test_every_character_of_the_signature_counts(in_query: bool) -> None:
    request = signed(in_query=in_query)
    place = request.parameter("x-oss-signature") if in_query else request.headers["authorization"]
    assert place is not None
    for index in range(len(place) - 64, len(place)):
        wrong = place[:index] + ("0" if place[index] != "0" else "1") + place[index + 1 :]
        changed = (
            with_parameter(request, "x-oss-signature", wrong)
            if in_query
            else with_header(request, "authorization", wrong)
        )
        assert refusal(changed) == "SignatureDoesNotMatch"


@both_forms
@pytest.mark.parametrize(
    ("credentials", "code"),
    [
        (Credentials(ACCOUNT.access_key_id, "another-secret"), "SignatureDoesNotMatch"),
        (Credentials("LTAIstranger", "the-secret"), "InvalidAccessKeyId"),
        (Credentials(ACCOUNT.access_key_id, "the-secret", "a.token"), "InvalidAccessKeyId"),
    ],
)
def test_strangers_are_refused(in_query: bool, credentials: Any, code: str) -> None:
    assert refusal(signed(in_query=in_query, credentials=credentials)) == code


@both_forms
def test_temporary_keys_are_checked_with_their_token(in_query: bool) -> None:
    now = int(NOW.timestamp())
    key, old = ACCOUNT.issue(now + 3600), ACCOUNT.issue(now - 1)
    assert check(signed(in_query=in_query, credentials=Credentials(*vars(key).values())))
    refused = {
        "SecurityTokenExpired": Credentials(*vars(old).values()),
        "InvalidSecurityToken": Credentials(key.access_key_id, key.access_key_secret, old.security_token),
        "SignatureDoesNotMatch": Credentials(key.access_key_id, old.access_key_secret, key.security_token),
    }
    for code, credentials in refused.items():
        with pytest.raises(OssError) as error:
            check(signed(in_query=in_query, credentials=credentials))
        assert error.value.code == code
        assert credentials.security_token not in str(error.value.details)
    untold = Credentials(key.access_key_id, key.access_key_secret)
    assert refusal(signed(in_query=in_query, credentials=untold)) == "InvalidSecurityToken"


@pytest.mark.parametrize("off", [timedelta(minutes=15), timedelta(minutes=-15)])
def test_a_signed_header_is_good_for_a_quarter_of_an_hour_either_way(off: timedelta) -> None:
    assert check(signed(), NOW + off)
    assert refusal(signed(), NOW + off * 1.01) == "RequestTimeTooSkewed"


@pytest.mark.parametrize("off", [timedelta(minutes=5), timedelta(minutes=-15)])
def test_a_signed_url_is_good_until_it_expires_and_not_long_before_its_date(off: timedelta) -> None:
    request = signed(in_query=True, validity=timedelta(minutes=5))
    assert check(request, NOW + off)
    assert refusal(request, NOW + off * 1.01) == "AccessDenied"


def test_a_signed_url_is_good_for_seven_days_at_most() -> None:
    assert check(signed(in_query=True, validity=timedelta(days=7)))
    assert refusal(signed(in_query=True, validity=timedelta(days=7, seconds=1))) == "InvalidArgument"


def test_the_token_of_a_signed_url_expires_by_itself() -> None:
    key = ACCOUNT.issue(int(NOW.timestamp()) + 60)
    request = signed(in_query=True, credentials=Credentials(*vars(key).values()), validity=timedelta(hours=1))
    assert check(request, NOW + timedelta(seconds=59))
    assert refusal(request, NOW + timedelta(seconds=61)) == "SecurityTokenExpired"


@pytest.mark.parametrize("expires", [None, "", "0", "-1", "604801", "1e3", "９"])
def test_the_validity_of_a_url_is_a_number_of_seconds(expires: str | None) -> None:
    assert refusal(with_parameter(signed(in_query=True), "x-oss-expires", expires)) == "InvalidArgument"


@pytest.mark.parametrize(
    ("date", "code"),
    [("", "AccessDenied"), ("20261121T120000", "AccessDenied"), ("20261321T120000Z", "InvalidArgument")],
)
@both_forms
def test_a_date_in_another_form_is_refused(in_query: bool, date: str, code: str) -> None:
    request = signed(in_query=in_query)
    changed = with_parameter(request, "x-oss-date", date) if in_query else with_header(request, "x-oss-date", date)
    assert refusal(changed) == code


@both_forms
def test_a_signature_for_another_region_is_refused(in_query: bool) -> None:
    assert refusal(signed(in_query=in_query, region="cn-hangzhou")) == "InvalidArgument"


@pytest.mark.parametrize(
    "authorization",
    [
        "OSS4-HMAC-SHA256 Credential=LTAIaccount/20261121/ap-southeast-1/oss/aliyun_v4_request",
        "OSS4-HMAC-SHA256 Signature=00",
        "OSS4-HMAC-SHA256 Credential=LTAIaccount,Signature=00",
        "OSS4-HMAC-SHA256 Credential=LTAIaccount/20261120/ap-southeast-1/oss/aliyun_v4_request,Signature=00",
        "OSS4-HMAC-SHA256 Credential=LTAIaccount/20261121/ap-southeast-1/ots/aliyun_v4_request,Signature=00",
        "OSS4-HMAC-SHA256",
        "Bearer 1",
        "",
    ],
)
def test_a_malformed_authorization_is_refused(authorization: str) -> None:
    assert refusal(with_header(signed(), "authorization", authorization)) == "InvalidArgument"


def test_a_hashed_payload_and_two_signatures_are_refused() -> None:
    assert refusal(with_header(signed(), "x-oss-content-sha256", "0" * 64)) == "InvalidArgument"
    assert refusal(with_parameter(signed(), "x-oss-signature", "00")) == "InvalidArgument"


def test_version_1_is_refused_in_both_forms() -> None:
    request = signed()
    for old in (
        with_header(request, "authorization", "OSS LTAIaccount:c2ln"),
        with_parameter(request, "OSSAccessKeyId", "LTAIaccount"),
    ):
        with pytest.raises(OssError, match="version 1 is closed"):
            refuse_version_1(old)
    refuse_version_1(request)


def claim(secret: str, date: str = "20261121T120000Z") -> Claim:
    key = signing_key(secret, date[:8], REGION)
    credential = f"{ACCOUNT.access_key_id}/{date[:8]}/{REGION}/oss/aliyun_v4_request"
    return Claim(credential, date, sign(key, "cG9saWN5"), None)


@pytest.mark.parametrize(
    ("secret", "policy", "after", "code"),
    [
        ("the-secret", "cG9saWN5", timedelta(days=7), None),
        ("the-secret", "cG9saWN5", timedelta(minutes=-15), None),
        ("the-secret", "cG9saWN6", timedelta(), "SignatureDoesNotMatch"),
        ("other", "cG9saWN5", timedelta(), "SignatureDoesNotMatch"),
        ("the-secret", "cG9saWN5", timedelta(days=7, seconds=1), "AccessDenied"),
        ("the-secret", "cG9saWN5", timedelta(minutes=-16), "AccessDenied"),
    ],
)
def test_the_policy_of_a_form_is_signed_itself(secret: str, policy: str, after: timedelta, code: str | None) -> None:
    authenticator = Authenticator(ACCOUNT, REGION, lambda: NOW + after)
    if code is None:
        authenticator.check_policy(claim(secret), policy)
        return
    with pytest.raises(OssError) as refused:
        authenticator.check_policy(claim(secret), policy)
    assert refused.value.code == code
