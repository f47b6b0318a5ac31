"""What a write makes of a row's cells, and which writes are refused whatever the row holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

from local.tablestore import schema
from local.tablestore.errors import invalid
from local.tablestore.plainbuffer import Op, WireCell, WireRow
from local.tablestore.values import VARIANT_NAMES, Cell, Marker, Value, check_finite, size_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MAX_KEY_BYTES = 1024
MAX_VALUE_BYTES = 2 * 1024 * 1024
MAX_ATTRIBUTES = 1024
INT64 = range(-(1 << 63), 1 << 63)


class Change(Protocol):
    """`is_update`: a table may forbid it by allow_update = false."""

    is_update: ClassVar[bool]

    @property
    def primary_key(self) -> Sequence[WireCell]: ...

    def apply(self, table: schema.Table, live: Sequence[Cell], now_ms: int) -> list[Cell]:
        """The row's cells afterwards, sorted by name; none if there is no row then."""


@dataclass(frozen=True)
class Put:
    """PutRow: the given cells in place of whatever was there."""

    is_update: ClassVar[bool] = False

    primary_key: Sequence[WireCell]
    cells: Sequence[WireCell]

    def apply(self, table: schema.Table, live: Sequence[Cell], now_ms: int) -> list[Cell]:
        return _sorted(_merge({}, [_stamp(table, cell, now_ms) for cell in self.cells]))


@dataclass(frozen=True)
class Update:
    """UpdateRow: cell by cell. A row that has no cell left is gone."""

    is_update: ClassVar[bool] = True

    primary_key: Sequence[WireCell]
    cells: Sequence[WireCell]

    def apply(self, table: schema.Table, live: Sequence[Cell], now_ms: int) -> list[Cell]:
        cells = {cell.name: cell for cell in live}
        for wire in self.cells:
            CELL_CHANGES[wire.op](table, cells, wire, now_ms)
        return _sorted(cells)


@dataclass(frozen=True)
class Delete:
    """DeleteRow."""

    is_update: ClassVar[bool] = False

    primary_key: Sequence[WireCell]

    def apply(self, table: schema.Table, live: Sequence[Cell], now_ms: int) -> list[Cell]:
        return []


def _sorted(cells: dict[str, Cell]) -> list[Cell]:
    return [cells[name] for name in sorted(cells)]


def _merge(cells: dict[str, Cell], news: Sequence[Cell]) -> dict[str, Cell]:
    """Keeps the newest version of each cell: a write with an older timestamp than the stored one is lost."""
    for new in news:
        old = cells.get(new.name)
        if old is None or new.timestamp >= old.timestamp:
            cells[new.name] = new
    return cells


def _stamp(table: schema.Table, wire: WireCell, now_ms: int, value: Value | None = None) -> Cell:
    """The cell as stored, with its own timestamp or the present. The range of timestamps is documented."""
    if value is None:
        assert wire.value is not None
        assert not isinstance(wire.value, Marker)
        value = wire.value
    _check_defined(table, wire.name, value)
    if wire.timestamp is None:
        return Cell(wire.name, value, now_ms)
    spans = [table.deviation] if table.ttl == schema.FOREVER else [table.deviation, table.ttl]
    if not now_ms - min(spans) * 1000 <= wire.timestamp < now_ms + table.deviation * 1000:
        raise invalid(f"Invalid timestamp. Cell: {wire.name}.")
    return Cell(wire.name, value, wire.timestamp)


def _check_defined(table: schema.Table, name: str, value: Value) -> None:
    """A defined column takes only its type (unconfirmed) and in an index's key at most 1 KB (documented)."""
    type_ = table.defined.get(name)
    if type_ is None:
        return
    if type(value) is not type_:
        raise invalid(f"Column '{name}' is defined as {VARIANT_NAMES[type_]}, not {VARIANT_NAMES[type(value)]}.")
    if any(name in index.key.names for index in table.indexes):
        _check_length("primary key column", name, value, MAX_KEY_BYTES)


def _put_cell(table: schema.Table, cells: dict[str, Cell], wire: WireCell, now_ms: int) -> None:
    _merge(cells, [_stamp(table, wire, now_ms)])


def _delete_all(_table: schema.Table, cells: dict[str, Cell], wire: WireCell, _now_ms: int) -> None:
    cells.pop(wire.name, None)


def _delete_one(_table: schema.Table, cells: dict[str, Cell], wire: WireCell, _now_ms: int) -> None:
    if wire.name in cells and cells[wire.name].timestamp == wire.timestamp:
        del cells[wire.name]


def _increment(table: schema.Table, cells: dict[str, Cell], wire: WireCell, now_ms: int) -> None:
    """A missing column counts from 0."""
    old = cells[wire.name].value if wire.name in cells else 0
    if type(old) is not int or type(wire.value) is not int:
        raise invalid(f"Column '{wire.name}' can only be incremented as an integer by an integer.")
    if old + wire.value not in INT64:
        raise invalid(f"Incrementing column '{wire.name}' leaves the range of 64-bit integers.")
    _merge(cells, [_stamp(table, wire, now_ms, old + wire.value)])


CELL_CHANGES: dict[Op | None, Callable[[schema.Table, dict[str, Cell], WireCell, int], None]] = {
    None: _put_cell,
    Op.DELETE_ALL: _delete_all,
    Op.DELETE_ONE: _delete_one,
    Op.INCREMENT: _increment,
}


def put(row: WireRow) -> Change:
    """The change of a PutRow. Raises OTSParameterInvalid for one that no table would take."""
    _check_key(row)
    _check_attributes(row)
    for cell in row.cells:
        if cell.op is not None:
            raise invalid(f"OpType cannot be given for column name:{cell.name} in PutRow.")
        _check_value(cell)
    return Put(row.primary_key, row.cells)


def update(row: WireRow) -> Change:
    """The change of an UpdateRow, likewise."""
    _check_key(row)
    _check_attributes(row)
    for cell in row.cells:
        if cell.op in (Op.DELETE_ALL, Op.DELETE_ONE):
            _check_cell_deletion(cell)
        else:
            _check_value(cell)
    return Update(row.primary_key, row.cells)


def deletion(row: WireRow) -> Change:
    """The change of a DeleteRow, likewise."""
    _check_key(row)
    if not row.deleted:
        raise invalid("Invalid request of delete row: missing RowDeleteMarker in request.")
    if row.cells:
        raise invalid("Invalid delete row request: unexpected cells in request.")
    return Delete(row.primary_key)


def _check_key(row: WireRow) -> None:
    for column in row.primary_key:
        if column.op is not None:
            raise invalid(f"OpType cannot be given for primary key name :{column.name}.")
        if column.timestamp is not None:
            raise invalid(f"Timestamp cannot be given for primary key name:{column.name}.")
        if column.value is not None:
            _check_length("primary key column", column.name, column.value, MAX_KEY_BYTES)


def _check_attributes(row: WireRow) -> None:
    if row.deleted:
        raise invalid("Invalid request of put/update row: unexpected RowDeleteMarker in request.")
    if not row.cells:
        raise invalid("Attribute column is missing.")
    if len(row.cells) > MAX_ATTRIBUTES:
        raise invalid(
            "The number of attribute columns exceeds the limit,"
            f" limit count: {MAX_ATTRIBUTES}, column count: {len(row.cells)}."
        )
    key_names = {column.name for column in row.primary_key}
    for cell in row.cells:
        schema.check_column_name(cell.name)
        if cell.name in key_names:
            raise invalid(f"Duplicated attribute column name with primary key column: {cell.name}.")


def _check_value(cell: WireCell) -> None:
    if cell.value is None:
        raise invalid(f"Cell data broken, attr has no value, name:{cell.name}.")
    if isinstance(cell.value, Marker):
        raise invalid(f"{cell.value.name} is an invalid type for the attribute column.")
    check_finite(cell.value)
    _check_length("attribute column", cell.name, cell.value, MAX_VALUE_BYTES)


def _check_cell_deletion(cell: WireCell) -> None:
    if cell.value is not None:
        raise invalid("Column value cannot be given when type is DELETE_ONE_VERSION,DELETE_ALL_VERSION.")
    if cell.op is Op.DELETE_ONE and cell.timestamp is None:
        raise invalid("Timestamp must be given when type is DELETE_ONE_VERSION.")
    if cell.op is Op.DELETE_ALL and cell.timestamp is not None:
        raise invalid("Timestamp cannot be given when type is DELETE_ALL_VERSION.")


def _check_length(what: str, name: str, value: Value | Marker, limit: int) -> None:
    size = size_of(value)
    if size > limit:
        raise invalid(f"The length of {what}: '{name}' exceeds the MaxLength: {limit} with CurrentLength: {size}.")
