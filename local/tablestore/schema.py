"""What a table is: its primary key, defined columns, options and indexes; and which definitions are refused.

A definition is kept as the CreateTable message that made it, with later changes merged in.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tablestore.protobuf import table_store_pb2 as pb

from local.tablestore.errors import TablestoreError, invalid
from local.tablestore.values import VARIANT_NAMES, Cell, KeyColumn, Marker, Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from local.tablestore.plainbuffer import WireCell

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,254}\Z")
FOREVER = -1
MIN_TTL = 86_400
DEFAULT_DEVIATION = 86_400
MAX_KEY_COLUMNS, MAX_DEFINED_COLUMNS = 4, 32
MAX_INDEXES, MAX_INDEX_COLUMNS, MAX_INDEX_KEY_COLUMNS = 5, 4, 8

KEY_TYPES: dict[int, type] = {1: int, 2: str, 3: bytes}
COLUMN_TYPES: dict[int, type] = {1: int, 2: float, 3: bool, 4: str, 7: bytes}


@dataclass(frozen=True)
class KeySchema:
    """The columns of a primary key, in order."""

    columns: tuple[tuple[str, type], ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.columns)

    def check(self, given: Sequence[WireCell], *, markers: bool = False) -> list[KeyColumn]:
        """The key that `given` is; `markers` allows INF_MIN and INF_MAX.

        Raises OTSInvalidPK or OTSParameterInvalid.
        """
        if len(given) != len(self.columns):
            raise _mismatch("size", len(given), len(self.columns))
        return [
            _check_key_column(cell, name, type_, markers=markers)
            for cell, (name, type_) in zip(given, self.columns, strict=True)
        ]


def _mismatch(what: str, given: object, expected: object) -> TablestoreError:
    return TablestoreError("OTSInvalidPK", f"Validate PK {what} fail. Input: {given}, Meta: {expected}.")


def _check_key_column(cell: WireCell, name: str, type_: type, *, markers: bool) -> KeyColumn:
    if cell.name != name:
        raise _mismatch("name", cell.name, name)
    if cell.value is None:
        raise invalid(f"No value is given for primary key name:{name}.")
    if isinstance(cell.value, Marker):
        if not markers or cell.value is Marker.AUTO_INCREMENT:
            raise invalid(f"{cell.value.name} is no value for the primary key column '{name}' here.")
    elif type(cell.value) is not type_:
        raise _mismatch("type", VARIANT_NAMES[type(cell.value)], VARIANT_NAMES[type_])
    return KeyColumn(name, cell.value)


@dataclass(frozen=True)
class Index:
    """A global secondary index. Its key is the indexed columns, then the rest of the table's key, in order."""

    name: str
    key: KeySchema
    columns: tuple[str, ...]

    def view(
        self, primary_key: Sequence[KeyColumn], cells: Iterable[Cell]
    ) -> tuple[list[KeyColumn], list[Cell]] | None:
        """The row as the index shows it; None if it lacks an indexed column and so has no place there."""
        by_name = {cell.name: cell for cell in cells}
        values: dict[str, Value | Marker] = {name: cell.value for name, cell in by_name.items()}
        values.update(primary_key)
        if any(name not in values for name in self.key.names):
            return None
        key = [KeyColumn(name, values[name]) for name in self.key.names]
        return key, [by_name[name] for name in sorted(self.columns) if name in by_name]


@dataclass(frozen=True)
class Table:
    """`ttl` in seconds, FOREVER for none; `deviation` in seconds; `defined` gives a defined column's type."""

    name: str
    key: KeySchema
    defined: Mapping[str, type]
    ttl: int
    deviation: int
    allow_update: bool
    indexes: tuple[Index, ...]

    def live(self, cells: Iterable[Cell], now_ms: int) -> list[Cell]:
        """The cells that have not outlived the table's TTL, each by its own timestamp."""
        if self.ttl == FOREVER:
            return list(cells)
        return [cell for cell in cells if cell.timestamp > now_ms - self.ttl * 1000]


@functools.lru_cache(maxsize=256)
def read(definition: bytes) -> Table:
    """The table of a definition that `check` has passed."""
    request = pb.CreateTableRequest.FromString(definition)
    meta, options = request.table_meta, request.table_options
    key = KeySchema(tuple((column.name, KEY_TYPES[column.type]) for column in meta.primary_key))
    defined = {column.name: COLUMN_TYPES[column.type] for column in meta.defined_column}
    types = {**defined, **dict(key.columns)}
    return Table(
        name=meta.table_name,
        key=key,
        defined=defined,
        ttl=options.time_to_live,
        deviation=options.deviation_cell_version_in_sec,
        allow_update=options.allow_update,
        indexes=tuple(_read_index(index, key, types) for index in request.index_metas),
    )


def _read_index(meta: pb.IndexMeta, key: KeySchema, types: Mapping[str, type]) -> Index:
    names = [*meta.primary_key, *(name for name in key.names if name not in meta.primary_key)]
    return Index(meta.name, KeySchema(tuple((name, types[name]) for name in names)), tuple(meta.defined_column))


def complete(request: pb.CreateTableRequest) -> pb.CreateTableRequest:
    """The definition with the service's defaults filled in."""
    definition = pb.CreateTableRequest()
    definition.CopyFrom(request)
    defaults = pb.TableOptions(deviation_cell_version_in_sec=DEFAULT_DEVIATION, allow_update=True)
    defaults.MergeFrom(request.table_options)
    definition.table_options.CopyFrom(defaults)
    return definition


def check(definition: pb.CreateTableRequest) -> None:
    """Raises OTSParameterInvalid for what the service would refuse, or this local service cannot keep."""
    meta = definition.table_meta
    check_table_name(meta.table_name)
    _check_key(meta.primary_key)
    key_names = [column.name for column in meta.primary_key]
    if len(meta.defined_column) > MAX_DEFINED_COLUMNS:
        raise invalid(f"The number of defined columns must be in range: [0, {MAX_DEFINED_COLUMNS}].")
    for column in meta.defined_column:
        check_column_name(column.name)
        if sum(column.name == other.name for other in meta.defined_column) > 1:
            raise invalid(f"Duplicated defined column: '{column.name}'.")
        if column.name in key_names:
            raise invalid(f"Duplicated attribute column name with primary key column: {column.name}.")
    _check_options(definition.table_options)
    if definition.stream_spec.enable_stream:
        raise invalid("This local service has no streams.")
    if len(definition.index_metas) > MAX_INDEXES:
        raise invalid(f"The number of secondary indexes of a table must be at most {MAX_INDEXES}.")
    types = {column.name: COLUMN_TYPES[column.type] for column in meta.defined_column}
    types |= {column.name: KEY_TYPES[column.type] for column in meta.primary_key}
    for index in definition.index_metas:
        _check_index(index, key_names, types)
    if (
        definition.index_metas
        and definition.table_options.time_to_live != FOREVER
        and definition.table_options.allow_update
    ):
        raise invalid("Don't support allow update operation on table with index and ttl")


def check_table_name(name: str) -> None:
    if not NAME.match(name):
        raise invalid(f"Invalid table name: '{name}'.")


def check_column_name(name: str) -> None:
    if not NAME.match(name):
        raise invalid(f"Invalid column name: '{name}'.")


def _check_key(columns: Sequence[pb.PrimaryKeySchema]) -> None:
    if not 1 <= len(columns) <= MAX_KEY_COLUMNS:
        raise invalid(f"The number of primary key columns must be in range: [1, {MAX_KEY_COLUMNS}].")
    seen: set[str] = set()
    for column in columns:
        check_column_name(column.name)
        if column.name in seen:
            raise invalid(f"Duplicated primary key name: '{column.name}'.")
        seen.add(column.name)
        if column.HasField("option"):
            raise invalid("This local service has no auto-increment primary key columns.")


def _check_options(options: pb.TableOptions) -> None:
    if not options.HasField("time_to_live"):
        raise invalid("Time-to-live is missing while creating table.")
    if not options.HasField("max_versions"):
        raise invalid("MaxVersions is missing while creating table.")
    if options.time_to_live == 0 or options.time_to_live < FOREVER:
        raise invalid("TimeToLive cannot be 0 or less than -1.")
    if options.time_to_live != FOREVER and options.time_to_live < MIN_TTL:
        raise invalid(f"TimeToLive must be -1 or at least {MIN_TTL} seconds, not {options.time_to_live}.")
    if options.max_versions <= 0:
        raise invalid("The maximum versions cannot be less than or equal to 0.")
    if options.max_versions != 1:
        raise invalid(f"One version of a cell is kept here: max_versions must be 1, not {options.max_versions}.")
    if options.deviation_cell_version_in_sec <= 0:
        raise invalid("The maximum deviation must be greater than 0.")


def _check_index(meta: pb.IndexMeta, key_names: Sequence[str], types: Mapping[str, type]) -> None:
    check_table_name(meta.name)
    if meta.index_type != pb.IT_GLOBAL_INDEX:
        raise invalid("This local service has no local secondary indexes.")
    if not 1 <= len(meta.primary_key) <= MAX_INDEX_COLUMNS:
        raise invalid(f"The number of index columns must be in range: [1, {MAX_INDEX_COLUMNS}].")
    names = [*meta.primary_key, *meta.defined_column]
    for name in names:
        if name not in types:
            raise invalid(f"Index '{meta.name}': column '{name}' is neither a primary key column nor a defined column.")
        if names.count(name) > 1:
            raise invalid(f"Index '{meta.name}': column '{name}' is named twice.")
    for name in meta.primary_key:
        if types[name] not in KEY_TYPES.values():
            raise invalid(f"{VARIANT_NAMES[types[name]]} is an invalid type for the primary key.")
    for name in meta.defined_column:
        if name in key_names:
            raise invalid(f"Index '{meta.name}': column '{name}' is a primary key column already.")
    if len({*meta.primary_key, *key_names}) > MAX_INDEX_KEY_COLUMNS:
        raise invalid(f"The number of primary key columns of an index must be at most {MAX_INDEX_KEY_COLUMNS}.")
