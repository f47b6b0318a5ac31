"""Function Compute's API, called by the unmodified aliyun-fc2 package and, where that cannot, over a bare socket."""

from __future__ import annotations

import asyncio
import email.utils
import hashlib
import json
import time
from typing import TYPE_CHECKING, Any

import fc2
import httpx
import pytest
from fc2.fc_exceptions import FcError

from local.function_compute.acceptance import EVENT_BYTES
from local.function_compute.api_signature import signature, string_to_sign
from tests.functional.async_probes import FAIL, SUCCEED, AsyncFunctions, Running
from tests.functional.function_probes import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PATH = "/2023-03-30/functions/probe/invocations"
ASYNC = {"x-fc-invocation-type": "Async"}
TASKS = {"asyncInvokeConfig": {"asyncTask": True, "maxAsyncRetryAttempts": 0}}


@pytest.fixture
def probes(tmp_path: Path) -> AsyncFunctions:
    return AsyncFunctions(tmp_path, {"probe": (SUCCEED, TASKS), "failing": (FAIL, TASKS)}, service="facegate")


def client(url: str, **more: str) -> fc2.Client:
    keys = {"accessKeyID": ACCOUNT.access_key_id, "accessKeySecret": ACCOUNT.access_key_secret, **more}
    return fc2.Client(endpoint=url, **keys)


def temporary(seconds: int) -> dict[str, str]:
    key = ACCOUNT.issue(int(time.time()) + seconds)
    return {
        "accessKeyID": key.access_key_id,
        "accessKeySecret": key.access_key_secret,
        "securityToken": key.security_token,
    }


def invoke(client: fc2.Client, function: str, body: bytes, **headers: str) -> Any:
    """The form of FC 3.0, over the package's own signing and transport."""
    path = f"/2023-03-30/functions/{function}/invocations"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client._do_request("POST", path, client._build_common_headers("POST", path, named), body=body)


def called(probes: AsyncFunctions, call: Callable[[str], Any]) -> Any:
    """What `call` returns, given the URL of the API, when all that it handed over is done."""

    async def act(running: Running) -> Any:
        result = await asyncio.to_thread(call, running.api)
        await running.quiet()
        return result

    return probes.use(act)


def refused(probes: AsyncFunctions, call: Callable[[str], Any]) -> tuple[int, str]:
    with pytest.raises(FcError) as error:
        called(probes, call)
    assert set(json.loads(error.value.message)) == {"ErrorCode", "ErrorMessage", "RequestId"}
    assert error.value.request_id.startswith("1-")
    assert probes.seen == []
    return error.value.status_code, error.value.err_code


def test_a_function_of_fc3_answers_the_packages_transport(probes: AsyncFunctions) -> None:
    answer = called(probes, lambda url: invoke(client(url), "probe", b"hello"))

    assert (answer.status_code, answer.content) == (200, b"done")
    assert probes.seen == [{"request": answer.headers["X-Fc-Request-Id"], "event": "hello"}]


def test_an_asynchronous_call_is_accepted_and_runs(probes: AsyncFunctions) -> None:
    answer = called(probes, lambda url: invoke(client(url), "probe", b"later", **ASYNC))

    assert (answer.status_code, answer.content) == (202, b"")
    assert probes.seen == [{"request": answer.headers["X-Fc-Request-Id"], "event": "later"}]


def test_the_packages_public_call_reaches_the_one_service(probes: AsyncFunctions) -> None:
    def both(url: str) -> list[Any]:
        fc = client(url)
        return [
            fc.invoke_function("facegate", "probe", b"sync", qualifier="LATEST"),
            fc.invoke_function("facegate", "probe", payload=b"async", headers=ASYNC),
        ]

    answers = called(probes, both)

    assert [answer.data for answer in answers] == [b"done", b""]
    assert probes.events == ["sync", "async"]


def test_the_public_call_raises_where_the_function_failed(probes: AsyncFunctions) -> None:
    with pytest.raises(FcError, match="as ordered") as error:
        called(probes, lambda url: client(url).invoke_function("facegate", "failing", b"x"))

    assert error.value.status_code == 200


def test_a_failed_function_is_a_200_that_names_the_error(probes: AsyncFunctions) -> None:
    answer = called(probes, lambda url: invoke(client(url), "failing", b"x"))

    assert (answer.status_code, answer.headers["X-Fc-Error-Type"]) == (200, "UnhandledInvocationError")
    assert answer.json()["errorMessage"] == "as ordered"


def test_a_temporary_key_is_good_with_its_token(probes: AsyncFunctions) -> None:
    answer = called(probes, lambda url: invoke(client(url, **temporary(60)), "probe", b"x"))

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        (lambda: {"accessKeyID": "LTAIunknown"}, "InvalidAccessKeyID"),
        (lambda: {"accessKeySecret": ACCOUNT.access_key_secret[:-1] + "x"}, "SignatureNotMatch"),
        (lambda: temporary(-1), "AccessDenied"),
        (lambda: {**temporary(60), "securityToken": temporary(60)["securityToken"]}, "AccessDenied"),
        (lambda: {**temporary(60), "accessKeySecret": "other"}, "SignatureNotMatch"),
    ],
)
def test_another_key_is_refused(probes: AsyncFunctions, keys: Callable[[], dict[str, str]], code: str) -> None:
    assert refused(probes, lambda url: invoke(client(url, **keys()), "probe", b"x")) == (403, code)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/2023-03-30/functions/absent/invocations", 404, "FunctionNotFound"),
        ("/2016-08-15/services/other/functions/probe/invocations", 404, "ServiceNotFound"),
        ("/2016-08-15/services/facegate.1/functions/probe/invocations", 404, "AliasNotFound"),
        ("/2016-08-15/services/facegate/functions/absent/invocations", 404, "FunctionNotFound"),
        ("/2016-08-15/functions/probe/invocations", 400, "PathNotSupported"),
        ("/2023-03-30/functions/probe", 400, "PathNotSupported"),
    ],
)
@pytest.mark.parametrize("headers", [{}, ASYNC])
def test_a_path_that_leads_nowhere(
    probes: AsyncFunctions, path: str, status: int, code: str, headers: dict[str, str]
) -> None:
    def call(url: str) -> Any:
        fc = client(url)
        return fc._do_request("POST", path, fc._build_common_headers("POST", path, headers), body=b"x")

    assert refused(probes, call) == (status, code)


def test_without_a_service_the_form_of_fc2_reaches_nothing(probes: AsyncFunctions) -> None:
    probes.service = None

    assert refused(probes, lambda url: client(url).invoke_function("facegate", "probe", b"x")) == (
        404,
        "ServiceNotFound",
    )


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({**ASYNC, "x-fc-async-delay": "3601"}, "InvalidArgument"),
        ({**ASYNC, "x-fc-async-delay": "-1"}, "InvalidArgument"),
        ({**ASYNC, "x-fc-async-delay": "1.5"}, "InvalidArgument"),
        ({**ASYNC, "x-fc-async-task-id": "0"}, "InvalidArgument"),
        ({"x-fc-invocation-type": "Maybe"}, "InvalidArgument"),
    ],
)
def test_a_header_that_cannot_be_honoured_is_refused(
    probes: AsyncFunctions, headers: dict[str, str], code: str
) -> None:
    assert refused(probes, lambda url: invoke(client(url), "probe", b"x", **headers)) == (400, code)


def test_an_asynchronous_payload_beyond_the_limit_is_refused(probes: AsyncFunctions) -> None:
    payload = b"x" * (EVENT_BYTES + 1)

    assert refused(probes, lambda url: invoke(client(url), "probe", payload, **ASYNC)) == (400, "EntityTooLarge")


def test_a_task_id_is_accepted_once_by_either_form(probes: AsyncFunctions) -> None:
    def repeated(url: str) -> list[int]:
        fc, statuses = client(url), []
        calls: list[Callable[[], Any]] = [
            lambda: invoke(fc, "probe", b"first", **ASYNC, **{"x-fc-async-task-id": "a-task"}),
            lambda: invoke(fc, "probe", b"again", **ASYNC, **{"x-fc-async-task-id": "a-task"}),
            lambda: fc.invoke_function(
                "facegate", "probe", b"2.0", headers={**ASYNC, "x-fc-stateful-async-invocation-id": "a-task"}
            ),
        ]
        for call in calls:
            try:
                call()
                statuses.append(202)
            except FcError as error:
                statuses.append(error.status_code)
        return statuses

    assert called(probes, repeated) == [202, 409, 409]
    assert probes.events == ["first"]


def signed(**changes: str) -> dict[str, str]:
    """The headers of a good request, with changes made before it is signed."""
    headers = {"date": email.utils.formatdate(usegmt=True), "content-type": "application/json", **ASYNC, **changes}
    mac = signature(ACCOUNT.access_key_secret, string_to_sign("POST", PATH, headers))
    return {**headers, "authorization": f"FC {ACCOUNT.access_key_id}:{mac}"}


def one_byte_changed(headers: dict[str, str], name: str) -> dict[str, str]:
    value = headers[name]
    return {**headers, name: value[:-2] + ("A" if value[-2] != "A" else "B") + value[-1]}


def answered(probes: AsyncFunctions, headers: dict[str, str], path: str = PATH, body: bytes = b"x") -> tuple[int, str]:
    def send(url: str) -> httpx.Response:
        return httpx.post(f"{url}{path}", headers=headers, content=body, trust_env=False)

    response: httpx.Response = called(probes, send)
    return response.status_code, response.json()["ErrorCode"] if response.content else ""


def test_what_the_tests_sign_themselves_is_accepted(probes: AsyncFunctions) -> None:
    assert answered(probes, signed()) == (202, "")


def without(name: str) -> dict[str, str]:
    return {other: value for other, value in signed().items() if other != name}


@pytest.mark.parametrize(
    "changed",
    [
        lambda: one_byte_changed(signed(), "authorization"),
        lambda: one_byte_changed(signed(), "content-type"),
        lambda: {**signed(), "x-fc-async-delay": "1"},
        lambda: without("x-fc-invocation-type"),
        lambda: {**signed(), "content-md5": "x"},
        lambda: {**signed(), "date": email.utils.formatdate(time.time() - 60, usegmt=True)},
    ],
)
def test_a_header_changed_after_signing_is_refused(
    probes: AsyncFunctions, changed: Callable[[], dict[str, str]]
) -> None:
    assert answered(probes, changed()) == (403, "SignatureNotMatch")
    assert probes.seen == []


def test_a_path_changed_after_signing_is_refused(probes: AsyncFunctions) -> None:
    assert answered(probes, signed(), PATH.replace("probe", "probf")) == (403, "SignatureNotMatch")


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        (lambda: signed(date=email.utils.formatdate(time.time() - 16 * 60, usegmt=True)), 403, "AccessDenied"),
        (lambda: signed(date=email.utils.formatdate(time.time() + 16 * 60, usegmt=True)), 403, "AccessDenied"),
        (lambda: signed(date="yesterday"), 400, "InvalidArgument"),
        (lambda: without("date"), 400, "MissingRequiredHeader"),
        (lambda: without("authorization"), 400, "InvalidArgument"),
        (lambda: {**signed(), "authorization": "Bearer x"}, 400, "InvalidArgument"),
        (lambda: signed(**{"content-md5": digest(b"y")}), 400, "InvalidArgument"),
    ],
)
def test_a_request_that_is_not_signed_as_it_should_be(
    probes: AsyncFunctions, headers: Callable[[], dict[str, str]], status: int, code: str
) -> None:
    assert answered(probes, headers()) == (status, code)
    assert probes.seen == []


def digest(body: bytes) -> str:
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


def test_a_body_with_its_digest_is_accepted(probes: AsyncFunctions) -> None:
    assert answered(probes, signed(**{"content-md5": digest(b"x")})) == (202, "")


def test_an_escaped_path_is_signed_unescaped(probes: AsyncFunctions) -> None:
    assert answered(probes, signed(), PATH.replace("p", "%70")) == (202, "")
