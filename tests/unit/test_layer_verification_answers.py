"""An answer becomes a typed result or a typed error, and never a verdict that it does not hold."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import requests.exceptions

from facegate.verification.errors import MalformedAnswer, ServiceRefused, VerificationError
from facegate.verification.service import Call
from tests.fakes import Clock, FakeTransport, answer
from tests.unit.layer_verification import CALL, GOOD, GOOD_MAINLAND, MAINLAND, Verdict, client, error, failure


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> FakeTransport:
    return FakeTransport().install(monkeypatch)


@pytest.fixture
def clock() -> Clock:
    return Clock()


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
