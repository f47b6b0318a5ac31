"""What is left of a function's time."""

from __future__ import annotations

import pytest

from facegate.deadline import RESERVE_MS, Deadline
from tests.fakes import Clock


@pytest.mark.parametrize(
    ("passed_ms", "total", "remaining"),
    [
        (0, 10_000, 10_000 - RESERVE_MS),
        (9_000, 1_000, 1_000 - RESERVE_MS),
        (9_500, 500, 0),
        (10_000, 0, 0),
        (99_000, 0, 0),
    ],
)
def test_the_reserve_is_kept_for_recording_and_answering(passed_ms: int, total: int, remaining: int) -> None:
    clock = Clock()
    deadline = Deadline.after(10, clock.monotonic)
    clock.pass_ms(passed_ms)
    assert (deadline.total_ms(), deadline.remaining_ms()) == (total, remaining)
