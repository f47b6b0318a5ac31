"""The faults that can be ordered of the local ID Verification, and what they answer.

The codes and shapes are the documented ones; that a gateway would ever answer 200 with nothing, with an HTML
page or without a Result is not documented, but a client must survive it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

import msgspec

from local import faults
from local.id_verification.answers import Answer, error, success
from local.id_verification.errors import CODES, ServiceError
from local.id_verification.operations import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.id_verification.operations import Envelope

SLOW_DEFAULT_MS = 1500
MAX_DELAY_MS = 60_000
ANY_ACTION = "*"

_HTML = "text/html"


def _page(title: str) -> bytes:
    return f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>".encode()


def _refusal(fault: str) -> Callable[[str, str, Envelope], Answer]:
    """`fault` is a code itself, or one of the names that each envelope gives a code of its own."""

    def answer(request_id: str, host: str, envelope: Envelope) -> Answer:
        return error(request_id, host, ServiceError(envelope.refusals.get(fault, fault)))

    return answer


_REFUSALS = ("throttle", "http-500", "http-503", "forbidden-ram", "forbidden-account")
# Faults that answer at once, without executing anything, from request id, host and the operation's envelope.
# Every code of the tables is a fault by its own name, so that each can be reached.
ANSWERS: dict[str, Callable[[str, str, Envelope], Answer]] = {
    **{code: _refusal(code) for code in CODES},
    **{fault: _refusal(fault) for fault in _REFUSALS},
    "http-502-html": lambda *_: Answer(502, _page("502 Bad Gateway"), _HTML),
    "empty-200": lambda *_: Answer(200, b""),
    "garbage-200": lambda *_: Answer(200, _page("Welcome"), _HTML),
    "code-not-success-200": lambda request_id, _host, envelope: success(request_id, envelope.failure),
    "missing-result-200": lambda request_id, _host, envelope: success(request_id, envelope.success),
}
THROTTLING = frozenset({"throttle", "Throttling.Api"})
# Faults of time and connection: a TCP reset, no answer at all before or after executing, a late answer.
BEHAVIOURS = ("reset", "hang-before-execute", "hang-after-execute", "slow")
FAULTS = (*ANSWERS, *BEHAVIOURS)


class Fault(faults.Order):
    """`action` ANY_ACTION: whichever comes first. `delay_ms` is for `slow` only, which has SLOW_DEFAULT_MS without."""

    action: str
    fault: str
    delay_ms: Annotated[int, msgspec.Meta(ge=0, le=MAX_DELAY_MS)] | msgspec.UnsetType = msgspec.UNSET

    def __post_init__(self) -> None:
        if self.action not in (ANY_ACTION, *OPERATIONS):
            raise ValueError(f"action must be {ANY_ACTION} or one of {', '.join(OPERATIONS)}")
        if self.fault not in FAULTS:
            raise ValueError(f"fault must be one of {', '.join(FAULTS)}")
        if self.fault != "slow" and self.delay_ms is not msgspec.UNSET:
            raise ValueError("delay_ms is for the fault slow only")

    @property
    def delay_seconds(self) -> float:
        delay_ms = SLOW_DEFAULT_MS if self.delay_ms is msgspec.UNSET else self.delay_ms
        return delay_ms / 1000


FaultBook: TypeAlias = "faults.FaultBook[Fault, str]"
"""A call is its action."""


def fault_book() -> FaultBook:
    return faults.FaultBook(Fault, lambda fault, action: fault.action in (ANY_ACTION, action))
