"""Asynchronous invocations of probe functions: attempts, age, destinations, concurrency, and what survives."""

from __future__ import annotations

import asyncio
import json
import os
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from local.function_compute.acceptance import EVENT_BYTES, Pace
from local.function_compute.instances import Limits
from local.function_compute.invocation import InvocationRefused
from tests.functional.async_probes import (
    FAIL,
    PRELUDE,
    SUCCEED,
    AsyncFunctions,
    Running,
    destinations,
    function_arn,
    source,
)

if TYPE_CHECKING:
    from pathlib import Path

FAIL_TWICE = source(
    """
    if open(os.environ["SEEN"]).read().count("\\n") <= 2:
        raise ValueError("not yet")
    return b"at last"
    """
)
GAUGED = f"""{PRELUDE}
def handler(event, context):
    path = os.environ["FOLDER"] + "/inside/" + context.request_id + event.decode()
    os.makedirs(os.path.dirname(path), exist_ok=True)
    open(path, "x").close()
    seen(len(os.listdir(os.path.dirname(path))))
    time.sleep(0.02)
    os.unlink(path)
"""


def listed(functions: AsyncFunctions, *events: str, **more: Any) -> list[dict[str, Any]]:
    """Accepts events for `probe`, waits for all that follows, and lists what became of it."""

    async def act(running: Running) -> list[dict[str, Any]]:
        running.accept("probe", *events, **more)
        await running.quiet()
        return running.asynchronous.queue.listed()

    result: list[dict[str, Any]] = functions.use(act)
    return result


def refusal(functions: AsyncFunctions, function: str, payload: bytes, **more: Any) -> InvocationRefused:
    async def act(running: Running) -> InvocationRefused:
        with pytest.raises(InvocationRefused) as refused:
            running.accept(function, payload, **more)
        assert running.asynchronous.queue.summary() == {}
        return refused.value

    result: InvocationRefused = functions.use(act)
    return result


def test_an_accepted_event_runs_once_with_its_request_id(tmp_path: Path) -> None:
    functions = AsyncFunctions(tmp_path, {"probe": SUCCEED})

    [one] = listed(functions, "hello", request_id="1-request")

    assert functions.seen == [{"request": "1-request", "event": "hello"}]
    assert (one["id"], one["function"], one["attempts"], one["outcome"]) == ("1-request", "probe", 1, "succeeded")


def test_events_run_in_the_order_they_were_accepted(tmp_path: Path) -> None:
    functions = AsyncFunctions(tmp_path, {"probe": SUCCEED}, limits=Limits(instances=1))

    listed(functions, *"abcdefghij")

    assert functions.events == list("abcdefghij")


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


def test_others_go_on_while_one_waits_for_its_retry(tmp_path: Path) -> None:
    failing_a = source("if event == b'a':\n    raise ValueError('a')")
    functions = AsyncFunctions(tmp_path, {"probe": failing_a}, Pace(time_scale=0.05), Limits(instances=1))

    listed(functions, *"abc")

    assert functions.events[:3] == list("abc")
    assert functions.events[3:] == list("aaa")


def test_a_failure_destination_is_invoked_with_the_documented_payload(tmp_path: Path) -> None:
    config = {"asyncInvokeConfig": {"maxAsyncRetryAttempts": 1, **destinations(on_failure="told")}}
    functions = AsyncFunctions(tmp_path, {"probe": (FAIL, config), "told": SUCCEED})

    failed, told = listed(functions, 'an "event", ünquoted', request_id="1-failed")

    payload = json.loads(functions.events[-1])
    assert payload.pop("timestamp") == failed["finished"]
    assert json.loads(payload.pop("responsePayload"))["errorMessage"] == "as ordered"
    assert payload == {
        "requestContext": {
            "requestId": "1-failed",
            "functionArn": function_arn("probe"),
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 2,
        },
        "requestPayload": 'an "event", ünquoted',
        "responseContext": {"statusCode": 200, "functionError": "UnhandledInvocationError"},
    }
    assert (told["function"], told["outcome"]) == ("told", "succeeded")
    assert functions.seen[-1]["request"] == told["id"] != "1-failed"


def test_a_success_destination_is_told_what_was_returned(tmp_path: Path) -> None:
    config = {"asyncInvokeConfig": destinations(on_success="told", on_failure="unneeded")}
    functions = AsyncFunctions(tmp_path, {"probe": (SUCCEED, config), "told": SUCCEED, "unneeded": SUCCEED})

    done, told = listed(functions, "x")

    payload = json.loads(functions.events[-1])
    assert (done["function"], told["function"]) == ("probe", "told")
    assert payload["responsePayload"] == "done"
    assert payload["responseContext"] == {"statusCode": 200, "functionError": ""}
    assert payload["requestContext"]["approximateInvokeCount"] == 1


def test_a_destination_that_fails_is_retried_like_any_function(tmp_path: Path) -> None:
    config = {"asyncInvokeConfig": {"maxAsyncRetryAttempts": 0, **destinations(on_failure="told")}}
    functions = AsyncFunctions(tmp_path, {"probe": (FAIL, config), "told": FAIL})

    _, told = listed(functions, "x")

    assert (told["attempts"], told["outcome"]) == (4, "failed")


def test_a_payload_that_is_too_large_for_a_destination_is_lost_and_listed_as_such(tmp_path: Path) -> None:
    config = {"asyncInvokeConfig": {"maxAsyncRetryAttempts": 0, **destinations(on_failure="told")}}
    functions = AsyncFunctions(tmp_path, {"probe": (FAIL, config), "told": SUCCEED})

    [one] = listed(functions, "x" * EVENT_BYTES)

    assert (one["outcome"], one["untold"]) == ("failed", "EntityTooLarge")


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


def test_reserved_concurrency_is_used_and_never_exceeded(tmp_path: Path) -> None:
    functions = AsyncFunctions(
        tmp_path,
        {"probe": (GAUGED, {"concurrencyConfig": {"reservedConcurrency": 3}})},
        limits=Limits(instances=9, waiting=100),
    )

    async def both_ways(running: Running) -> None:
        running.accept("probe", *map(str, range(40)))
        await asyncio.gather(*(running.functions.invoke("probe", b"sync%d" % number) for number in range(20)))
        await running.quiet()

    functions.use(both_ways)

    assert len(functions.seen) == 60
    assert max(functions.seen) == 3


def test_a_synchronous_call_does_not_wait_for_a_whole_burst(tmp_path: Path) -> None:
    functions = AsyncFunctions(tmp_path, {"probe": SUCCEED}, limits=Limits(instances=1))

    async def amid_a_burst(running: Running) -> None:
        running.accept("probe", *map(str, range(30)))
        await running.functions.invoke("probe", b"sync")
        await running.quiet()

    functions.use(amid_a_burst)

    assert functions.events.index("sync") <= 2


def test_waiting_for_a_place_is_not_an_attempt(tmp_path: Path) -> None:
    functions = AsyncFunctions(tmp_path, {"probe": SUCCEED}, limits=Limits(instances=1))

    outcomes = listed(functions, *map(str, range(20)))

    assert {one["attempts"] for one in outcomes} == {1}


def test_a_delayed_event_runs_after_those_that_came_later(tmp_path: Path) -> None:
    functions = AsyncFunctions(tmp_path, {"probe": SUCCEED}, Pace(time_scale=0.2), Limits(instances=1))

    async def delay_the_first(running: Running) -> None:
        running.accept("probe", "first", delay_seconds=5)
        running.accept("probe", "second", "third")
        await running.quiet()

    functions.use(delay_the_first)

    assert functions.events == ["second", "third", "first"]


def test_a_share_of_events_is_delivered_a_second_time_under_its_own_id(tmp_path: Path) -> None:
    pace = Pace(time_scale=0.01, redeliver=0.25, seed=7)
    functions = AsyncFunctions(tmp_path, {"probe": SUCCEED}, pace)

    outcomes = listed(functions, *map(str, range(200)))

    times = Counter(functions.events)
    assert len(times) == 200
    assert set(times.values()) == {1, 2}
    assert 30 <= len(functions.events) - 200 <= 70
    assert sum(one["redelivery"] for one in outcomes) == len(functions.events) - 200
    by_id = Counter(one["request"] for one in functions.seen)
    assert sorted(by_id.values()) == sorted(times.values())


def test_a_redelivery_can_come_while_the_first_still_runs(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    meeting = source(
        """
        fifo = os.environ["FOLDER"] + "/fifo"
        try:
            open(fifo + ".taken", "x").close()
            open(fifo, "wb").close()
        except FileExistsError:
            open(fifo, "rb").close()
        """
    )
    config = {"asyncInvokeConfig": {"maxAsyncEventAgeInSeconds": 2_592_000}}
    functions = AsyncFunctions(tmp_path, {"probe": (meeting, config)}, Pace(time_scale=0.0001, redeliver=1, seed=1))

    outcomes = listed(functions, "x")  # each of the two waits for the other, or it times out

    assert [one["outcome"] for one in outcomes] == ["succeeded", "succeeded"]


def test_chance_follows_the_seed(tmp_path: Path) -> None:
    redelivered: list[set[str]] = []
    for seed in (5, 5, 6):
        folder = tmp_path / str(len(redelivered))
        folder.mkdir()
        functions = AsyncFunctions(folder, {"probe": SUCCEED}, Pace(time_scale=0.01, redeliver=0.3, seed=seed))
        listed(functions, *map(str, range(40)))
        redelivered.append({event for event, times in Counter(functions.events).items() if times == 2})

    assert redelivered[0] == redelivered[1] != redelivered[2]


def test_without_redelivery_everything_comes_once(tmp_path: Path) -> None:
    functions = AsyncFunctions(tmp_path, {"probe": SUCCEED})

    listed(functions, *map(str, range(50)))

    assert sorted(functions.events) == sorted(map(str, range(50)))


def test_shuffled_events_come_out_of_order_and_all_come(tmp_path: Path) -> None:
    pace = Pace(time_scale=0.01, shuffle=True, seed=3)
    functions = AsyncFunctions(tmp_path, {"probe": SUCCEED}, pace, Limits(instances=1))
    events = [f"{number:03}" for number in range(100)]

    listed(functions, *events)

    assert functions.events != events
    assert sorted(functions.events) == events


TASKS = {"asyncInvokeConfig": {"asyncTask": True}}


def test_a_second_event_with_a_task_id_is_refused_even_after_a_restart(tmp_path: Path) -> None:
    functions = AsyncFunctions(tmp_path, {"probe": (SUCCEED, TASKS), "other": (SUCCEED, TASKS)})

    async def hand_over(running: Running) -> int:
        try:
            running.accept("probe", "x", task_id="task-1")
        except InvocationRefused as refused:
            return refused.status
        await running.quiet()
        return 202

    async def elsewhere(running: Running) -> None:
        running.accept("other", "y", task_id="task-1")
        running.accept("probe", "z", task_id="task-2")
        await running.quiet()

    assert [functions.use(hand_over) for _ in range(3)] == [202, 409, 409]
    functions.use(elsewhere)
    assert sorted(functions.events) == ["x", "y", "z"]


def test_an_event_that_is_refused_as_a_duplicate_takes_none_of_its_companions_along(tmp_path: Path) -> None:
    functions = AsyncFunctions(tmp_path, {"probe": (SUCCEED, TASKS)}, Pace(time_scale=0.01, redeliver=1))

    async def act(running: Running) -> None:
        with pytest.raises(InvocationRefused):
            running.accept("probe", "a", "b", task_id="same")
        running.accept("probe", "c", task_id="same")
        await running.quiet()

    functions.use(act)

    assert functions.events == ["c", "c"]


@pytest.mark.parametrize(
    ("function", "payload", "more", "status", "code"),
    [
        ("absent", b"", {}, 404, "FunctionNotFound"),
        ("probe", b"x" * (EVENT_BYTES + 1), {}, 400, "EntityTooLarge"),
        ("probe", b"", {"task_id": "x"}, 400, "InvalidArgument"),
        ("tasks", b"", {"task_id": ""}, 400, "InvalidArgument"),
        ("tasks", b"", {"task_id": "1x"}, 400, "InvalidArgument"),
        ("tasks", b"", {"task_id": "a b"}, 400, "InvalidArgument"),
        ("tasks", b"", {"task_id": "x" * 129}, 400, "InvalidArgument"),
        ("probe", b"", {"delay_seconds": 3601}, 400, "InvalidArgument"),
    ],
)
def test_what_is_refused_leaves_no_trace(
    tmp_path: Path, function: str, payload: bytes, more: dict[str, Any], status: int, code: str
) -> None:
    functions = AsyncFunctions(tmp_path, {"probe": SUCCEED, "tasks": (SUCCEED, TASKS)})

    refused = refusal(functions, function, payload, **more)

    assert (refused.status, refused.code) == (status, code)


def test_an_event_of_just_the_limit_is_accepted(tmp_path: Path) -> None:
    functions = AsyncFunctions(tmp_path, {"probe": SUCCEED})

    [one] = listed(functions, "x" * EVENT_BYTES)

    assert one["outcome"] == "succeeded"
    assert len(functions.events[0]) == EVENT_BYTES


def test_what_was_accepted_and_not_run_runs_after_a_restart(tmp_path: Path) -> None:
    functions = AsyncFunctions(tmp_path, {"probe": SUCCEED})

    async def accept(running: Running) -> None:
        running.accept("probe", *map(str, range(20)))

    functions.use(accept, dispatching=False)
    assert functions.seen == []
    functions.use(Running.quiet)

    assert sorted(functions.events, key=int) == [str(number) for number in range(20)]


def test_what_was_running_is_delivered_again_and_its_lost_attempt_is_no_failure(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    once = source(
        """
        if not os.path.exists(os.environ["FOLDER"] + "/interrupted"):
            open(os.environ["FOLDER"] + "/interrupted", "x").close()
            open(os.environ["FOLDER"] + "/fifo", "wb").close()
            signal.pause()
        """
    )
    functions = AsyncFunctions(tmp_path, {"probe": (once, {"asyncInvokeConfig": {"maxAsyncRetryAttempts": 0}})})

    async def leave_it_running(running: Running) -> None:
        running.accept("probe", "x")
        await asyncio.to_thread((tmp_path / "fifo").read_bytes)

    async def finish(running: Running) -> list[dict[str, Any]]:
        await running.quiet()
        return running.asynchronous.queue.listed()

    functions.use(leave_it_running)
    [one] = functions.use(finish)

    assert functions.events == ["x", "x"]
    assert (one["attempts"], one["failures"], one["outcome"]) == (2, 0, "succeeded")


def test_invocations_of_a_function_that_is_gone_wait_for_it_and_disturb_nobody(tmp_path: Path) -> None:
    async def accept(running: Running) -> None:
        running.accept("gone", "x")

    AsyncFunctions(tmp_path, {"gone": SUCCEED}).use(accept, dispatching=False)

    [kept, done] = listed(AsyncFunctions(tmp_path, {"probe": SUCCEED}), "y")
    assert [(one["function"], one["outcome"]) for one in (kept, done)] == [("gone", "pending"), ("probe", "succeeded")]

    AsyncFunctions(tmp_path, {"gone": SUCCEED}).use(Running.quiet)
    assert AsyncFunctions(tmp_path, {}).events == ["y", "x"]
