"""One call in, a typed result or a typed error out: the real SDK over a scripted wire."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import msgspec
import pytest
import requests.exceptions
import urllib3.exceptions

from facegate.credentials import Credentials
from facegate.retry import RetryPolicy
from facegate.settings import Endpoint
from facegate.verification.client import CALL_FLOOR_MS, Timeouts, VerificationClient
from facegate.verification.errors import (
    MalformedAnswer,
    ServiceDisconnected,
    ServiceRefused,
    ServiceTimedOut,
    VerificationError,
)
from facegate.verification.form import Base64
from facegate.verification.service import COMPARE_FACES, ID_VERIFICATION, Call
from tests.fakes import Clock, FakeTransport, Sent, answer


class Verdict(msgspec.Struct):
    Passed: str


GOOD = {"RequestId": "service-1", "Code": "Success", "Message": "success", "Result": {"Passed": "Y"}}
GOOD_MAINLAND = {"RequestId": "service-1", "Code": "1", "Success": True, "Data": {"Passed": "Y"}}
CALL = Call(ID_VERIFICATION, "FaceCompare", {"MerchantBizId": "biz 1"}, {"Picture": Base64(b"\xfb\xef\xff\xf0")})
MAINLAND = Call(COMPARE_FACES, "CompareFaces", {}, {"SourceImageType": "FacePic"})
ENROLMENT = replace(CALL, repeatable=False)

TIMED_OUT = requests.exceptions.ReadTimeout(urllib3.exceptions.ReadTimeoutError(None, "", "Read timed out."))  # type: ignore[arg-type]
REFUSED = requests.exceptions.ConnectTimeout("refused")
RESET = requests.exceptions.ConnectionError("reset by peer")


def error(status: int, code: str, **headers: str) -> requests.Response:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return answer(status, {"RequestId": "service-9", "Code": code, "Message": "no"}, names)


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> FakeTransport:
    return FakeTransport().install(monkeypatch)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def client(
    clock: Clock, credentials: Callable[[], Credentials] = lambda: Credentials("id", "key")
) -> VerificationClient:
    return VerificationClient(
        endpoints={
            ID_VERIFICATION.name: Endpoint("https", "intl.example.com"),
            COMPARE_FACES.name: Endpoint("http", "127.0.0.1:9001"),
        },
        region="ap-southeast-1",
        timeouts=Timeouts(2_000, 10_000),
        credentials=credentials,
        policy=RetryPolicy(max_attempts=4, max_throttled=4, max_unknown_repeats=1, base_ms=200, cap_ms=3_000),
        sleep=clock.sleep,
        jitter=lambda: 1.0,
    )


def failure(clock: Clock, call: Call = CALL, remaining_ms: int = 20_000) -> VerificationError:
    with pytest.raises(VerificationError) as raised:
        client(clock).call(call, Verdict, clock.deadline(remaining_ms))
    return raised.value


# --- the request ----------------------------------------------------------------------------------------------------


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


# --- the envelope ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "envelope"),
    [
        (CALL, GOOD),
        (CALL, {**GOOD, "Code": "200"}),
        (CALL, {**GOOD, "Unknown": [1, {"a": None}]}),
        (MAINLAND, GOOD_MAINLAND),
        (MAINLAND, {**GOOD_MAINLAND, "Code": "200"}),
        (MAINLAND, {**GOOD_MAINLAND, "Code": 1}),
        (MAINLAND, {"Success": True, "Data": {"Passed": "Y"}}),
    ],
)
def test_a_success_is_told_as_the_service_tells_it(
    wire: FakeTransport, clock: Clock, call: Call, envelope: Mapping[str, object]
) -> None:
    wire.will(answer(body=envelope))
    assert client(clock).call(call, Verdict, clock.deadline()).result == Verdict("Y")


@pytest.mark.parametrize(
    ("call", "envelope", "code", "http_status"),
    [
        (CALL, {**GOOD, "Code": "NoFaceDetected"}, "NoFaceDetected", 422),
        (CALL, {**GOOD, "Code": "InvalidParameter"}, "InvalidParameter", 400),
        (CALL, {**GOOD, "Code": "success"}, "success", 502),
        (CALL, {**GOOD, "Code": 200}, "200", 502),
        (MAINLAND, {**GOOD_MAINLAND, "Success": False, "Code": "Error.NoFaceDetected"}, "Error.NoFaceDetected", 422),
        (MAINLAND, {**GOOD_MAINLAND, "Success": None}, "1", 502),
        (MAINLAND, {"Code": "Success", "Data": {"Passed": "Y"}}, "Success", 502),
    ],
)
def test_a_200_that_is_no_success_is_refused_by_its_code(
    wire: FakeTransport, clock: Clock, call: Call, envelope: Mapping[str, object], code: str, http_status: int
) -> None:
    wire.script = [answer(body=envelope) for _ in range(4)]
    refused = failure(clock, call)
    assert isinstance(refused, ServiceRefused)
    assert (refused.code, refused.http_status) == (code, http_status)


UNREADABLE: dict[str, object] = {
    "empty": b"",
    "whitespace": b" \n",
    "HTML": b"<html>200 OK</html>",
    "not UTF-8": b'{"Code":"Succes\xff","Result":{"Passed":"Y"}}',
    "a list": [GOOD],
    "a string": "Success",
    "null": None,
    "nesting bomb": b"[" * 100_000,
    "nested result": b'{"Code":"Success","Result":' + b"[" * 100_000,
    "no code": {"Result": {"Passed": "Y"}},
    "code of the wrong type": {**GOOD, "Code": {"a": 1}},
    "cut short": b'{"Code":"Success","Result":{"Passed":"Y"',
    "twice": b'{"Code":"Success"}{"Code":"Success"}',
    "NaN": b'{"Code":"Success","Result":{"Passed":NaN}}',
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_an_answer_that_cannot_be_read_is_never_a_verdict(wire: FakeTransport, clock: Clock, name: str) -> None:
    wire.script = [answer(body=UNREADABLE[name]) for _ in range(2)]
    assert type(failure(clock)) is MalformedAnswer
    assert len(wire.sent) == 2  # of unknown outcome: repeated once


@pytest.mark.parametrize(
    "result",
    [None, [], {}, "Y", True, 1, {"Passed": None}, {"Passed": True}, {"Passed": 1}, {"passed": "Y"}, [{"Passed": "Y"}]],
    ids=repr,
)
@pytest.mark.parametrize(("call", "good", "key"), [(CALL, GOOD, "Result"), (MAINLAND, GOOD_MAINLAND, "Data")])
def test_a_success_without_a_usable_result_is_never_a_verdict(
    wire: FakeTransport, clock: Clock, call: Call, good: Mapping[str, object], key: str, result: object
) -> None:
    wire.will(answer(body={**good, key: result}))
    malformed = failure(clock, call)
    assert type(malformed) is MalformedAnswer
    assert malformed.request_id == "service-1"


@pytest.mark.parametrize(("call", "good", "key"), [(CALL, GOOD, "Result"), (MAINLAND, GOOD_MAINLAND, "Data")])
def test_a_success_with_no_result_at_all_is_never_a_verdict(
    wire: FakeTransport, clock: Clock, call: Call, good: Mapping[str, object], key: str
) -> None:
    wire.will(answer(body={name: value for name, value in good.items() if name != key}))
    assert type(failure(clock, call)) is MalformedAnswer


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (answer(502, b"<html>Bad gateway</html>"), MalformedAnswer),
        (answer(500, b""), MalformedAnswer),
        (answer(500, [1]), MalformedAnswer),
        (answer(503, {"RequestId": "r"}), MalformedAnswer),
        (error(503, "ServiceUnavailable"), ServiceRefused),
        (error(500, "InternalError"), ServiceRefused),
    ],
)
def test_broken_error_answers_are_typed_and_repeated_once(
    wire: FakeTransport, clock: Clock, response: requests.Response, expected: type[VerificationError]
) -> None:
    wire.script = [response, response]
    assert type(failure(clock)) is expected
    assert len(wire.sent) == 2


@pytest.mark.parametrize(
    ("lost", "slept"), [(RESET, [0]), (TIMED_OUT, [200]), (error(503, "ServiceUnavailable"), [200])]
)
def test_only_a_connection_gone_stale_is_tried_again_at_once(
    wire: FakeTransport, clock: Clock, lost: Exception, slept: list[int]
) -> None:
    wire.will(lost, answer(body=GOOD))
    client(clock).call(CALL, Verdict, clock.deadline())
    assert clock.slept == slept


# --- lists ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("envelope", "expected"),
    [
        ({"Code": "Success", "Items": [{"Passed": "Y"}], "TotalCount": 1}, [Verdict("Y")]),
        ({"Code": "Success", "Items": [], "TotalCount": 0}, []),
        ({"Code": "Success", "TotalCount": 0}, []),
        ({"Code": "Success", "Items": None, "TotalCount": 0}, []),
        ({"Code": "Success", "Items": [{"Passed": "Y"}]}, [Verdict("Y")]),
    ],
)
def test_a_page_is_the_list_of_its_items(
    wire: FakeTransport, clock: Clock, envelope: object, expected: list[Verdict]
) -> None:
    wire.will(answer(body=envelope))
    assert client(clock).page(CALL, Verdict, clock.deadline()).result == expected


@pytest.mark.parametrize(
    "envelope",
    [
        {"Code": "Success"},
        {"Code": "Success", "TotalCount": 3},
        {"Code": "Success", "Items": None},
        {"Code": "Success", "Items": {}, "TotalCount": 0},
        {"Code": "Success", "Items": [{"Passed": None}], "TotalCount": 1},
        {"Code": "Success", "Items": [None], "TotalCount": 1},
        {"Code": "Success", "Items": [], "TotalCount": 1},
    ],
    ids=repr,
)
def test_a_page_that_may_hide_items_is_never_taken_for_an_empty_one(
    wire: FakeTransport, clock: Clock, envelope: object
) -> None:
    wire.will(answer(body=envelope))
    with pytest.raises(MalformedAnswer):
        client(clock).page(CALL, Verdict, clock.deadline())


# --- repeating ------------------------------------------------------------------------------------------------------


def test_throttled_twice_then_success_makes_three_calls(wire: FakeTransport, clock: Clock) -> None:
    wire.will(error(403, "Throttling.Api"), error(403, "Throttling.Api"), answer(body=GOOD))
    answered = client(clock).call(ENROLMENT, Verdict, clock.deadline())
    assert (answered.attempts, len(wire.sent)) == (3, 3)
    assert clock.slept == [200, 400]


def test_throttled_for_ever_ends_with_the_policy(wire: FakeTransport, clock: Clock) -> None:
    wire.script = [error(403, "Throttling.Api") for _ in range(4)]
    refused = failure(clock)
    assert (refused.http_status, refused.attempts, len(wire.sent)) == (429, 4, 4)
    assert refused.retry_after == 1


def test_the_service_is_not_asked_again_sooner_than_it_wished(wire: FakeTransport, clock: Clock) -> None:
    wire.will(error(403, "Throttling.Api", x_acs_retry_after="5000"), answer(body=GOOD))
    client(clock).call(CALL, Verdict, clock.deadline())
    assert clock.slept == [5_000]


def test_a_wish_beyond_the_deadline_is_passed_on_to_the_caller(wire: FakeTransport, clock: Clock) -> None:
    wire.will(error(403, "Throttling.Api", x_acs_retry_after="60000"))
    refused = failure(clock)
    assert (refused.retry_after, len(wire.sent), clock.slept) == (60, 1, [])


@pytest.mark.parametrize("code", ["NoFaceDetected", "InvalidParameter", "Forbidden.RAMUserAccessDenied", "New.Code"])
def test_a_refusal_that_cannot_end_differently_is_not_repeated(wire: FakeTransport, clock: Clock, code: str) -> None:
    wire.will(error(400, code))
    assert (failure(clock).attempts, clock.slept) == (1, [])


@pytest.mark.parametrize(
    ("lost", "expected"), [(TIMED_OUT, ServiceTimedOut), (RESET, ServiceDisconnected)], ids=["timed out", "reset"]
)
def test_an_unknown_outcome_is_repeated_once_where_that_only_costs_money(
    wire: FakeTransport, clock: Clock, lost: Exception, expected: type[VerificationError]
) -> None:
    wire.will(lost, lost)
    assert type(failure(clock)) is expected
    assert len(wire.sent) == 2


@pytest.mark.parametrize("lost", [TIMED_OUT, RESET, answer(500, b""), error(500, "InternalError")])
def test_an_unknown_outcome_of_an_enrolment_is_never_repeated(
    wire: FakeTransport, clock: Clock, lost: requests.Response | Exception
) -> None:
    wire.will(lost)
    assert failure(clock, ENROLMENT).attempts == 1
    assert len(wire.sent) == 1


def test_what_did_not_arrive_is_repeated_even_for_an_enrolment(wire: FakeTransport, clock: Clock) -> None:
    wire.will(REFUSED, REFUSED, answer(body=GOOD))
    assert client(clock).call(ENROLMENT, Verdict, clock.deadline()).attempts == 3


def test_one_unknown_outcome_leaves_the_tries_for_throttling(wire: FakeTransport, clock: Clock) -> None:
    wire.will(RESET, error(403, "Throttling.Api"), answer(body=GOOD))
    assert client(clock).call(CALL, Verdict, clock.deadline()).attempts == 3


# --- time -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("remaining_ms", [0, 1, CALL_FLOOR_MS - 1])
def test_no_call_is_begun_that_could_not_be_answered_in_time(
    wire: FakeTransport, clock: Clock, remaining_ms: int
) -> None:
    late = failure(clock, ENROLMENT, remaining_ms)
    assert isinstance(late, ServiceTimedOut)
    assert (late.http_status, late.execution.value, late.transient) == (504, "not executed", False)
    assert wire.sent == []


def test_no_repeat_is_waited_for_that_the_deadline_forbids(wire: FakeTransport, clock: Clock) -> None:
    wire.will(error(403, "Throttling.Api"), error(403, "Throttling.Api"))
    assert failure(clock, remaining_ms=1_000).attempts == 2  # 200 ms waited; 400 more would leave less than the floor
    assert clock.slept == [200]


@pytest.mark.parametrize(
    ("remaining_ms", "connect_s", "read_s"), [(20_000, 2.0, 10.0), (6_000, 2.0, 4.0), (3_000, 1.0, 2.0)]
)
def test_the_time_outs_are_cut_to_what_is_left_together(
    wire: FakeTransport, clock: Clock, remaining_ms: int, connect_s: float, read_s: float
) -> None:
    wire.will(answer(body=GOOD))
    client(clock).call(CALL, Verdict, clock.deadline(remaining_ms))
    assert wire.sent[0].timeout == (connect_s, read_s)


@pytest.mark.parametrize("remaining_ms", [CALL_FLOOR_MS, 1_234, 11_999])
def test_connecting_and_reading_never_take_longer_than_is_left(remaining_ms: int) -> None:
    cut = Timeouts(2_000, 10_000).within(remaining_ms)
    assert 0 < cut.connect_ms < cut.read_ms
    assert cut.connect_ms + cut.read_ms <= remaining_ms


# --- secrets --------------------------------------------------------------------------------------------------------


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
