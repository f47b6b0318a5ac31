"""What follows from an attempt: another one and when, or an end and what a destination is told."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from local.function_compute.async_config import AsyncInvokeConfig
from local.function_compute.async_queue import Invocation, Response
from local.function_compute.outcomes import RESPONSE_BYTES, Again, Ended, after_attempt, aged_out, destination_event

FIRST = Invocation(1, "1-id", "f", b"event", expires=99.0, attempts=0, failures=0, last=None)
ERROR = Response(200, "UnhandledInvocationError", b"{}")
REFUSED = Response(500, "InternalServerError", b"")
CONFIG = AsyncInvokeConfig(retries=3, on_success="good", on_failure="bad")


@pytest.mark.parametrize(
    ("retries", "seconds"),
    [(0, []), (1, [1]), (3, [1, 2, 4]), (8, [1, 2, 4, 8, 16, 32, 60, 60])],
)
def test_retries_of_a_failing_function_are_spaced_out(retries: int, seconds: list[float]) -> None:
    config, invocation, waits = replace(CONFIG, retries=retries), FIRST, []
    while isinstance(after := after_attempt(invocation, ERROR, config), Again):
        waits.append(after.seconds)
        invocation = replace(invocation, attempts=invocation.attempts + 1, failures=after.failures)

    assert waits == seconds
    assert after == Ended("failed", "RetriesExhausted", retries + 1, "bad")


def test_what_the_system_refused_is_tried_without_end_and_counts_for_nothing() -> None:
    invocations = [replace(FIRST, attempts=attempts, failures=3) for attempts in (0, 1, 2, 10, 30)]

    after = [after_attempt(invocation, REFUSED, CONFIG) for invocation in invocations]

    assert after == [Again(seconds, 3) for seconds in (0.5, 1, 2, 512, 18_000)]


def test_a_success_ends_it_whatever_failed_before() -> None:
    answered = Response(200, None, b"{}")

    assert after_attempt(replace(FIRST, failures=3), answered, CONFIG) == Ended("succeeded", "", 3, "good")
    assert after_attempt(FIRST, answered, AsyncInvokeConfig()) == Ended("succeeded", "", 0, None)


def test_too_old_is_a_failure() -> None:
    assert aged_out(FIRST, CONFIG) == Ended("failed", "EventAgeExceeded", 0, "bad")


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (b'{"a": "\xc3\xbc"}', '{"a": "ü"}'),
        (b"\xff\x00", "\ufffd\x00"),
        (b"", ""),
    ],
)
def test_a_destination_gets_the_event_as_text(event: bytes, text: str) -> None:
    ended, invocation = Ended("failed", "RetriesExhausted", 4, "bad"), replace(FIRST, event=event)

    told = destination_event(invocation, ended, ERROR, function_arn="acs:fc:r:1:functions/f", attempts=4, now=1.5)

    assert json.loads(told) == {
        "timestamp": 1500,
        "requestContext": {
            "requestId": "1-id",
            "functionArn": "acs:fc:r:1:functions/f",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 4,
        },
        "requestPayload": text,
        "responseContext": {"statusCode": 200, "functionError": "UnhandledInvocationError"},
        "responsePayload": "{}",
    }


def test_a_long_response_is_cut() -> None:
    long = Response(200, None, b"x" * (RESPONSE_BYTES + 1))

    told = destination_event(FIRST, aged_out(FIRST, CONFIG), long, function_arn="", attempts=1, now=0)

    assert len(json.loads(told)["responsePayload"]) == RESPONSE_BYTES
