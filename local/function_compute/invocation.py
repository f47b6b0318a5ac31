"""What an invocation gives back, and the errors that stand in for an answer."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.function_compute.worker import UNHANDLED

if TYPE_CHECKING:
    from local.function_compute.function_spec import FunctionSpec


@dataclass(frozen=True)
class InvocationResult:
    """`payload` is what the function returned or, where `error_type` (the value of X-Fc-Error-Type)
    is set, the JSON body of the error. `cold` says that an instance was started for it.
    `duration_ms` runs from the moment an instance was free to the answer: a cold start counts, the
    wait for a free instance does not."""

    request_id: str
    payload: bytes
    error_type: str | None
    cold: bool
    duration_ms: float


class InvocationRefused(Exception):
    """Function Compute would not run the invocation at all: `status` and `code` as its API answers them."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class FunctionFailed(Exception):
    """The instance gave no answer. `kind` names why; the message is the `errorMessage` of the answer."""

    kind = "FunctionInstanceExited"

    @property
    def payload(self) -> bytes:
        return json.dumps({"errorMessage": str(self), "errorType": self.kind}).encode()

    error_type = UNHANDLED


class FunctionTimedOut(FunctionFailed):
    """The time limit passed and the instance was killed. The wording of the error type is UNCONFIRMED."""

    kind = "FunctionTimeout"

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Function timed out after {seconds} seconds")


class FunctionInstanceExited(FunctionFailed):
    """The process ended before it answered (documented wording; `errorType` is ours)."""

    def __init__(self, exit_status: int | None) -> None:
        super().__init__(
            f"Process exited unexpectedly before completing request (function instance exited: {exit_status})"
        )


class ResponseTooLarge(FunctionFailed):
    """The function returned more than can be taken in. The wording is UNCONFIRMED."""

    kind = "ResponseTooLarge"

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(f"The response has {size} bytes; at most {limit} are allowed")


def new_request_id(now: float) -> str:
    """A request id of FC 3.0's form: `1-<Unix time in hex>-<8 hex digits>-<12 hex digits>`."""
    return f"1-{int(now):08x}-{secrets.token_hex(4)}-{secrets.token_hex(6)}"


def unknown_function(name: str) -> InvocationRefused:
    return InvocationRefused(404, "FunctionNotFound", f"function '{name}' does not exist")


def too_many_requests(spec: FunctionSpec) -> InvocationRefused:
    return InvocationRefused(429, "ResourceExhausted", f"too many requests are waiting for function '{spec.name}'")


def entity_too_large(limit: int) -> InvocationRefused:
    return InvocationRefused(400, "EntityTooLarge", f"payload size exceeds maximum allowed size ({limit} bytes)")
