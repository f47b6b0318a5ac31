"""Which events are accepted, and which are refused and leave no trace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from local.function_compute.acceptance import EVENT_BYTES, Pace
from local.function_compute.invocation import InvocationRefused
from tests.functional.async_probes import SUCCEED, AsyncFunctions, Running, listed

if TYPE_CHECKING:
    from pathlib import Path

TASKS = {"asyncInvokeConfig": {"asyncTask": True}}


def refusal(functions: AsyncFunctions, function: str, payload: bytes, **more: Any) -> InvocationRefused:
    async def act(running: Running) -> InvocationRefused:
        with pytest.raises(InvocationRefused) as refused:
            running.accept(function, payload, **more)
        assert running.asynchronous.queue.summary() == {}
        return refused.value

    result: InvocationRefused = functions.use(act)
    return result


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
