"""What follows from an attempt of an asynchronous invocation: another attempt, or an end and who is told of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.function_compute.async_queue import Response

if TYPE_CHECKING:
    from local.function_compute.async_config import AsyncInvokeConfig
    from local.function_compute.async_queue import Invocation, Outcome

RETRIES_EXHAUSTED = "RetriesExhausted"
EVENT_AGE_EXCEEDED = "EventAgeExceeded"
"""Why an invocation failed, as a destination is told. The words are UNCONFIRMED, and so is none for a success."""

RESPONSE_BYTES = 64 * 1024
"""So much of a response is kept and told to a destination, the rest cut off (UNCONFIRMED)."""

_LONGEST_BACK_OFF_SECONDS = 60
_LONGEST_SYSTEM_BACK_OFF_SECONDS = 5 * 3600
_NEVER_RAN = 429


@dataclass(frozen=True)
class Again:
    """Another attempt after so many seconds of Function Compute's time."""

    seconds: float
    failures: int


@dataclass(frozen=True)
class Ended:
    """`destination` is the function to tell, None: nobody."""

    outcome: Outcome
    condition: str
    failures: int
    destination: str | None


def after_attempt(invocation: Invocation, response: Response, config: AsyncInvokeConfig) -> Again | Ended:
    """Errors of the function are retried so often as configured, 1 s apart and doubling to 60 s (the spacing is
    undocumented). Where the system could not run it the attempts do not count; they are 0.5 s apart and doubling, as
    documented for throttling."""
    if response.status != 200:
        seconds = min(_LONGEST_SYSTEM_BACK_OFF_SECONDS, 0.5 * 2.0 ** min(invocation.attempts, 20))
        return Again(seconds, invocation.failures)
    if response.error_type is None:
        return Ended("succeeded", "", invocation.failures, config.on_success)
    failures = invocation.failures + 1
    if failures > config.retries:
        return Ended("failed", RETRIES_EXHAUSTED, failures, config.on_failure)
    return Again(min(_LONGEST_BACK_OFF_SECONDS, 2.0 ** (failures - 1)), failures)


def aged_out(invocation: Invocation, config: AsyncInvokeConfig) -> Ended:
    return Ended("failed", EVENT_AGE_EXCEEDED, invocation.failures, config.on_failure)


def never_ran() -> Response:
    """Stands for the response of an invocation that aged before its first attempt (status UNCONFIRMED)."""
    return Response(_NEVER_RAN, None, b"")


def destination_event(
    invocation: Invocation, ended: Ended, response: Response, *, function_arn: str, attempts: int, now: float
) -> bytes:
    """The documented payload. Both payloads travel as text; bytes that are not UTF-8 are replaced (UNCONFIRMED)."""
    event: dict[str, Any] = {
        "timestamp": int(now * 1000),
        "requestContext": {
            "requestId": invocation.request_id,
            "functionArn": function_arn,
            "condition": ended.condition,
            "approximateInvokeCount": attempts,
        },
        "requestPayload": invocation.event.decode("utf-8", "replace"),
        "responseContext": {"statusCode": response.status, "functionError": response.error_type or ""},
        "responsePayload": response.payload[:RESPONSE_BYTES].decode("utf-8", "replace"),
    }
    return json.dumps(event, ensure_ascii=False).encode()
