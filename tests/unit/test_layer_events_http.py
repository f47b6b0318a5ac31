"""The two shapes of an HTTP event, and what is neither."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facegate.errors import RequestError
from facegate.events.http import LONG_TEXT, HttpRequest, UnknownEvent, parse
from tests.unit.layer_events import SHAPES, encoded

BODY = '{"a":"中"}'
BINARY = b"\x00\xff--boundary\r\n"


@pytest.fixture(params=SHAPES)
def shape(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def parsed(shape: str, method: str = "POST", path: str = "/v1/x", body: str = "", **more: Any) -> HttpRequest:
    return parse(encoded(SHAPES[shape](method, path, body, **more)))


def test_method_path_headers_query_and_body_come_out_the_same(shape: str) -> None:
    request = parsed(shape, "post", "/v1/face-compare", BODY, queryParameters={"a": "1", "b": "2,3"})
    assert (request.method, request.segments, request.source) == ("POST", ("v1", "face-compare"), shape)
    assert (request.query, request.headers) == ({"a": "1", "b": "2,3"}, {"content-type": "application/json"})
    assert request.body == BODY


def test_bytes_and_text_are_both_taken() -> None:
    event = encoded(SHAPES["http"]("GET", "/"))
    assert parse(event) == parse(event.decode())


@pytest.mark.parametrize("flag", [True, "true", "True", "TRUE"])
def test_a_body_flagged_as_base64_is_decoded(shape: str, flag: object) -> None:
    assert parsed(shape, body=base64.b64encode(BINARY).decode(), isBase64Encoded=flag).body == BINARY


@pytest.mark.parametrize("flag", [False, "false", "False", "", None, 0])
def test_a_body_that_is_not_flagged_is_text(shape: str, flag: object) -> None:
    assert parsed(shape, body="AAAA", isBase64Encoded=flag).body == "AAAA"


def test_a_missing_flag_means_text(shape: str) -> None:
    event = SHAPES[shape]("POST", "/", "AAAA")
    del event["isBase64Encoded"]
    assert parse(encoded(event)).body == "AAAA"


PIECES = st.sampled_from(['{"a":"', '","b":"', '"}', "QUJD", "a/b", "\\", "\n", "é", "\u2028", '\\"', '"' * 300])


@settings(derandomize=True, max_examples=200)
@given(st.lists(PIECES, max_size=6).map("".join), st.booleans())
def test_a_long_body_is_the_same_text_by_the_quick_way(body: str, ascii_only: bool) -> None:
    text = body + "A" * LONG_TEXT + body
    event = json.dumps(SHAPES["http"]("POST", "/", text), ensure_ascii=ascii_only)
    found = parse(event.encode()).body
    assert (found if isinstance(found, str) else found.decode()) == text
    quick = not set("\\\n") & set(body) and (body.isascii() or not ascii_only) and text.count('"') <= 256
    assert isinstance(found, bytes) == quick


def test_a_long_body_flagged_as_base64_is_decoded(shape: str) -> None:
    data = bytes(LONG_TEXT)
    assert parsed(shape, body=base64.b64encode(data).decode(), isBase64Encoded=True).body == data


@pytest.mark.parametrize("body", ["not base64!", "AAA", "é"])
def test_a_body_wrongly_flagged_is_refused_and_not_repeated(shape: str, body: str) -> None:
    with pytest.raises(RequestError) as refused:
        parsed(shape, body=body, isBase64Encoded=True)
    assert (refused.value.http_status, body in refused.value.message) == (400, False)


@pytest.mark.parametrize(("body", "expected"), [(None, ""), ("", ""), ({"a": 1}, '{"a": 1}'), ([], "")])
def test_a_body_that_is_missing_or_parsed_already_is_understood(shape: str, body: Any, expected: str) -> None:
    assert parsed(shape, body=body).body == expected


@pytest.mark.parametrize("name", ["Content-Type", "content-type", "CONTENT-TYPE"])
def test_header_names_have_no_case(shape: str, name: str) -> None:
    assert parsed(shape, headers={name: "a/b"}).headers == {"content-type": "a/b"}


@pytest.mark.parametrize("missing", ["headers", "queryParameters", "body"])
@pytest.mark.parametrize("null", [True, False])
def test_what_a_request_does_not_have_may_be_absent_or_null(shape: str, missing: str, null: bool) -> None:
    event = SHAPES[shape]("GET", "/v1")
    event[missing] = None
    if not null:
        del event[missing]
    request = parse(encoded(event))
    assert request.segments == ("v1",)


@pytest.mark.parametrize(
    ("path", "segments"),
    [
        ("/v1/users/ada/results", ("v1", "users", "ada", "results")),
        ("/v1/users/ada/results/", ("v1", "users", "ada", "results")),
        ("/v1/users/ada%40example.com", ("v1", "users", "ada@example.com")),
        ("/v1/users/a%2Fb/results", ("v1", "users", "a/b", "results")),
        ("/v1/users/%E4%B8%AD", ("v1", "users", "中")),
        ("/v1/users/a+b", ("v1", "users", "a+b")),
        ("/v1/users/a%2Bb", ("v1", "users", "a+b")),
        ("/v1/users//results", ("v1", "users", "", "results")),
        ("/v1/x?a=1", ("v1", "x")),
        ("/v1/%", ("v1", "%")),
        ("/", ("",)),
        ("", ("",)),
    ],
)
def test_the_path_is_split_first_and_decoded_then(shape: str, path: str, segments: tuple[str, ...]) -> None:
    assert parsed(shape, path=path).segments == segments


@pytest.mark.parametrize("path", ["/v1/users/%ff", "/v1/users/jos%E9", "/v1/users/%ED%A0%80", "/v1/%C3/results"])
def test_a_path_that_is_not_utf8_is_refused_rather_than_taken_for_another(shape: str, path: str) -> None:
    with pytest.raises(RequestError) as refused:
        parsed(shape, path=path)
    assert (refused.value.http_status, refused.value.message) == (400, "the path's percent-encoding is not UTF-8")


@pytest.mark.parametrize(
    "event",
    [
        b"",
        b"not JSON",
        b"\xff",
        b"null",
        b"[]",
        b'"text"',
        b"1",
        b"{}",
        b"[" * 100_000,
        json.dumps({"events": [{"eventName": "ObjectCreated:PutObject"}]}).encode(),
        json.dumps({"rawPath": "/"}).encode(),
        json.dumps({"requestContext": {"http": {"method": "GET"}}}).encode(),
    ],
    ids=lambda event: repr(event)[:40],
)
def test_another_triggers_event_is_told_from_a_request(event: bytes) -> None:
    with pytest.raises(UnknownEvent):
        parse(event)


@pytest.mark.parametrize("name", ["headers", "queryParameters"])
@pytest.mark.parametrize("value", [["a"], "text", 7])
def test_an_event_with_parts_of_the_wrong_type_is_no_request(shape: str, name: str, value: object) -> None:
    event = SHAPES[shape]("GET", "/v1")
    event[name] = value
    with pytest.raises(UnknownEvent, match=name):
        parse(encoded(event))


@pytest.mark.parametrize("context", ["text", ["http"], {"http": "GET"}])
def test_a_trigger_event_without_a_usable_context_is_no_request(context: object) -> None:
    with pytest.raises(UnknownEvent):
        parsed("http", requestContext=context)


@pytest.mark.parametrize("context", [{}, None, {"http": None}, {"http": {}}])
def test_a_trigger_event_without_a_method_is_a_request_that_no_function_answers(context: object) -> None:
    assert parsed("http", requestContext=context).method == ""


def test_the_body_does_not_show_in_a_representation(shape: str) -> None:
    assert "AAAA" not in repr(parsed(shape, body="AAAA"))
