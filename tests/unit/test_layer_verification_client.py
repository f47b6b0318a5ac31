"""What a call sends, and that nothing of it stays: the real SDK over a scripted wire."""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import msgspec
import pytest

from facegate.credentials import Credentials
from facegate.verification.service import ID_VERIFICATION, Call
from tests.fakes import Clock, FakeTransport, Sent, answer
from tests.unit.layer_verification import (
    CALL,
    ENROLMENT,
    GOOD,
    GOOD_MAINLAND,
    MAINLAND,
    RESET,
    Verdict,
    client,
    error,
    failure,
)


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> FakeTransport:
    return FakeTransport().install(monkeypatch)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_query_and_body_travel_where_the_call_puts_them(wire: FakeTransport, clock: Clock) -> None:
    wire.will(answer(body=GOOD))
    answered = client(clock).call(CALL, Verdict, clock.deadline())
    assert (answered.result, answered.request_id, answered.attempts) == (Verdict("Y"), "service-1", 1)
    (sent,) = wire.sent
    assert (sent.host, sent.query) == ("intl.example.com", {"MerchantBizId": "biz 1"})
    assert sent.body == b"Picture=%2B%2B%2F%2F8A%3D%3D"
    assert sent.headers["content-type"] == "application/x-www-form-urlencoded"
    assert sent.headers["x-acs-action"] == "FaceCompare"
    assert sent.headers["x-acs-version"] == "2022-08-09"


def test_the_mainland_service_is_called_at_its_own_endpoint_and_version(wire: FakeTransport, clock: Clock) -> None:
    wire.will(answer(body=GOOD_MAINLAND))
    client(clock).call(MAINLAND, Verdict, clock.deadline())
    (sent,) = wire.sent
    assert sent.url.startswith("http://127.0.0.1:9001/")
    assert sent.headers["x-acs-version"] == "2019-03-07"


def test_a_call_without_a_body_sends_none(wire: FakeTransport, clock: Clock) -> None:
    wire.will(answer(body=GOOD))
    client(clock).call(Call(ID_VERIFICATION, "QueryFaceRecord", {"PageSize": "50"}, {}), Verdict, clock.deadline())
    assert wire.sent[0].body == b""
    assert "content-type" not in wire.sent[0].headers


def test_the_body_that_facegate_built_is_the_one_that_was_signed(wire: FakeTransport, clock: Clock) -> None:
    wire.will(answer(body=GOOD))
    client(clock).call(CALL, Verdict, clock.deadline())
    assert _signature(wire.sent[0], "key") == wire.sent[0].headers["authorization"].rpartition("Signature=")[2]


def _signature(sent: Sent, secret: str) -> str:
    """ACS3-HMAC-SHA256, worked out anew."""
    signed = sent.headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    query = sorted(parse_qsl(urlsplit(sent.url).query, keep_blank_values=True))
    canonical = "\n".join(
        [
            "POST",
            "/",
            urlencode(query, quote_via=quote, safe="~"),
            "".join(f"{name}:{sent.headers[name].strip()}\n" for name in signed),
            ";".join(signed),
            hashlib.sha256(sent.body).hexdigest(),
        ]
    )
    text = "ACS3-HMAC-SHA256\n" + hashlib.sha256(canonical.encode()).hexdigest()
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def test_each_call_signs_with_the_credentials_of_the_moment(wire: FakeTransport, clock: Clock) -> None:
    wire.will(error(403, "Throttling.Api"), answer(body=GOOD))
    keys = iter([Credentials("first", "s", "token-1"), Credentials("second", "s", "token-2")])
    client(clock, lambda: next(keys)).call(CALL, Verdict, clock.deadline())
    assert [sent.headers["x-acs-accesskey-id"] for sent in wire.sent] == ["first", "second"]
    assert [sent.headers["x-acs-security-token"] for sent in wire.sent] == ["token-1", "token-2"]


def test_nothing_refers_to_the_sdks_exception_which_holds_pictures_and_token(wire: FakeTransport, clock: Clock) -> None:
    wire.will(RESET)
    lost = failure(clock, ENROLMENT)
    assert lost.__context__ is None
    assert lost.__cause__ is None


def test_a_repeat_is_logged_without_anything_of_the_request(
    wire: FakeTransport, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    wire.will(RESET, answer(body=GOOD))
    client(clock).call(CALL, Verdict, clock.deadline())
    (line,) = capsys.readouterr().out.splitlines()
    assert msgspec.json.decode(line) == {
        "level": "WARNING",
        "event": "call repeated",
        "operation": "FaceCompare",
        "code": "ServiceDisconnected",
        "execution": "may have been executed",
        "attempts": 1,
        "wait_ms": 0,
    }
