"""Faults on order: what the service shall do wrong next, for which action and how many times.

The codes and shapes are the documented ones; that a gateway would ever answer 200 with nothing, with an HTML
page or without a Result is not documented, but a client must survive it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.id_verification.answers import Answer, error, success
from local.id_verification.errors import CODES, ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from local.id_verification.operations import Envelope

SLOW_DEFAULT_MS = 1500
MAX_DELAY_MS = 60_000
MAX_TIMES = 10_000
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


@dataclass
class Fault:
    """`times` is what is left; `delay_ms` counts for `slow` only."""

    action: str
    fault: str
    times: int
    delay_ms: int = SLOW_DEFAULT_MS

    def as_json(self) -> dict[str, Any]:
        fields: dict[str, Any] = {"action": self.action, "fault": self.fault, "times": self.times}
        return {**fields, "delay_ms": self.delay_ms} if self.fault == "slow" else fields


class OrderError(ValueError):
    """The order is wrong; the message names the field and what it must be."""


def parse_order(order: object, actions: Collection[str]) -> Fault:
    """From `{"action", "fault", "times"}` and for `slow` an optional `delay_ms`. Raises OrderError."""
    if not isinstance(order, dict):
        raise OrderError("the body must be a JSON object")
    unknown = order.keys() - {"action", "fault", "times", "delay_ms"}
    if unknown:
        raise OrderError(f"{min(map(str, unknown))}: unknown field")
    if order.get("action") not in (ANY_ACTION, *actions):
        raise OrderError(f"action: must be * or one of {', '.join(actions)}")
    if order.get("fault") not in FAULTS:
        raise OrderError(f"fault: must be one of {', '.join(FAULTS)}")
    if "delay_ms" in order and order["fault"] != "slow":
        raise OrderError("delay_ms: only for the fault slow")
    times = _whole_number(order, "times", 1, MAX_TIMES)
    delay_ms = _whole_number({"delay_ms": SLOW_DEFAULT_MS, **order}, "delay_ms", 0, MAX_DELAY_MS)
    return Fault(order["action"], order["fault"], times, delay_ms)


def _whole_number(order: dict[str, Any], name: str, least: int, most: int) -> int:
    value = order.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise OrderError(f"{name}: must be a whole number from {least} to {most}")
    return value


class FaultQueue:
    """First ordered, first served, per action; an order for `*` is used up by whichever action comes first."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def order(self, fault: Fault) -> None:
        self._faults.append(fault)

    def take(self, action: str) -> Fault | None:
        """The fault for this request, used up once."""
        for fault in self._faults:
            if fault.action in (ANY_ACTION, action):
                fault.times -= 1
                self._faults = [f for f in self._faults if f.times > 0]
                return fault
        return None

    def clear(self) -> None:
        self._faults = []

    def as_json(self) -> list[dict[str, Any]]:
        return [fault.as_json() for fault in self._faults]
