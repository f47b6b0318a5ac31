"""What the SDKs import and nobody uses: it waits, it does not get in the way, and it comes when it is asked for."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from facegate.deferral import CONSTANTS, DEFERRED

ROOT = Path(__file__).resolve().parents[2]
SDKS = (
    "import alibabacloud_cloudauth_intl20220809.client, alibabacloud_tea_openapi.client, tablestore, fc2\n"
    "import alibabacloud_oss_v2, PIL.Image, msgspec.json\n"
)


def run(script: str) -> str:
    """What a new interpreter prints, in which everything in DEFERRED is deferred."""
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", f"import sys, types\nfrom facegate import deferral\n{script}"],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "shared")},
        capture_output=True,
        check=False,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def test_the_sdks_start_without_what_is_deferred() -> None:
    counted = f"print({{n: sum(m == n or m.startswith(n + '.') for m in sys.modules) for n in {list(DEFERRED)!r}}})"
    without, deferred = (eval(run(f"{install}{SDKS}{counted}")) for install in ("", "deferral.install()\n"))  # noqa: S307 - what this test printed
    assert all(without.values()), "each of them is imported by an SDK's start, else it need not be listed"
    assert sum(deferred.values()) < sum(without.values()) / 10


@pytest.mark.parametrize(
    ("use", "expected"),
    [
        ("import aiohttp; print(aiohttp.ClientTimeout(total=3).total)", "3"),
        ("from aiohttp import ClientTimeout; print(ClientTimeout(total=3).total)", "3"),
        ("from aiohttp import ClientResponse; print(isinstance(3, ClientResponse))", "False"),
        (
            "from aiohttp import ClientError, ClientOSError; print(issubclass(ClientOSError, ClientError._real()))",
            "True",
        ),
        ("from aiohttp import ClientOSError; print(issubclass(OSError, ClientOSError))", "False"),
        ("import aiohttp\nclass Own(aiohttp.ClientError): pass\nprint(Own.__mro__[1].__name__)", "ClientError"),
        ("from cryptography.hazmat.primitives import hashes; print(hashes.SHA256().name)", "sha256"),
        (
            "from cryptography.hazmat.primitives.asymmetric import padding; print(padding.PKCS1v15().name)",
            "EMSA-PKCS1-v1_5",
        ),
        ("from websocket._abnf import ABNF; print(ABNF.OPCODE_BINARY)", "2"),
        (
            "from alibabacloud_cloudauth_intl20220809 import models\n"
            "print(models.FaceCompareRequest(merchant_biz_id='b').to_map())",
            "{'MerchantBizId': 'b'}",
        ),
        (
            "from apscheduler.schedulers.background import BackgroundScheduler\n"
            "print(BackgroundScheduler(timezone='UTC').running)",
            "False",
        ),
        ("import aiofiles; print(aiofiles.open.__name__)", "open"),
        ("import msgspec; print(msgspec.json.schema(int))", "{'type': 'integer'}"),
        ("import msgspec; print(type(msgspec.inspect.type_info(int)).__name__)", "IntType"),
        ("from importlib.metadata import version; print(version('msgspec').count('.'))", "2"),
        ("import typing_extensions; print(typing_extensions.get_origin(list[int]).__name__)", "list"),
        (
            "import os; os.environ['PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION'] = 'python'\n"
            "from google.protobuf.timestamp_pb2 import Timestamp\n"
            "print(Timestamp.FromString(Timestamp(seconds=3).SerializeToString()).seconds)",
            "3",
        ),
    ],
)
def test_whoever_asks_for_it_gets_the_real_thing(use: str, expected: str) -> None:
    assert run(f"deferral.install()\n{use}") == expected


def test_an_asynchronous_call_of_the_sdk_works_all_the_same() -> None:
    script = """
deferral.install()
import asyncio
from alibabacloud_cloudauth_intl20220809.client import Client
from alibabacloud_cloudauth_intl20220809.models import FaceCompareRequest
from alibabacloud_tea_openapi.utils_models import Config
from darabonba.runtime import RuntimeOptions
config = Config(endpoint="127.0.0.1:9", protocol="HTTP", access_key_id="k", access_key_secret="s", region_id="r")
client = Client(config)
try:
    asyncio.run(client.face_compare_with_options_async(FaceCompareRequest(merchant_biz_id="b"), RuntimeOptions()))
except Exception as error:
    print(type(error).__name__, "127.0.0.1:9" in str(error), type(sys.modules["aiohttp"]) is types.ModuleType)
"""
    assert run(script) == "UnretryableException True True"


def test_what_was_deferred_is_loaded_whole_and_once() -> None:
    script = """
deferral.install()
import aiohttp as before
from aiohttp import ClientTimeout
ClientTimeout()
import aiohttp as after
print(type(after) is types.ModuleType, after.ClientTimeout is before.ClientTimeout, before.client.__name__)
"""
    assert run(script) == "True True aiohttp.client"


def test_a_module_that_was_named_before_it_was_loaded_is_the_real_one_afterwards() -> None:
    script = """
deferral.install()
import asyncio as named
import asyncio.base_events
asyncio.new_event_loop().close()
try:
    raise TimeoutError if sys.version_info >= (3, 11) else named.TimeoutError
except named.TimeoutError:
    print("caught")
"""
    assert run(script) == "caught"


@pytest.mark.parametrize("module", CONSTANTS)
def test_a_constant_is_that_of_the_module(module: str) -> None:
    real = import_module(module)
    assert {name: getattr(real, name) for name in CONSTANTS[module]} == CONSTANTS[module]


def test_what_is_loaded_already_stays() -> None:
    assert run("import websocket\ndeferral.install()\nimport websocket as again\nprint(again is websocket)") == "True"


def test_it_is_installed_once() -> None:
    script = (
        "deferral.install()\ndeferral.install()\nprint(sum('deferral' in type(f).__module__ for f in sys.meta_path))"
    )
    assert run(script) == "1"


def test_a_name_that_the_module_does_not_have_is_an_error_once_it_is_used() -> None:
    script = """
deferral.install()
from aiohttp import nonsense
try:
    nonsense()
except ImportError as error:
    print(error)
"""
    assert run(script) == "No module named 'aiohttp.nonsense'"
