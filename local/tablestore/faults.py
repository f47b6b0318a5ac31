"""The faults that can be ordered of the local Tablestore."""

from __future__ import annotations

import enum
from typing import TypeAlias

from local import faults
from local.tablestore.operations import OPERATIONS


class Kind(enum.Enum):
    SERVER_BUSY = "server-busy"
    INTERNAL_ERROR = "internal-error"
    RESET = "reset"
    HANG_BEFORE = "hang-before"
    HANG_AFTER = "hang-after"


class Fault(faults.Order):
    """`table` None means any. Only HANG_AFTER carries the request out, and then never answers."""

    api: str
    fault: Kind
    table: str | None = None

    def __post_init__(self) -> None:
        if self.api not in OPERATIONS:
            raise ValueError(f"api must be one of {', '.join(OPERATIONS)}")


Requested: TypeAlias = "tuple[str, set[str]]"
"""The API of a request, and the tables that it names."""
FaultBook: TypeAlias = "faults.FaultBook[Fault, Requested]"


def fault_book() -> FaultBook:
    return faults.FaultBook(Fault, _meets)


def _meets(fault: Fault, request: Requested) -> bool:
    api, tables = request
    return fault.api == api and (fault.table is None or fault.table in tables)
