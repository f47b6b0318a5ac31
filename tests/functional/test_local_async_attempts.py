"""How often, and until what age, an asynchronous invocation is tried."""

from __future__ import annotations

import asyncio
import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from local.function_compute.acceptance import Pace
from local.function_compute.instances import Limits
from tests.functional.async_probes import FAIL, SUCCEED, AsyncFunctions, Running, destinations, listed, source

if TYPE_CHECKING:
    from pathlib import Path

FAIL_TWICE = source(
    """
    if open(os.environ["SEEN"]).read().count("\\n") <= 2:
        raise ValueError("not yet")
    return b"at last"
    """
)


def test_an_accepted_event_runs_once_with_its_request_id(tmp_path: Path) -> None:
    functions = AsyncFunctions(tmp_path, {"probe": SUCCEED})

    [one] = listed(functions, "hello", request_id="1-request")

    assert functions.seen == [{"request": "1-request", "event": "hello"}]
    assert (one["id"], one["function"], one["attempts"], one["outcome"]) == ("1-request", "probe", 1, "succeeded")


@pytest.mark.parametrize(
    ("config", "attempts"),
    [
        ({}, 4),
        ({"asyncInvokeConfig": {"maxAsyncRetryAttempts": 0}}, 1),
        ({"asyncInvokeConfig": {"maxAsyncRetryAttempts": 2}}, 3),
    ],
)
def test_errors_of_the_function_are_retried_so_often_as_configured(
    tmp_path: Path, config: dict[str, Any], attempts: int
) -> None:
    functions = AsyncFunctions(tmp_path, {"probe": (FAIL, config)})

    [one] = listed(functions, "x")

    assert functions.events == ["x"] * attempts
    assert len({one["request"] for one in functions.seen}) == 1
    assert (one["attempts"], one["outcome"], one["condition"]) == (attempts, "failed", "RetriesExhausted")
    assert one["error_type"] == "UnhandledInvocationError"


@pytest.mark.parametrize("failing", ["raise ValueError('x')", "os._exit(1)", "signal.pause()"])
def test_every_way_to_fail_counts_as_an_attempt(tmp_path: Path, failing: str) -> None:
    props = {"timeout": 1, "asyncInvokeConfig": {"maxAsyncRetryAttempts": 1}}

    [one] = listed(AsyncFunctions(tmp_path, {"probe": (source(failing), props)}), "x")

    assert (one["attempts"], one["failures"], one["outcome"]) == (2, 2, "failed")


def test_a_retry_can_succeed(tmp_path: Path) -> None:
    functions = AsyncFunctions(tmp_path, {"probe": FAIL_TWICE})

    [one] = listed(functions, "x")

    assert (one["attempts"], one["failures"], one["outcome"]) == (3, 2, "succeeded")


def test_waiting_for_a_place_is_not_an_attempt(tmp_path: Path) -> None:
    functions = AsyncFunctions(tmp_path, {"probe": SUCCEED}, limits=Limits(instances=1))

    outcomes = listed(functions, *map(str, range(20)))

    assert {one["attempts"] for one in outcomes} == {1}


def test_an_event_that_is_too_old_is_not_tried_again(tmp_path: Path) -> None:
    config = {"asyncInvokeConfig": {"maxAsyncEventAgeInSeconds": 2, **destinations(on_failure="told")}}
    functions = AsyncFunctions(tmp_path, {"probe": (FAIL, config), "told": SUCCEED}, Pace(time_scale=0.25))

    one, _ = listed(functions, "x")

    told = json.loads(functions.events[-1])
    assert (one["outcome"], one["condition"]) == ("failed", "EventAgeExceeded")
    assert 1 <= one["attempts"] < 4
    assert told["requestContext"]["condition"] == "EventAgeExceeded"
    assert told["requestContext"]["approximateInvokeCount"] == one["attempts"]
    assert told["responseContext"]["functionError"] == "UnhandledInvocationError"


def test_an_event_that_ages_in_the_queue_never_runs(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    blocking = source("if event == b'first':\n    open(os.environ['FOLDER'] + '/fifo', 'rb').read()")
    aging = {"asyncInvokeConfig": {"maxAsyncEventAgeInSeconds": 10, **destinations(on_failure="told")}}
    functions = AsyncFunctions(
        tmp_path, {"probe": (blocking, aging), "told": SUCCEED}, Pace(time_scale=0.02), Limits(instances=1)
    )

    async def let_it_age(running: Running) -> list[dict[str, Any]]:
        running.accept("probe", "first", "second")
        await asyncio.sleep(0.3)  # the age limit is 0.2 s here
        await asyncio.to_thread((tmp_path / "fifo").write_bytes, b"")
        await running.quiet()
        return running.asynchronous.queue.listed()

    first, second, _ = functions.use(let_it_age)

    told = json.loads(functions.events[-1])
    assert (first["attempts"], first["outcome"]) == (1, "succeeded")
    assert (second["attempts"], second["condition"]) == (0, "EventAgeExceeded")
    assert (told["requestContext"]["approximateInvokeCount"], told["responsePayload"]) == (0, "")
    assert told["responseContext"]["statusCode"] != 200
    assert "second" not in functions.events
