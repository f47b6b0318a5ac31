"""What every operation works with: the store and the clock of the data."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tablestore.protobuf import table_store_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.tablestore.storage import Store

UNIT_BYTES = 4096


@dataclass(frozen=True)
class Service:
    """`now_ms` stamps new cells and ages old ones (milliseconds since 1970)."""

    store: Store
    now_ms: Callable[[], int]


def consumed(*, read_bytes: int | None = None, write_bytes: int | None = None) -> pb.ConsumedCapacity:
    """Capacity units: one for each 4 KB begun, at least one; None for what did not happen."""
    return pb.ConsumedCapacity(capacity_unit=pb.CapacityUnit(read=_units(read_bytes), write=_units(write_bytes)))


def _units(size: int | None) -> int:
    return 0 if size is None else max(1, math.ceil(size / UNIT_BYTES))
