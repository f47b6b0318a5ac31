"""Faults on order: what goes wrong, with which operation, and how often."""

from __future__ import annotations

from typing import Annotated

import msgspec

from local.oss.operations import NAMES

MAX_TIMES = 1_000_000

_READS = frozenset(("GetObject", "HeadObject", "GetObjectMeta"))
_HEADS = frozenset(("HeadObject", "GetObjectMeta"))
_CONTENT = frozenset(("GetObject",))

FAULTS: dict[str, frozenset[str]] = {
    "http-500": NAMES,
    "http-503": NAMES,
    "reset": NAMES,
    "hang": NAMES,
    "reset-after": NAMES,
    "hang-after": NAMES,
    "wrong-crc": NAMES,
    "truncated-body": _CONTENT,
    "lying-content-length": _CONTENT,
    "stalled-body": _CONTENT,
    "corrupt-body": _CONTENT,
    "oversized-body": _CONTENT,
    "replaced-before": _READS,
    "deleted-before": _READS,
    "replaced-after-head": _HEADS,
    "deleted-after-head": _HEADS,
}
"""Each fault with the operations that can have it.

http-500, http-503, reset (TCP RST) and hang happen instead of the operation; reset-after and hang-after once it was
carried out. Of the content: truncated-body ends the connection half-way; lying-content-length announces half of what
it sends; stalled-body never sends the second half; corrupt-body changes the last byte, under the right checksum;
oversized-body has no Content-Length, and 64 MiB of zeros after the content. wrong-crc changes the checksum. replaced
and deleted change the object under the client's feet, and send the event of that.
"""


class Fault(msgspec.Struct, forbid_unknown_fields=True):
    """`key` None means any, and a bucket too."""

    operation: str
    fault: str
    times: Annotated[int, msgspec.Meta(ge=1, le=MAX_TIMES)] = 1
    key: str | None = None

    def __post_init__(self) -> None:
        if self.fault not in FAULTS:
            raise ValueError(f"fault must be one of {', '.join(FAULTS)}")
        if self.operation not in FAULTS[self.fault]:
            raise ValueError(f"operation must be one of {', '.join(sorted(FAULTS[self.fault]))}")


class FaultBook:
    """The faults still to come, in the order in which they were asked for."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    @property
    def pending(self) -> tuple[Fault, ...]:
        return tuple(self._faults)

    def add(self, fault: Fault) -> None:
        self._faults.append(fault)

    def clear(self) -> None:
        self._faults.clear()

    def take(self, operation: str, key: str | None) -> str | None:
        """The fault for this request, used up by one."""
        for fault in self._faults:
            if fault.operation == operation and fault.key in (None, key):
                fault.times -= 1
                if fault.times == 0:
                    self._faults.remove(fault)
                return fault.fault
        return None
