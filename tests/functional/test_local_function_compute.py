"""Function instances as processes: what deployed code sees, and what becomes of its results and failures."""

from __future__ import annotations

import fcntl
import json
import os
import time
from typing import TYPE_CHECKING

import pytest

from local.function_compute.instances import Limits
from tests.functional.function_probes import ACCOUNT, LAYERS, ROLE, UNHANDLED, Functions, handler

if TYPE_CHECKING:
    from pathlib import Path

    from local.function_compute.instances import FunctionCompute
    from local.function_compute.invocation import InvocationResult


@pytest.mark.parametrize(
    ("body", "payload"),
    [
        ("return event", b"\x00event\xff"),
        ("return bytearray(b'ab')", b"ab"),
        ("return 'é'", "é".encode()),
        ("return {'type': type(event).__name__}", b'{"type": "bytes"}'),
        ("return [1, None, True]", b"[1, null, true]"),
        ("return None", b"null"),
        ("return b'x' * 7_000_000", b"x" * 7_000_000),
    ],
)
def test_a_return_value_becomes_bytes(tmp_path: Path, body: str, payload: bytes) -> None:
    [result] = Functions(tmp_path, handler(body)).invoke(b"\x00event\xff")

    assert result.error_type is None
    assert result.payload == payload


def test_the_first_invocation_is_cold_and_the_next_ones_reuse_its_instance(tmp_path: Path) -> None:
    functions = Functions(tmp_path, handler("seen.append(event)\nreturn [os.getpid(), len(seen)]", "seen = []"))

    results = functions.invoke(b"", b"", b"")

    assert [result.cold for result in results] == [True, False, False]
    processes, counts = zip(*(json.loads(result.payload) for result in results), strict=True)
    assert len(set(processes)) == 1
    assert counts == (1, 2, 3)
    assert len({result.request_id for result in results}) == 3


def test_the_context_has_every_documented_attribute(tmp_path: Path) -> None:
    describe = """
c = context
return {
    "request_id": c.request_id, "region": c.region, "account_id": c.account_id,
    "function": [c.function.name, c.function.handler, c.function.memory, c.function.timeout],
    "service": [c.service.name, c.service.log_project, c.service.log_store, c.service.qualifier, c.service.version_id],
    "credentials": [c.credentials.access_key_id, c.credentials.access_key_secret, c.credentials.security_token],
    "tracing": [c.tracing.span_context, c.tracing.jaeger_endpoint, c.tracing.span_baggages],
}""".strip()
    log_config = {"project": "the-project", "logstore": "the-store"}
    functions = Functions(tmp_path, handler(describe), role=ROLE, memorySize=1024, logConfig=log_config)

    [result] = functions.invoke(b"")

    context = json.loads(result.payload)
    key_id, secret, token = context.pop("credentials")
    assert ACCOUNT.secret_for(key_id, token, time.time()) == secret
    assert context == {
        "request_id": result.request_id,
        "region": "ap-southeast-1",
        "account_id": "1234567890123456",
        "function": ["probe", "index.handler", 1024, 20],
        "service": ["", "the-project", "the-store", "LATEST", ""],
        "tracing": ["", "", {}],
    }


def test_the_environment_is_fcs_and_the_templates_and_nothing_of_the_developers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "VIRTUAL_ENV", "ALIBABA_CLOUD_ACCESS_KEY_ID", "SECRET"):
        monkeypatch.setenv(name, "the developer's")
    monkeypatch.setenv("LANG", "C.UTF-8")
    functions = Functions(
        tmp_path,
        handler("return dict(os.environ)"),
        role=ROLE,
        layers=LAYERS,
        environmentVariables={
            "MINE": "1",
            "FROM_THE_SUPERVISOR": "overridden",
            "PYTHONPATH": "/code/vendored:/opt/python",
        },
    )

    [result] = functions.invoke(b"")

    seen = json.loads(result.payload)
    seen.pop("LC_CTYPE", None)  # CPython's own locale coercion
    seen.pop("__CF_USER_TEXT_ENCODING", None)  # macOS
    key_id, secret, token = (
        seen.pop(f"ALIBABA_CLOUD_{part}") for part in ("ACCESS_KEY_ID", "ACCESS_KEY_SECRET", "SECURITY_TOKEN")
    )
    assert ACCOUNT.secret_for(key_id, token, time.time()) == secret
    assert seen.pop("FC_INSTANCE_ID").startswith("c-")
    assert seen == {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "PYTHONPATH": f"{functions.code}/vendored:{functions.layer}",
        "MINE": "1",
        "FROM_THE_SUPERVISOR": "http://x",
        "FC_FUNC_CODE_PATH": str(functions.code),
        "FC_ACCOUNT_ID": "1234567890123456",
        "FC_FUNCTION_HANDLER": "index.handler",
        "FC_FUNCTION_MEMORY_SIZE": "512",
        "FC_FUNCTION_NAME": "probe",
        "FC_REGION": "ap-southeast-1",
        "FC_CUSTOM_LISTEN_PORT": "9000",
        "FC_VER_ID": "LATEST",
    }


def test_credentials_expire_when_they_should(tmp_path: Path) -> None:
    body = "return [os.environ['ALIBABA_CLOUD_SECURITY_TOKEN'], context.credentials.security_token]"
    functions = Functions(tmp_path, handler(body), Limits(credentials_seconds=900), role=ROLE)
    before = int(time.time())

    [result] = functions.invoke(b"")

    for token in json.loads(result.payload):
        assert before + 900 <= int(token.partition(".")[0]) <= time.time() + 900


def test_without_a_role_a_function_has_no_credentials(tmp_path: Path) -> None:
    body = "return [context.credentials.access_key_id, [name for name in os.environ if name.startswith('ALIBABA')]]"
    [result] = Functions(tmp_path, handler(body)).invoke(b"")

    assert json.loads(result.payload) == ["", []]


@pytest.mark.parametrize(
    ("module", "layers", "found"),
    [
        ("in_the_layer", LAYERS, True),
        ("in_the_layer", [], False),
        ("yaml", [], True),
        ("local", LAYERS, False),
        ("worker", LAYERS, False),
        ("instances", LAYERS, False),
    ],
)
def test_a_function_sees_its_code_its_layers_and_installed_packages_alone(
    tmp_path: Path, module: str, layers: list[str], found: bool
) -> None:
    functions = Functions(tmp_path, handler(f"import {module}\nreturn {module}.__file__"), layers=layers)

    [result] = functions.invoke(b"")

    assert (result.error_type is None) == found
    if not found:
        assert json.loads(result.payload)["errorType"] == "ModuleNotFoundError"


def test_a_function_runs_in_its_own_folder_which_is_first_on_its_path(tmp_path: Path) -> None:
    functions = Functions(tmp_path, handler("return [os.getcwd(), sys.path[0]]"))

    [result] = functions.invoke(b"")

    assert json.loads(result.payload) == [str(functions.code)] * 2


def test_an_exception_is_an_unhandled_invocation_error_and_the_instance_goes_on(tmp_path: Path) -> None:
    source = handler("if event:\n    fail()\nreturn 1", "def fail():\n    raise KeyError('no such thing')")

    failed, after = Functions(tmp_path, source).invoke(b"x", b"")

    assert failed.error_type == UNHANDLED
    assert json.loads(failed.payload) == {
        "errorMessage": "'no such thing'",
        "errorType": "KeyError",
        "stackTrace": [
            ['File "/code/index.py"', "line 6", "in handler", "fail()"],
            ['File "/code/index.py"', "line 3", "in fail", "raise KeyError('no such thing')"],
        ],
    }
    assert (after.error_type, after.cold) == (None, False)


@pytest.mark.parametrize(
    ("body", "error_type"),
    [
        ("return object()", "TypeError"),
        ("return '\\ud800'", "UnicodeEncodeError"),
        ("return context.nothing", "AttributeError"),
    ],
)
def test_a_return_value_that_cannot_be_sent_is_an_error(tmp_path: Path, body: str, error_type: str) -> None:
    [result] = Functions(tmp_path, handler(body)).invoke(b"")

    assert result.error_type == UNHANDLED
    assert json.loads(result.payload)["errorType"] == error_type


@pytest.mark.parametrize(
    ("source", "error_type"),
    [
        ("import no_such_module", "ModuleNotFoundError"),
        ("def handler(:", "SyntaxError"),
        ("raise ValueError('at import')", "ValueError"),
        ("other = 1", "AttributeError"),
        ("import os; os._exit(3)", "FunctionInstanceExited"),
        ("import sys; sys.exit(3)", "FunctionInstanceExited"),
    ],
)
def test_a_failed_start_fails_its_invocation_and_the_next_one_tries_a_new_instance(
    tmp_path: Path, source: str, error_type: str
) -> None:
    functions = Functions(tmp_path, source)

    async def fix_in_between(cloud: FunctionCompute) -> list[InvocationResult]:
        failed = await cloud.invoke("probe", b"")
        functions.write(handler("return 'fixed now'"))
        return [failed, await cloud.invoke("probe", b"")]

    failed, fixed = functions.run(fix_in_between)

    assert failed.error_type == UNHANDLED
    assert json.loads(failed.payload)["errorType"] == error_type
    assert (fixed.payload, fixed.cold) == (b"fixed now", True)


@pytest.mark.parametrize(
    "body", ["os._exit(7)", "sys.exit()", "os.kill(os.getpid(), signal.SIGKILL)", "os.closerange(3, 1024)"]
)
def test_a_process_that_ends_is_an_instance_that_exited(tmp_path: Path, body: str) -> None:
    source = handler(f"if event:\n    {body}\nreturn 'here'")

    before, ended, after = Functions(tmp_path, source).invoke(b"", b"x", b"")

    assert (before.payload, before.cold) == (b"here", True)
    assert ended.error_type == UNHANDLED
    assert json.loads(ended.payload)["errorType"] == "FunctionInstanceExited"
    assert "Process exited unexpectedly before completing request" in json.loads(ended.payload)["errorMessage"]
    assert (after.payload, after.cold) == (b"here", True)


def test_an_exit_is_seen_although_a_child_of_the_function_holds_on_to_its_files(tmp_path: Path) -> None:
    source = handler("if os.fork():\n    os._exit(1)\nsignal.pause()")

    [result] = Functions(tmp_path, source).invoke(b"")

    assert json.loads(result.payload)["errorType"] == "FunctionInstanceExited"


def test_a_function_that_overruns_its_time_is_killed_with_all_it_started(tmp_path: Path) -> None:
    source = handler(
        """
if not event:
    return "quick"
held = open("held", "w")
fcntl.flock(held, fcntl.LOCK_EX)
subprocess.Popen(["sleep", "600"], pass_fds=[held.fileno()])
while True:
    pass
""".strip(),
        "import fcntl",
    )
    functions = Functions(tmp_path, source, timeout=1)

    timed_out, after = functions.invoke(b"x", b"")

    assert timed_out.error_type == UNHANDLED
    assert json.loads(timed_out.payload) == {
        "errorMessage": "Function timed out after 1 seconds",
        "errorType": "FunctionTimeout",
    }
    assert (after.payload, after.cold) == (b"quick", True)
    with (functions.code / "held").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # would wait for ever while a process of the function lived


def test_an_answer_beyond_what_can_be_taken_in_ends_the_instance(tmp_path: Path) -> None:
    source = handler("return b'x' * (33 * 1024 * 1024 if event else 1)")

    too_large, after = Functions(tmp_path, source).invoke(b"x", b"")

    assert json.loads(too_large.payload)["errorType"] == "ResponseTooLarge"
    assert (after.payload, after.cold) == (b"x", True)


def test_an_initializer_runs_once_for_each_instance_before_the_first_request(tmp_path: Path) -> None:
    source = handler("return [calls, len(calls)]", "calls = []\ndef initialize(c):\n    calls.append(c.function.name)")
    lifecycle = {"initializer": {"handler": "index.initialize", "timeout": 20}}

    results = Functions(tmp_path, source, instanceLifecycleConfig=lifecycle).invoke(b"", b"")

    assert [json.loads(result.payload) for result in results] == [[["probe"], 1]] * 2


@pytest.mark.parametrize(
    ("fault", "error_type"),
    [("raise OSError('not yet')", "OSError"), ("import time; time.sleep(600)", "FunctionTimeout")],
)
def test_a_failed_initializer_fails_its_invocation_alone(tmp_path: Path, fault: str, error_type: str) -> None:
    before = f"""
def initialize(context):
    if not os.path.exists("tried"):
        open("tried", "w").close()
        {fault}
""".strip()
    lifecycle = {"initializer": {"handler": "index.initialize", "timeout": 1}}
    functions = Functions(tmp_path, handler("return 1", before), instanceLifecycleConfig=lifecycle)

    failed, after = functions.invoke(b"", b"")

    assert json.loads(failed.payload)["errorType"] == error_type
    assert (after.payload, after.cold) == (b"1", True)
