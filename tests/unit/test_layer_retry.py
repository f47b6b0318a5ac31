"""When a failed call is made again, and after how long."""

from __future__ import annotations

from typing import Any

import pytest

from facegate.retry import Execution, RetryPolicy, backoff_ms, fits, may_repeat, wait_ms

NOT_EXECUTED, UNKNOWN, EXECUTED = Execution.NOT_EXECUTED, Execution.UNKNOWN, Execution.EXECUTED
POLICY = RetryPolicy(max_attempts=3, max_throttled=5, max_unknown_repeats=1, base_ms=100, cap_ms=1_000)


@pytest.mark.parametrize(
    ("transient", "execution", "repeatable", "attempts", "unknown_repeats", "expected"),
    [  # of calls that were not throttled
        (True, NOT_EXECUTED, True, 1, 0, True),
        (True, NOT_EXECUTED, False, 1, 0, True),
        (True, NOT_EXECUTED, False, 2, 5, True),
        (True, NOT_EXECUTED, True, 3, 0, False),
        (False, NOT_EXECUTED, True, 1, 0, False),
        (True, UNKNOWN, True, 1, 0, True),
        (True, UNKNOWN, True, 2, 1, False),
        (True, UNKNOWN, False, 1, 0, False),
        (True, UNKNOWN, True, 3, 0, False),
        (False, UNKNOWN, True, 1, 0, False),
        (True, EXECUTED, True, 1, 0, True),
        (True, EXECUTED, False, 1, 0, False),
        (False, EXECUTED, True, 1, 0, False),
    ],
)
def test_a_call_is_repeated_only_if_that_is_safe_and_can_end_differently(
    transient: bool, execution: Execution, repeatable: bool, attempts: int, unknown_repeats: int, expected: bool
) -> None:
    decided = may_repeat(
        policy=POLICY,
        transient=transient,
        execution=execution,
        repeatable=repeatable,
        throttled=0,
        attempts=attempts,
        unknown_repeats=unknown_repeats,
    )
    assert decided is expected


def test_no_unknown_outcome_is_repeated_where_the_policy_allows_none() -> None:
    policy = RetryPolicy(max_unknown_repeats=0)
    assert not may_repeat(
        policy=policy, transient=True, execution=UNKNOWN, repeatable=True, throttled=0, attempts=1, unknown_repeats=0
    )


@pytest.mark.parametrize(
    ("throttled", "attempts", "expected"),
    [
        (1, 1, True),
        (4, 4, True),
        (5, 5, False),
        (4, 6, True),
        (4, 7, False),
        (0, 3, False),
    ],
)
def test_throttled_calls_are_counted_apart_from_failed_ones(throttled: int, attempts: int, expected: bool) -> None:
    decided = may_repeat(
        policy=POLICY,
        transient=True,
        execution=NOT_EXECUTED,
        repeatable=False,
        throttled=throttled,
        attempts=attempts,
        unknown_repeats=0,
    )
    assert decided is expected


@pytest.mark.parametrize(
    ("attempts", "ceiling"), [(1, 100), (2, 200), (3, 400), (4, 800), (5, 1_000), (6, 1_000), (1_000_000, 1_000)]
)
def test_the_back_off_doubles_up_to_its_cap(attempts: int, ceiling: int) -> None:
    assert backoff_ms(POLICY, attempts) == ceiling


@pytest.mark.parametrize(
    ("attempts", "retry_after_ms", "jitter", "expected"),
    [
        (2, None, 0.0, 0),
        (2, None, 0.5, 100),
        (2, None, 1.0, 200),
        (2, 0, 0.0, 0),
        (2, 150, 0.0, 150),
        (2, 150, 1.0, 200),
        (2, 60_000, 1.0, 60_000),
    ],
    ids=str,
)
def test_the_wait_is_jittered_but_never_sooner_than_asked(
    attempts: int, retry_after_ms: int | None, jitter: float, expected: int
) -> None:
    assert wait_ms(POLICY, attempts, retry_after_ms, lambda: jitter) == expected


@pytest.mark.parametrize(
    ("wait", "floor", "remaining", "expected"),
    [(100, 500, 600, True), (101, 500, 600, False), (0, 500, 499, False), (60_000, 500, 29_000, False)],
)
def test_a_repeat_must_leave_the_call_a_useful_time(wait: int, floor: int, remaining: int, expected: bool) -> None:
    assert fits(wait, floor, remaining) is expected


@pytest.mark.parametrize(
    "nonsense",
    [
        {"max_attempts": 0},
        {"max_attempts": -1},
        {"max_throttled": 0},
        {"max_unknown_repeats": -1},
        {"base_ms": 0},
        {"base_ms": -5},
        {"base_ms": 200, "cap_ms": 199},
    ],
    ids=str,
)
def test_a_policy_refuses_nonsense(nonsense: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="a retry policy needs"):
        RetryPolicy(**nonsense)
