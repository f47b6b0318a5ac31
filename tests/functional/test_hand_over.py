"""The layer's invoker against Function Compute's API: without a service, and with one (Function Compute 2.0)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from facegate.credentials import Credentials
from facegate.invocation import MAX_ASYNC_BYTES, Fc2Invoker, HandOverFailed
from facegate.settings import Endpoint
from tests.functional.async_probes import SUCCEED, AsyncFunctions, Running
from tests.functional.function_probes import ACCOUNT

if TYPE_CHECKING:
    from pathlib import Path

TASKS = {"asyncInvokeConfig": {"asyncTask": True, "maxAsyncRetryAttempts": 0}}
SERVICE = "facegate"


@pytest.fixture
def probes(tmp_path: Path) -> AsyncFunctions:
    return AsyncFunctions(tmp_path, {"probe": (SUCCEED, TASKS)}, service=SERVICE)


def handed_over(probes: AsyncFunctions, service: str | None, *work: tuple[str, str], function: str = "probe") -> None:
    """Payloads and their task ids, one after the other, until all is done."""

    async def act(running: Running) -> None:
        key = Credentials(ACCOUNT.access_key_id, ACCOUNT.access_key_secret)
        host = running.api.removeprefix("http://")
        invoker = Fc2Invoker(Endpoint("http", host), service, lambda: key)
        for payload, task_id in work:
            await asyncio.to_thread(invoker.hand_over, function, payload.encode(), task_id)
        await running.quiet()

    probes.use(act)


@pytest.mark.parametrize("service", [None, SERVICE], ids=["no service", "a service"])
def test_work_is_done_once_for_each_task_id(probes: AsyncFunctions, service: str | None) -> None:
    handed_over(probes, service, ("first", "t-1"), ("second", "t-2"), ("first", "t-1"))
    assert sorted(probes.events) == ["first", "second"]


@pytest.mark.parametrize(
    ("service", "function", "payload", "said"),
    [
        (None, "absent", "x", "Function Compute answered FunctionNotFound"),
        (SERVICE, "absent", "x", "Function Compute answered FunctionNotFound"),
        ("other", "probe", "x", "Function Compute answered ServiceNotFound"),
        (None, "probe", "x" * (MAX_ASYNC_BYTES + 1), "the payload has more than 131072 bytes"),
        (SERVICE, "probe", "x" * (MAX_ASYNC_BYTES + 1), "the payload has more than 131072 bytes"),
    ],
)
def test_what_is_not_accepted_is_said_with_its_reason(
    probes: AsyncFunctions, service: str | None, function: str, payload: str, said: str
) -> None:
    with pytest.raises(HandOverFailed) as failed:
        handed_over(probes, service, (payload, "t-1"), function=function)
    assert (failed.value.message, failed.value.retry_after) == (said, 1)
    assert probes.seen == []


def test_the_greatest_payload_is_accepted(probes: AsyncFunctions) -> None:
    handed_over(probes, None, ("x" * MAX_ASYNC_BYTES, "t-1"))
    assert [len(event) for event in probes.events] == [MAX_ASYNC_BYTES]
