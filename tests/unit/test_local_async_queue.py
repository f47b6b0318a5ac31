"""The queue on disk: order, turns, transactions, and what another process finds in it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from local.function_compute.async_queue import AsyncQueue, DuplicateTask, End, Entry, Response

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DONE = End("succeeded", "", None, 0, None, 9.0)


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[AsyncQueue]:
    with contextlib.closing(AsyncQueue(tmp_path / "queue.sqlite3")) as opened:
        yield opened


def entry(name: str, due: float = 0.0, function: str = "f", **more: Any) -> Entry:
    return Entry(request_id=name, function=function, event=name.encode(), accepted=0.0, due=due, expires=99.0, **more)


def turn(queue: AsyncQueue, now: float = 0.0, function: str = "f") -> Any:
    return queue.next(function, now, lambda numbers: numbers[0], 1)


def turns(queue: AsyncQueue, now: float) -> list[str]:
    """Ids in the order of their turns; all are started."""
    taken = []
    while (one := turn(queue, now)) is not None:
        queue.start(one.number)
        taken.append(one.request_id)
    return taken


def test_turns_follow_due_times_and_then_arrival(queue: AsyncQueue) -> None:
    queue.add([entry("late", 5), entry("a"), entry("b"), entry("early", -1), entry("other", function="g")])

    assert turns(queue, 1) == ["early", "a", "b"]
    assert turns(queue, 5) == ["late"]


def test_the_next_due_time_is_that_of_what_waits(queue: AsyncQueue) -> None:
    assert queue.next_due("f") is None
    queue.add([entry("a", 3), entry("b", 2), entry("c", 1, function="g")])
    assert queue.next_due("f") == 2
    turns(queue, 2)
    assert queue.next_due("f") == 3


def test_a_choice_is_among_the_first_that_are_due(queue: AsyncQueue) -> None:
    queue.add([entry("a"), entry("b"), entry("c"), entry("d", 5)])

    chosen = queue.next("f", 1, lambda numbers: numbers[-1], 2)

    assert chosen is not None
    assert chosen.request_id == "b"


def test_a_retry_waits_and_remembers(queue: AsyncQueue) -> None:
    queue.add([entry("a")])
    one = turn(queue)
    queue.start(one.number)
    queue.retry(one.number, 7.0, 1, Response(200, "Error", b"why"))

    assert turn(queue, 6) is None
    again = turn(queue, 7)
    assert (again.attempts, again.failures, again.last) == (1, 1, Response(200, "Error", b"why"))
    assert again.event == b"a"


def test_what_has_ended_has_no_turn_and_no_event(queue: AsyncQueue, tmp_path: Path) -> None:
    queue.add([entry("a-telling-event")])
    queue.finish(turn(queue).number, DONE, [])

    assert turn(queue) is None
    [one] = queue.listed()
    assert (one["outcome"], one["finished"]) == ("succeeded", 9000)
    assert "event" not in one


def test_an_end_and_what_follows_from_it_are_one_change(queue: AsyncQueue) -> None:
    queue.add([entry("a", task_id="t")])

    with pytest.raises(DuplicateTask):
        queue.finish(turn(queue).number, DONE, [entry("b", task_id="t")])

    assert [(one["id"], one["outcome"]) for one in queue.listed()] == [("a", "pending")]


def test_entries_are_added_all_or_none(queue: AsyncQueue) -> None:
    queue.add([entry("a", task_id="t")])

    with pytest.raises(DuplicateTask):
        queue.add([entry("b"), entry("c", task_id="t")])

    assert [one["id"] for one in queue.listed()] == ["a"]


@pytest.mark.parametrize(
    "second",
    [
        entry("b", task_id="u"),
        entry("b", task_id="t", function="g"),
        entry("b", task_id="t", redelivery=True),
        entry("b"),
    ],
)
def test_a_task_id_stands_for_one_invocation_of_one_function(queue: AsyncQueue, second: Entry) -> None:
    queue.add([entry("a", task_id="t"), second])

    assert len(queue.listed()) == 2


def test_another_process_finds_everything_and_runs_again_what_ran(tmp_path: Path) -> None:
    path = tmp_path / "queue.sqlite3"
    first = AsyncQueue(path)
    first.add([entry("ran"), entry("running"), entry("waits", 50), entry("task", 60, task_id="t")])
    first.start(turn(first).number)
    first.finish(1, DONE, [])
    first.start(turn(first).number)  # and the process is gone, without closing

    with contextlib.closing(AsyncQueue(path)) as second:
        second.resume(10.0)

        assert turns(second, 10) == ["running"]
        assert turns(second, 99) == ["waits", "task"]
        assert [one["attempts"] for one in second.listed()] == [1, 2, 1, 1]
        with pytest.raises(DuplicateTask):
            second.add([entry("again", task_id="t")])
    first.close()


def test_invocations_are_counted_by_function_and_outcome(queue: AsyncQueue) -> None:
    queue.add([entry("a"), entry("a", redelivery=True), entry("b"), entry("c", function="g")])
    queue.start(1)
    queue.finish(2, DONE, [])

    assert queue.unfinished({"f", "g"}) == 3
    assert queue.unfinished({"g"}) == 1
    assert queue.summary() == {
        "f": {"pending": 1, "running": 1, "succeeded": 1, "failed": 0, "redeliveries": 1},
        "g": {"pending": 1, "running": 0, "succeeded": 0, "failed": 0, "redeliveries": 0},
    }
