"""The gateway's pure parts: routes, the two event shapes, and a function's return value as a response."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from local.gateway.answers import RESPONSE_BYTES, MalformedAnswer, answer_from
from local.gateway.events import HttpRequest, api_gateway_event, http_trigger_event
from local.gateway.routes import Route, RoutesError, RouteTable, load_routes

if TYPE_CHECKING:
    from pathlib import Path

REQUEST = HttpRequest(
    method="POST",
    raw_path="/v1/results/a%2Fb%20c",
    query="p=1&p=2&empty=&q=%E4%BD%A0",
    headers=(
        ("content-type", "application/json"),
        ("user-agent", "probe/1"),
        ("x-thing", "a"),
        ("X-Thing", "b"),
        ("x-fc-invocation-type", "Sync"),
        ("connection", "keep-alive"),
    ),
    body=b'{"a": 1}',
    source_ip="127.0.0.1",
    protocol="HTTP/1.1",
    time=1693896071.895,
)
TABLE = RouteTable(
    [
        Route("POST", "/v1/face-compare", "compare"),
        Route("GET", "/v1/results/{MerchantBizId}", "results"),
        Route("DELETE", "/v1/users/{MerchantUserId}", "erasure"),
        Route("GET", "/v1/users/{MerchantUserId}/results", "results"),
    ]
)


@pytest.mark.parametrize(
    ("method", "path", "function", "parameters"),
    [
        ("POST", "/v1/face-compare", "compare", {}),
        ("POST", "/v1/face%2Dcompare", "compare", {}),
        ("GET", "/v1/results/a%2Fb%20c", "results", {"MerchantBizId": "a/b c"}),
        ("HEAD", "/v1/results/1", "results", {"MerchantBizId": "1"}),
        ("GET", "/v1/users/u/results", "results", {"MerchantUserId": "u"}),
        ("DELETE", "/v1/users/results", "erasure", {"MerchantUserId": "results"}),
    ],
)
def test_a_path_and_method_find_their_function(
    method: str, path: str, function: str, parameters: dict[str, str]
) -> None:
    match = TABLE.match(method, path)

    assert match.route is not None
    assert match.route.function == function
    assert match.parameters == parameters


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/face-compare", ("POST",)),
        ("HEAD", "/v1/users/u", ("DELETE",)),
        ("POST", "/v1/results/1", ("GET", "HEAD")),
        ("GET", "/v1/results/", ()),
        ("GET", "/v1/results/1/", ()),
        ("GET", "/v1/results/a/b", ()),
        ("POST", "/V1/face-compare", ()),
        ("GET", "", ()),
    ],
)
def test_anything_else_finds_nothing_but_the_methods_of_its_path(
    method: str, path: str, allowed: tuple[str, ...]
) -> None:
    match = TABLE.match(method, path)

    assert match.route is None
    assert match.allowed == allowed


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("routes: []", "must hold a list"),
        ("- 1", "must hold a list"),
        ("routes: [1]", r"routes\[0\]: must have"),
        ("routes: [{method: GET, path: /a}]", r"routes\[0\]: must have"),
        ("routes: [{method: GET, path: a, function: f}]", r"routes\[0\].path"),
        ("routes: [{method: GET, path: /a, function: f}]", "no function 'f'"),
        ("a: [", "while parsing"),
    ],
)
def test_a_wrong_list_of_routes_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "routes.yaml"
    path.write_text(text, "utf-8")

    with pytest.raises(RoutesError, match=problem):
        load_routes(path, {})


def http_event(request: HttpRequest = REQUEST) -> dict[str, Any]:
    return http_trigger_event(
        request, request_id="1-a-b-c", function="results", account_id="42", region="ap-southeast-1"
    )


def test_the_event_of_an_http_trigger() -> None:
    event = http_event()

    trigger_id = event["requestContext"].pop("triggerId")
    assert len(trigger_id) == 36
    assert event == {
        "version": "v1",
        "rawPath": "/v1/results/a%2Fb%20c",
        "headers": {"Content-Type": "application/json", "User-Agent": "probe/1", "X-Thing": "a,b"},
        "queryParameters": {"p": "1,2", "empty": "", "q": "你"},
        "body": '{"a": 1}',
        "isBase64Encoded": False,
        "requestContext": {
            "accountId": "42",
            "domainName": "results.ap-southeast-1.fcapp.run",
            "domainPrefix": "results",
            "requestId": "1-a-b-c",
            "time": "2023-09-05T06:41:11Z",
            "timeEpoch": "1693896071895",
            "http": {
                "method": "POST",
                "path": "/v1/results/a/b c",
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "probe/1",
            },
        },
    }


def test_the_event_of_api_gateway() -> None:
    event = api_gateway_event(REQUEST, request_id="1-a-b-c", path_parameters={"MerchantBizId": "a/b c"})

    assert event == {
        "path": "/v1/results/a%2Fb%20c",
        "httpMethod": "POST",
        "headers": {
            "Content-Type": "application/json",
            "User-Agent": "probe/1",
            "X-Thing": "a,b",
            "CaRequestId": "1-a-b-c",
            "X-Ca-Api-Gateway": "1-a-b-c",
            "CaClientIp": "127.0.0.1",
            "CaHttpSchema": "HTTP",
            "X-Forwarded-For": "127.0.0.1",
        },
        "queryParameters": {"p": "1,2", "empty": "", "q": "你"},
        "pathParameters": {"MerchantBizId": "a/b c"},
        "body": '{"a": 1}',
        "isBase64Encoded": "false",
    }


@pytest.mark.parametrize(
    ("content_type", "body", "is_base64"),
    [
        ("text/plain; charset=utf-8", "é".encode(), False),
        ("Application/JSON", b"{}", False),
        ("application/problem+json", b"{}", False),
        ("application/x-www-form-urlencoded", b"a=b", False),
        ("", b"plain", False),
        ("", b"", False),
        ("", b"\xff", True),
        ("application/json", b"\xff", True),
        ("multipart/form-data; boundary=x", b"--x--", True),
        ("image/jpeg", b"ascii", True),
        ("application/octet-stream", b"", True),
    ],
)
def test_a_body_is_base64_where_it_is_not_text(content_type: str, body: bytes, is_base64: bool) -> None:
    headers = (("content-type", content_type),) if content_type else ()
    request = replace(REQUEST, headers=headers, body=body)

    event = http_event(request)
    gateway_event = api_gateway_event(request, request_id="1", path_parameters={})

    expected = base64.b64encode(body).decode() if is_base64 else body.decode()
    assert (event["body"], event["isBase64Encoded"]) == (expected, is_base64)
    assert (gateway_event["body"], gateway_event["isBase64Encoded"]) == (expected, str(is_base64).lower())


def response(**changes: object) -> bytes:
    whole = {"statusCode": 201, "headers": {"A": "b"}, "isBase64Encoded": False, "body": "é", **changes}
    return json.dumps({key: value for key, value in whole.items() if value is not ...}).encode()


def test_a_response_object_becomes_the_response() -> None:
    answer = answer_from(response())

    assert (answer.status, dict(answer.headers), answer.body) == (201, {"A": "b"}, "é".encode())


def test_a_base64_body_is_decoded() -> None:
    assert answer_from(response(isBase64Encoded=True, body="AP8=")).body == b"\x00\xff"


def test_headers_that_are_the_gateways_own_are_dropped() -> None:
    headers = {"Content-Length": "1", "Date": "x", "X-Fc-Request-Id": "x", "Connection": "close", "Kept": "1"}

    assert dict(answer_from(response(headers=headers)).headers) == {"Kept": "1"}


@pytest.mark.parametrize(
    ("payload", "problem"),
    [
        (b"", "not JSON"),
        (b"plain text", "not JSON"),
        (b"[]", "not a JSON object"),
        (b'"text"', "not a JSON object"),
        (response(statusCode=...), "statusCode"),
        (response(statusCode="200"), "statusCode"),
        (response(statusCode=True), "statusCode"),
        (response(statusCode=99), "statusCode"),
        (response(headers=...), "headers"),
        (response(headers={"A": ["1", "2"]}), "headers"),
        (response(headers={"A": 1}), "headers"),
        (response(headers={"A": "1\r\nB: 2"}), "headers"),
        (response(headers={"A B": "1"}), "headers"),
        (response(body=...), "body"),
        (response(body={"a": 1}), "body"),
        (response(isBase64Encoded="true"), "isBase64Encoded"),
        (response(isBase64Encoded=True, body="not base64!"), "isBase64Encoded"),
        (response(body="\ud800"), "isBase64Encoded"),
        (b"x" * (RESPONSE_BYTES + 1), "bytes"),
    ],
)
def test_another_return_value_is_malformed(payload: bytes, problem: str) -> None:
    with pytest.raises(MalformedAnswer, match=problem):
        answer_from(payload)
