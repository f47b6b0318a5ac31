"""The gateway over probe functions: requests through both front doors, limits, and answers to what goes wrong."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from typing import TYPE_CHECKING

import httpx
import pytest

from local.function_compute.acceptance import Pace
from local.function_compute.async_invocations import AsyncInvocations
from local.function_compute.async_queue import AsyncQueue
from local.function_compute.oss_notifications import OssNotifications
from local.gateway.application import BODY_BYTES, Gateway
from local.gateway.control import Endpoints, EventSources, application
from local.gateway.routes import Route, RouteTable
from local.mns.store import TopicStore
from local.mns.topics import Topics
from tests.functional.function_probes import Functions, handler

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from local.function_compute.instances import FunctionCompute

ACCOUNT_ID = "1234567890123456"
ROUTES = RouteTable(
    [
        Route("POST", "/echo", "probe"),
        Route("GET", "/echo/{Name}", "probe"),
        Route("POST", "/absent", "absent"),
    ]
)
ECHO = handler(
    "return {'statusCode': 200, 'headers': {'Content-Type': 'application/json'}, 'isBase64Encoded': False,"
    " 'body': event.decode()}"
)


class Front:
    """A gateway before one probe function, talked to as a client does."""

    def __init__(self, folder: Path, source: str = ECHO, services: httpx.MockTransport | None = None) -> None:
        self._functions = Functions(folder, source)
        self._services = services

    def exchange(self, *requests: httpx.Request) -> list[httpx.Response]:
        async def each(client: httpx.AsyncClient) -> list[httpx.Response]:
            return [await client.send(request) for request in requests]

        return self.use(each)

    def send(self, method: str, path: str, **content: object) -> httpx.Response:
        [response] = self.exchange(httpx.Request(method, f"http://local{path}", **content))
        return response

    def use(self, act: Callable[[httpx.AsyncClient], Awaitable[list[httpx.Response]]]) -> list[httpx.Response]:
        async def serving(cloud: FunctionCompute) -> list[httpx.Response]:
            specs = self._functions.specs
            with (
                contextlib.closing(AsyncQueue(self._functions.logs / "queue.sqlite3")) as queue,
                contextlib.closing(TopicStore(":memory:")) as topics,
            ):
                asynchronous = AsyncInvocations(cloud, specs, queue, ACCOUNT_ID, Pace())
                gateway = Gateway(ROUTES, cloud, asynchronous, ACCOUNT_ID, "ap-southeast-1")
                sources = EventSources(
                    OssNotifications(specs, asynchronous), Topics(specs, asynchronous, ACCOUNT_ID, topics)
                )
                async with httpx.AsyncClient(transport=self._services) as services:
                    transport = httpx.ASGITransport(application(gateway, sources, ENDPOINTS, {}, services))
                    async with httpx.AsyncClient(transport=transport) as client:
                        return await act(client)

        responses: list[httpx.Response] = self._functions.run(serving)
        return responses


ENDPOINTS = Endpoints(
    gateway="http://local",
    id_verification="http://faces",
    tablestore="http://tables",
    function_compute="http://api",
    oss=None,
    mns="http://topics",
    region="ap-southeast-1",
    account_id=ACCOUNT_ID,
    bucket=None,
    access_key_id="LTAI",
    access_key_secret="secret",
    tablestore_instance="facegate",
    signup_topic="signups",
    face_groups=["members"],
)


def test_a_request_reaches_its_function_as_an_http_trigger_event(tmp_path: Path) -> None:
    response = Front(tmp_path).send("POST", "/echo?a=1&a=2", json={"x": 1}, headers={"x-thing": "1"})

    event = response.json()
    assert response.status_code == 200
    assert (event["version"], event["rawPath"], event["queryParameters"]) == ("v1", "/echo", {"a": "1,2"})
    assert (event["body"], event["isBase64Encoded"]) == ('{"x":1}', False)
    assert event["headers"]["X-Thing"] == "1"
    assert event["requestContext"]["requestId"] == response.headers["X-Fc-Request-Id"]
    assert event["requestContext"]["domainName"] == "probe.ap-southeast-1.fcapp.run"


def test_the_same_path_under_apigw_reaches_it_as_api_gateways_event(tmp_path: Path) -> None:
    response = Front(tmp_path).send("GET", "/apigw/echo/a%2Fb?q=", headers={"accept": "x"})

    event = response.json()
    assert (event["httpMethod"], event["path"], event["pathParameters"]) == ("GET", "/echo/a%2Fb", {"Name": "a/b"})
    assert (event["body"], event["isBase64Encoded"], event["queryParameters"]) == ("", "false", {"q": ""})
    assert event["headers"]["CaRequestId"] == response.headers["X-Fc-Request-Id"]
    assert "requestContext" not in event


@pytest.mark.parametrize("door", ["", "/apigw"])
def test_bytes_go_through_both_ways_unharmed(tmp_path: Path, door: str) -> None:
    echo_body = handler(
        "event = json.loads(event)\n"
        "return {'statusCode': 200, 'headers': {}, 'isBase64Encoded': True, 'body': event['body']}"
    )
    picture = bytes(range(256)) * 1000

    response = Front(tmp_path, echo_body).send(
        "POST", f"{door}/echo", content=picture, headers={"content-type": "image/jpeg"}
    )

    assert response.content == picture


def test_a_client_cannot_set_function_computes_own_headers(tmp_path: Path) -> None:
    response = Front(tmp_path).send("POST", "/echo", headers={"x-fc-account-id": "1", "X-Fc-Request-Id": "mine"})

    assert not [name for name in response.json()["headers"] if name.lower().startswith("x-fc-")]
    assert response.headers["X-Fc-Request-Id"] != "mine"


@pytest.mark.parametrize(
    ("request_line", "status", "code", "allow"),
    [
        ("GET /nothing", 404, "NotFound", None),
        ("OPTIONS /nothing", 404, "NotFound", None),
        ("GET /apigw", 404, "NotFound", None),
        ("GET /", 404, "NotFound", None),
        ("GET /echo/", 404, "NotFound", None),
        ("GET /echo", 405, "MethodNotAllowed", "OPTIONS, POST"),
        ("DELETE /apigw/echo/1", 405, "MethodNotAllowed", "GET, HEAD, OPTIONS"),
        ("POST /absent", 404, "FunctionNotFound", None),
    ],
)
def test_a_path_or_method_that_leads_nowhere(
    tmp_path: Path, request_line: str, status: int, code: str, allow: str | None
) -> None:
    response = Front(tmp_path).send(*request_line.split())

    assert response.status_code == status
    assert response.headers.get("Allow") == allow
    assert set(response.json()) == {"RequestId", "Code", "Message"}
    assert response.json()["Code"] == code
    assert response.json()["RequestId"] == response.headers["X-Fc-Request-Id"]


def test_options_on_a_path_names_its_methods(tmp_path: Path) -> None:
    response = Front(tmp_path).send("OPTIONS", "/echo/1")

    assert (response.status_code, response.headers["Allow"]) == (204, "GET, HEAD, OPTIONS")
    assert response.content == b""
    assert response.headers["X-Fc-Request-Id"].startswith("1-")


def padded(length: int) -> str:
    return "/echo/" + "a" * (length - len("/echo/"))


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", padded(4096), {}, 200),
        ("GET", padded(4097), {}, 400),
        ("GET", padded(4000) + "?" + "q" * 95, {}, 200),
        ("GET", padded(4000) + "?" + "q" * 96, {}, 400),
        ("GET", "/echo/1", {"x-long": "a" * 7900}, 200),
        ("GET", "/echo/1", {"x-long": "a" * 8192}, 400),
        ("POST", "/echo", {"content-length": str(BODY_BYTES + 1)}, 400),
        ("POST", "/echo", {"x-fc-invocation-type": "Later"}, 400),
    ],
)
def test_a_request_beyond_a_limit_is_refused(
    tmp_path: Path, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    response = Front(tmp_path).send(method, path, headers=headers)

    assert response.status_code == status
    if status == 400:
        assert response.json()["Code"] == "InvalidArgument"


def test_a_body_of_unknown_length_is_read_up_to_the_limit_and_no_further(tmp_path: Path) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1024 * 1024
            yield b"x" * 1024 * 1024

    response = Front(tmp_path).send("POST", "/echo", content=endless())

    assert (response.status_code, response.json()["Code"]) == (400, "InvalidArgument")
    assert sent == BODY_BYTES + 1024 * 1024


def returning(expression: str) -> str:
    return handler(f"return {expression}")


@pytest.mark.parametrize(
    ("source", "code", "error_type"),
    [
        (handler("raise ValueError('a secret')"), "FunctionError", "UnhandledInvocationError"),
        ("import absent  # a secret", "FunctionError", "UnhandledInvocationError"),
        (handler("os._exit(1)  # a secret"), "FunctionError", "UnhandledInvocationError"),
        (returning("'a secret'"), "InvalidFunctionResponse", None),
        (returning("{'body': 'a secret'}"), "InvalidFunctionResponse", None),
        (returning("'a secret' * 1_000_000"), "InvalidFunctionResponse", None),
    ],
)
def test_a_failing_function_is_a_502_that_tells_nothing_of_it(
    tmp_path: Path, source: str, code: str, error_type: str | None
) -> None:
    response = Front(tmp_path, source).send("POST", "/echo")

    assert (response.status_code, response.json()["Code"]) == (502, code)
    assert response.headers.get("X-Fc-Error-Type") == error_type
    for private in ("secret", "Traceback", "index.py", "absent"):
        assert private not in response.text


def test_a_response_of_just_under_the_limit_passes(tmp_path: Path) -> None:
    source = returning(
        "{'statusCode': 200, 'headers': {}, 'isBase64Encoded': False, 'body': 'x' * (6 * 1024 * 1024 - 100)}"
    )

    response = Front(tmp_path, source).send("POST", "/echo")

    assert (response.status_code, len(response.content)) == (200, 6 * 1024 * 1024 - 100)


def test_requests_at_once_each_get_their_own_answer(tmp_path: Path) -> None:
    async def many(client: httpx.AsyncClient) -> list[httpx.Response]:
        return await asyncio.gather(*(client.get(f"http://local/echo/{number}") for number in range(20)))

    responses = Front(tmp_path).use(many)

    assert [response.json()["rawPath"] for response in responses] == [f"/echo/{number}" for number in range(20)]
    assert len({response.headers["X-Fc-Request-Id"] for response in responses}) == 20


def test_the_control_surface_says_where_everything_is(tmp_path: Path) -> None:
    response = Front(tmp_path).send("GET", "/_local/endpoints")

    assert response.json() == {
        "gateway": "http://local",
        "id_verification": "http://faces",
        "tablestore": "http://tables",
        "function_compute": "http://api",
        "oss": None,
        "mns": "http://topics",
        "region": "ap-southeast-1",
        "account_id": ACCOUNT_ID,
        "bucket": None,
        "access_key_id": "LTAI",
        "access_key_secret": "secret",
        "tablestore_instance": "facegate",
        "signup_topic": "signups",
        "face_groups": ["members"],
    }


def test_there_are_no_asynchronous_invocations(tmp_path: Path) -> None:
    assert Front(tmp_path).send("GET", "/_local/invocations").json() == []


@pytest.mark.parametrize(
    ("method", "path", "asked"),
    [
        ("GET", "/_local/calls", "http://faces/_control/calls"),
        ("GET", "/_local/records", "http://faces/_control/records"),
        ("GET", "/_local/faults", "http://faces/_control/faults"),
        ("POST", "/_local/faults", "http://faces/_control/faults"),
        ("DELETE", "/_local/faults", "http://faces/_control/faults"),
        ("GET", "/_local/tablestore/calls", "http://tables/_control/calls"),
        ("POST", "/_local/tablestore/faults", "http://tables/_control/faults"),
        ("DELETE", "/_local/tablestore/faults", "http://tables/_control/faults"),
    ],
)
def test_a_control_request_is_passed_on_to_its_service(tmp_path: Path, method: str, path: str, asked: str) -> None:
    def service(request: httpx.Request) -> httpx.Response:
        heard = {"method": request.method, "url": str(request.url), "body": base64.b64encode(request.content).decode()}
        return httpx.Response(418, json=heard)

    response = Front(tmp_path, services=httpx.MockTransport(service)).send(method, path, content=b'{"times": 2}')

    assert response.status_code == 418
    assert response.json() == {"method": method, "url": asked, "body": base64.b64encode(b'{"times": 2}').decode()}


def test_a_control_request_to_a_service_that_is_gone_is_a_502(tmp_path: Path) -> None:
    def gone(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    response = Front(tmp_path, services=httpx.MockTransport(gone)).send("GET", "/_local/calls")

    assert response.status_code == 502
    assert json.loads(response.content)["Code"] == "BadGateway"
