"""In what order, and how many times, accepted events are delivered."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

from local.function_compute.acceptance import Pace
from local.function_compute.instances import Limits
from tests.functional.async_probes import SUCCEED, AsyncFunctions, Running, listed, source

if TYPE_CHECKING:
    from pathlib import Path


def test_events_run_in_the_order_they_were_accepted(tmp_path: Path) -> None:
    functions = AsyncFunctions(tmp_path, {"probe": SUCCEED}, limits=Limits(instances=1))

    listed(functions, *"abcdefghij")

    assert functions.events == list("abcdefghij")


def test_a_delayed_event_runs_after_those_that_came_later(tmp_path: Path) -> None:
    functions = AsyncFunctions(tmp_path, {"probe": SUCCEED}, Pace(time_scale=0.2), Limits(instances=1))

    async def delay_the_first(running: Running) -> None:
        running.accept("probe", "first", delay_seconds=5)
        running.accept("probe", "second", "third")
        await running.quiet()

    functions.use(delay_the_first)

    assert functions.events == ["second", "third", "first"]


def test_without_redelivery_everything_comes_once(tmp_path: Path) -> None:
    functions = AsyncFunctions(tmp_path, {"probe": SUCCEED})

    listed(functions, *map(str, range(50)))

    assert sorted(functions.events) == sorted(map(str, range(50)))


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


def test_shuffled_events_come_out_of_order_and_all_come(tmp_path: Path) -> None:
    pace = Pace(time_scale=0.01, shuffle=True, seed=3)
    functions = AsyncFunctions(tmp_path, {"probe": SUCCEED}, pace, Limits(instances=1))
    events = [f"{number:03}" for number in range(100)]

    listed(functions, *events)

    assert functions.events != events
    assert sorted(functions.events) == events
