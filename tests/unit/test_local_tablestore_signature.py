"""The signature check, against requests that the SDK's signers made."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from tablestore.auth import RequestContext, SignV2, SignV4
from tablestore.credentials import Credentials
from tablestore.protocol import OTSProtocol

from local.credentials import Account
from local.tablestore.errors import TablestoreError
from local.tablestore.signature import SignedRequest, Signer, authenticate, format_date

ACCOUNT = Account("LTAIaccount", "the-secret")
SIGNERS = {"V2": SignV2("utf8"), "V4": SignV4("utf8", region="cn-hangzhou")}
MAIN_KEY = Credentials(ACCOUNT.access_key_id, ACCOUNT.access_key_secret)


def now() -> datetime:
    return datetime.now(timezone.utc)


def signed(version: str, credentials: Any = MAIN_KEY, instance: str = "faces") -> SignedRequest:
    """DescribeTable, as the SDK sends it."""
    protocol = OTSProtocol(instance, "utf8", logging.getLogger("test"))
    context = RequestContext(credentials)
    path, headers, body = protocol.make_request("DescribeTable", SIGNERS[version], context, "results")
    return SignedRequest(path, tuple(headers.items()), body)


def with_header(request: SignedRequest, name: str, value: str | None) -> SignedRequest:
    kept = [pair for pair in request.headers if pair[0] != name]
    return replace(request, headers=kept if value is None else [*kept, (name, value)])


def check(request: SignedRequest, at: datetime | None = None) -> Signer:
    return authenticate(ACCOUNT, "faces", request, at or now())


def refusal(request: SignedRequest, at: datetime | None = None) -> tuple[str, str]:
    with pytest.raises(TablestoreError) as refused:
        check(request, at)
    return refused.value.code, refused.value.message


@pytest.mark.parametrize("version", SIGNERS)
def test_an_untouched_request_is_accepted(version: str) -> None:
    assert check(signed(version)).access_key_id == ACCOUNT.access_key_id


@pytest.mark.parametrize("version", SIGNERS)
def test_the_answer_is_signed_as_the_sdk_expects(version: str) -> None:
    signer = check(signed(version))
    headers = {"x-ots-date": format_date(now()), "x-ots-requestid": "r", "other": "unsigned"}
    context = RequestContext(MAIN_KEY, sign_date=now().strftime("%Y%m%d"))
    sdk = SIGNERS[version]
    expected = sdk.make_response_signature("/GetRow", headers, sdk.get_signing_key(context))
    assert signer.authorization("/GetRow", headers) == f"OTS {ACCOUNT.access_key_id}:{expected}"


@pytest.mark.parametrize("version", SIGNERS)
def test_one_changed_byte_in_the_body_is_refused(version: str) -> None:
    request = signed(version)
    for position in range(len(request.body)):
        body = bytearray(request.body)
        body[position] ^= 1
        assert refusal(replace(request, body=bytes(body)))[0] == "OTSAuthFailed"


@pytest.mark.parametrize("version", SIGNERS)
def test_a_changed_added_or_missing_signed_header_is_refused(version: str) -> None:
    request = signed(version)
    names = [name for name, _ in request.headers if name.startswith("x-ots-")]
    for name in names:
        value = dict(request.headers)[name]
        assert refusal(with_header(request, name, value[:-1] + ("A" if value[-1] != "A" else "B")))
        missed = "x-ots-signature" if name == "x-ots-signaturev4" else name
        assert refusal(with_header(request, name, None)) == ("OTSMissingHeader", f"Missing header: '{missed}'.")
    assert refusal(with_header(request, "x-ots-extra", "1")) == ("OTSAuthFailed", "Signature mismatch.")


@pytest.mark.parametrize("version", SIGNERS)
def test_a_signature_for_another_api_is_refused(version: str) -> None:
    assert refusal(replace(signed(version), path="/DeleteTable")) == ("OTSAuthFailed", "Signature mismatch.")


@pytest.mark.parametrize("version", SIGNERS)
@pytest.mark.parametrize(
    ("credentials", "instance", "message"),
    [
        (Credentials(ACCOUNT.access_key_id, "another-secret"), "faces", "Signature mismatch."),
        (Credentials("LTAIstranger", "the-secret"), "faces", "The AccessKeyID does not exist."),
        (MAIN_KEY, "other", "The instance is not found."),
    ],
)
def test_strangers_are_refused(version: str, credentials: Any, instance: str, message: str) -> None:
    assert refusal(signed(version, credentials, instance)) == ("OTSAuthFailed", message)


@pytest.mark.parametrize("version", SIGNERS)
@pytest.mark.parametrize("minutes", [-16, 16])
def test_a_date_more_than_a_quarter_of_an_hour_off_is_refused(version: str, minutes: int) -> None:
    code, message = refusal(signed(version), now() + timedelta(minutes=minutes))
    assert code == "OTSAuthFailed"
    assert message.startswith("Mismatch between system time and x-ots-date: ")


def test_a_date_in_another_form_is_refused() -> None:
    request = with_header(signed("V2"), "x-ots-date", "Sat, 07 Jun 2014 14:25:40 GMT")
    assert refusal(request) == ("OTSParameterInvalid", "Invalid date format: Sat, 07 Jun 2014 14:25:40 GMT.")


@pytest.mark.parametrize("version", SIGNERS)
def test_temporary_keys_are_checked_with_their_token(version: str) -> None:
    key = ACCOUNT.issue(int(now().timestamp()) + 3600)
    good = Credentials(key.access_key_id, key.access_key_secret, key.security_token)
    assert check(signed(version, good)).access_key_id == key.access_key_id

    old = ACCOUNT.issue(int(now().timestamp()) - 1)
    refused = {
        "The STS token has expired.": Credentials(old.access_key_id, old.access_key_secret, old.security_token),
        "The STS token is invalid.": Credentials(key.access_key_id, key.access_key_secret, old.security_token),
        "Signature mismatch.": Credentials(key.access_key_id, old.access_key_secret, key.security_token),
    }
    for message, credentials in refused.items():
        assert refusal(signed(version, credentials)) == ("OTSAuthFailed", message)
    untold = Credentials(key.access_key_id, key.access_key_secret)
    assert refusal(signed(version, untold)) == ("OTSAuthFailed", "The STS token is invalid.")
