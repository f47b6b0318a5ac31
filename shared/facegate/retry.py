"""When to call again, and after how long: pure functions, so that every rule can be read and tested alone.

A call is repeated only if it certainly was not executed, or if executing it twice changes nothing but the bill (a
comparison, a search); never past the deadline. The wait is drawn with full jitter, so that callers refused together
do not return together.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from msgspec import Struct


class Execution(Enum):
    """What is known of a failed call: did the service carry it out?"""

    NOT_EXECUTED = "not executed"
    UNKNOWN = "may have been executed"
    EXECUTED = "executed"


class RetryPolicy(Struct, frozen=True):
    """Times in milliseconds. `max_throttled` bounds the calls that were refused for the quota alone, which cost a
    moment and no bill; `max_attempts` all others; `max_unknown_repeats` what may be billed twice for one request.
    """

    max_attempts: int = 4
    max_throttled: int = 16
    max_unknown_repeats: int = 1
    base_ms: int = 200
    cap_ms: int = 3_000

    def __post_init__(self) -> None:
        counts = min(self.max_attempts, self.max_throttled) >= 1 and self.max_unknown_repeats >= 0
        if not counts or not 0 < self.base_ms <= self.cap_ms:
            raise ValueError(
                "a retry policy needs max_attempts >= 1, max_throttled >= 1, max_unknown_repeats >= 0, "
                "0 < base_ms <= cap_ms"
            )


def may_repeat(
    *,
    policy: RetryPolicy,
    transient: bool,
    execution: Execution,
    repeatable: bool,
    throttled: int,
    attempts: int,
    unknown_repeats: int,
) -> bool:
    """Whether the failed call may be made again. `transient`: another try can end differently at all. `throttled` of
    the `attempts` were refused for the quota.
    """
    if not transient or throttled >= policy.max_throttled or attempts - throttled >= policy.max_attempts:
        return False
    if execution is Execution.NOT_EXECUTED:
        return True
    return repeatable and unknown_repeats < policy.max_unknown_repeats


def backoff_ms(policy: RetryPolicy, attempts: int) -> int:
    """The ceiling of the wait after `attempts` calls: doubling from base to cap."""
    return min(policy.cap_ms, policy.base_ms << min(attempts - 1, 30))


def wait_ms(policy: RetryPolicy, attempts: int, retry_after_ms: int | None, jitter: Callable[[], float]) -> int:
    """Full jitter over the back-off, but never sooner than the service asked: `fits` refuses what takes too long.
    `jitter` returns 0 to 1.
    """
    return max(int(backoff_ms(policy, attempts) * jitter()), retry_after_ms or 0)


def fits(wait: int, call_floor_ms: int, remaining_ms: int) -> bool:
    """Whether waiting and then calling again still leaves the call a useful time to answer."""
    return wait + call_floor_ms <= remaining_ms
