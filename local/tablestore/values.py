"""Values of cells, their types and sizes, and the order of primary keys.

A Python type stands for each wire type: int INTEGER (64 bits), float DOUBLE, bool BOOLEAN, str STRING, bytes
BINARY.
"""

from __future__ import annotations

import enum
import math
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from local.tablestore.errors import invalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Value: TypeAlias = "int | float | bool | str | bytes"

VARIANT_NAMES: dict[type, str] = {
    int: "VT_INTEGER",
    float: "VT_DOUBLE",
    bool: "VT_BOOLEAN",
    str: "VT_STRING",
    bytes: "VT_BLOB",
}
"""The names that the service uses in its messages."""

FIXED_SIZES: dict[type, int] = {int: 8, float: 8, bool: 1}


class Marker(enum.Enum):
    """Stands where a primary key value would: the ends of the order, or "give me the next number"."""

    INF_MIN = "INF_MIN"
    INF_MAX = "INF_MAX"
    AUTO_INCREMENT = "AUTO_INCREMENT"


class KeyColumn(NamedTuple):
    name: str
    value: Value | Marker


class Cell(NamedTuple):
    """One attribute column as stored: `timestamp` (milliseconds) is its version."""

    name: str
    value: Value
    timestamp: int


def size_of(value: Value | Marker) -> int:
    """The bytes that a value counts for in limits and capacity units."""
    if isinstance(value, Marker):
        return 0
    if isinstance(value, str):
        return len(value.encode())
    if isinstance(value, bytes):
        return len(value)
    return FIXED_SIZES[type(value)]


def row_size(primary_key: Iterable[KeyColumn], cells: Iterable[Cell]) -> int:
    keys = sum(len(column.name) + size_of(column.value) for column in primary_key)
    return keys + sum(len(cell.name) + size_of(cell.value) for cell in cells)


def check_finite(value: Value) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise invalid(f"{'NaN' if math.isnan(value) else 'Infinity'} can't be set to double value.")


def sort_key(values: Sequence[Value | Marker]) -> bytes:
    """Bytes in the order of primary keys: by column INF_MIN, then the type's natural order, then INF_MAX.

    Strings and binaries order by their bytes: a zero byte is escaped and the end marked, so that no value's
    bytes begin another's.
    """
    return b"".join(_sort_part(value) for value in values)


def _sort_part(value: Value | Marker) -> bytes:
    if value is Marker.INF_MIN:
        return b"\x00"
    if value is Marker.INF_MAX:
        return b"\x02"
    if isinstance(value, int):
        return b"\x01" + (value + (1 << 63)).to_bytes(8, "big")
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return b"\x01" + value.replace(b"\x00", b"\x00\xff") + b"\x00\x00"
    raise invalid("PKAutoIncr can't be used by this local service.")
