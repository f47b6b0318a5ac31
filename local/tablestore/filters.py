"""Conditions of writes and filters of reads: one column compared with a value, or a combination of such.

Each cell has one version here, so `latest_version_only` makes no difference.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from google.protobuf.message import DecodeError
from tablestore.protobuf import table_store_filter_pb2 as pb

from local.tablestore.errors import invalid
from local.tablestore.plainbuffer import decode_value
from local.tablestore.values import Marker, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

MAX_CONDITIONS = 10
MAX_DEPTH = 20

COMPARATORS: dict[int, Callable[[Any, Any], bool]] = {
    1: operator.eq,
    2: operator.ne,
    3: operator.gt,
    4: operator.ge,
    5: operator.lt,
    6: operator.le,
}
NOT_EQUAL, EXIST, NOT_EXIST = 2, 7, 8
SINGLE, COMPOSITE = 1, 2
NOT, AND, OR = 1, 2, 3


@dataclass(frozen=True)
class Single:
    """`column` compared with `value`. `pass_if_missing` is the answer for a row without that column."""

    comparator: int
    column: str
    value: Value
    pass_if_missing: bool

    def holds(self, columns: Mapping[str, object]) -> bool:
        present = self.column in columns
        if self.comparator in (EXIST, NOT_EXIST):
            return present == (self.comparator == EXIST)
        if not present:
            return self.pass_if_missing
        other = columns[self.column]
        if type(other) is not type(self.value):
            # Never equal (the vendor's tests expect it), nor ordered (unconfirmed).
            return self.comparator == NOT_EQUAL
        return COMPARATORS[self.comparator](other, self.value)


@dataclass(frozen=True)
class Composite:
    """NOT of one condition, AND or OR of two and more."""

    combinator: int
    parts: tuple[Filter, ...]

    def holds(self, columns: Mapping[str, object]) -> bool:
        results: Iterable[bool] = (part.holds(columns) for part in self.parts)
        if self.combinator == NOT:
            return not all(results)
        return all(results) if self.combinator == AND else any(results)


Filter: TypeAlias = "Single | Composite"


def parse(data: bytes) -> Filter | None:
    """The filter in a message's bytes, None if there are none.

    Raises OTSParameterInvalid, also for more than 10 conditions (documented).
    """
    if not data:
        return None
    parsed = _parse_filter(_message(pb.Filter(), data, "filter"), 1)
    if _count(parsed) > MAX_CONDITIONS:
        raise invalid(f"The count of filter exceeds the max: {MAX_CONDITIONS}.")
    return parsed


def _message(message: Any, data: bytes, what: str) -> Any:
    try:
        message.ParseFromString(data)
    except DecodeError:
        raise invalid(f"Deserialize {what} failed.") from None
    return message


def _parse_filter(message: pb.Filter, depth: int) -> Filter:
    if depth > MAX_DEPTH:
        raise invalid(f"The count of filter exceeds the max: {MAX_CONDITIONS}.")
    if message.type == SINGLE:
        return _parse_single(_message(pb.SingleColumnValueFilter(), message.filter, "relation filter"))
    if message.type == COMPOSITE:
        return _parse_composite(_message(pb.CompositeColumnValueFilter(), message.filter, "composite filter"), depth)
    raise invalid(f"Invalid type of filter: {message.type}. This local service has no column pagination.")


def _parse_single(message: pb.SingleColumnValueFilter) -> Single:
    if message.HasField("value_trans_rule"):
        raise invalid("Invalid type of filter: this local service has no regular expressions.")
    value = decode_value(message.column_value, message.column_name)
    if isinstance(value, Marker):
        raise invalid(f"{value.name} is an invalid type for the attribute column.")
    return Single(message.comparator, message.column_name, value, not message.filter_if_missing)


def _parse_composite(message: pb.CompositeColumnValueFilter, depth: int) -> Composite:
    count = len(message.sub_filters)
    if message.combinator == NOT and count != 1:
        raise invalid("Invalid NOT operator: the number of sub-filters must be 1.")
    if message.combinator != NOT and count < 2:
        raise invalid("Invalid AND/OR operator: the number of sub-filters must be more than 1.")
    return Composite(message.combinator, tuple(_parse_filter(part, depth + 1) for part in message.sub_filters))


def _count(parsed: Filter) -> int:
    return sum(map(_count, parsed.parts)) if isinstance(parsed, Composite) else 1
