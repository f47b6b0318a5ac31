"""What becomes of accepted events when the local cloud is started again."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

from tests.functional.async_probes import SUCCEED, AsyncFunctions, Running, listed, source

if TYPE_CHECKING:
    from pathlib import Path


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
