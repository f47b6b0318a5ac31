"""The faults that can be ordered of the local OSS."""

from __future__ import annotations

from typing import TypeAlias

from local import faults
from local.oss.operations import NAMES

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


class Fault(faults.Order):
    """`key` None means any, and a bucket too."""

    operation: str
    fault: str
    key: str | None = None

    def __post_init__(self) -> None:
        if self.fault not in FAULTS:
            raise ValueError(f"fault must be one of {', '.join(FAULTS)}")
        if self.operation not in FAULTS[self.fault]:
            raise ValueError(f"operation must be one of {', '.join(sorted(FAULTS[self.fault]))}")


Requested: TypeAlias = "tuple[str, str | None]"
"""The operation of a request, and its key, None for a bucket."""
FaultBook: TypeAlias = "faults.FaultBook[Fault, Requested]"


def fault_book() -> FaultBook:
    return faults.FaultBook(Fault, _meets)


def _meets(fault: Fault, request: Requested) -> bool:
    operation, key = request
    return fault.operation == operation and fault.key in (None, key)
