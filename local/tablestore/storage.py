"""Tables and rows in one sqlite file: written ahead, so that a killed process loses no acknowledged write.

A row is kept under the sortable bytes of its primary key. An index keeps only where its rows stand: their
columns are read from the table's row, so an index row lives exactly as long as the cells that it shows.
"""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from tablestore.protobuf import table_store_pb2 as pb

from local.tablestore import schema
from local.tablestore.errors import TablestoreError
from local.tablestore.values import Cell, KeyColumn, sort_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

LAYOUT = """
CREATE TABLE IF NOT EXISTS tables (name TEXT PRIMARY KEY, definition BLOB NOT NULL, created INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS indexes (name TEXT PRIMARY KEY, table_name TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS rows (table_name TEXT, key BLOB, data BLOB NOT NULL, UNIQUE (table_name, key));
CREATE TABLE IF NOT EXISTS entries (
    index_name TEXT, key BLOB, table_name TEXT NOT NULL, row_key BLOB NOT NULL, PRIMARY KEY (index_name, key)
) WITHOUT ROWID;
"""

FROM_ROWS = "SELECT data FROM rows AS place WHERE table_name = ?"
FROM_ENTRIES = (
    "SELECT rows.data FROM entries AS place"
    " JOIN rows ON rows.table_name = place.table_name AND rows.key = place.row_key WHERE index_name = ?"
)
FORWARD = " AND place.key >= ? AND place.key < ? ORDER BY place.key"
BACKWARD = " AND place.key <= ? AND place.key > ? ORDER BY place.key DESC"
ROWS = {False: FROM_ROWS, True: FROM_ENTRIES}
RANGES = {False: FORWARD, True: BACKWARD}


@dataclass(frozen=True)
class StoredRow:
    primary_key: list[KeyColumn]
    cells: list[Cell]


@dataclass(frozen=True)
class Target:
    """What a name in a request stands for: a table, or one of its indexes."""

    table: schema.Table
    index: schema.Index | None

    @property
    def name(self) -> str:
        return self.index.name if self.index else self.table.name

    @property
    def key(self) -> schema.KeySchema:
        return self.index.key if self.index else self.table.key

    def position(self, row: StoredRow) -> list[KeyColumn]:
        """The key that the row has here."""
        view = self.index.view(row.primary_key, row.cells) if self.index else None
        return view[0] if view else row.primary_key


class Store:
    """One connection for one thread. Raises TablestoreError for an unknown table, sqlite3.Error for the disk."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(LAYOUT)

    def close(self) -> None:
        self._connection.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def names(self) -> list[str]:
        """Of tables and indexes alike, which are tables too to the service."""
        return [name for (name,) in self._connection.execute("SELECT name FROM tables UNION SELECT name FROM indexes")]

    def definition(self, name: str) -> tuple[pb.CreateTableRequest, int]:
        """The table's definition and when it was created (Unix seconds)."""
        found = self._connection.execute("SELECT definition, created FROM tables WHERE name = ?", (name,)).fetchone()
        if found is None:
            raise TablestoreError("OTSObjectNotExist", "Requested table does not exist.")
        return pb.CreateTableRequest.FromString(found[0]), found[1]

    def target(self, name: str) -> Target:
        found = self._connection.execute(
            "SELECT definition FROM tables WHERE name = coalesce((SELECT table_name FROM indexes WHERE name = ?), ?)",
            (name, name),
        ).fetchone()
        if found is None:
            raise TablestoreError("OTSObjectNotExist", "Requested table does not exist.")
        table = schema.read(found[0])
        return Target(table, next((index for index in table.indexes if index.name == name), None))

    def define(self, definition: pb.CreateTableRequest, created: int) -> None:
        """Keeps a new or changed definition."""
        name = definition.table_meta.table_name
        self._connection.execute(
            "INSERT INTO tables VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET definition = excluded.definition",
            (name, definition.SerializeToString(deterministic=True), created),
        )
        self._connection.execute("DELETE FROM indexes WHERE table_name = ?", (name,))
        names = [(index.name, name) for index in definition.index_metas]
        self._connection.executemany("INSERT INTO indexes VALUES (?, ?)", names)

    def drop(self, name: str) -> None:
        """Deletes a table with its rows and indexes."""
        self._connection.execute("DELETE FROM tables WHERE name = ?", (name,))
        for kept in ("indexes", "rows", "entries"):
            self._connection.execute(f"DELETE FROM {kept} WHERE table_name = ?", (name,))  # noqa: S608 - constants only, values are bound

    def drop_index_rows(self, index_name: str) -> None:
        self._connection.execute("DELETE FROM entries WHERE index_name = ?", (index_name,))

    def fill_index(self, table: schema.Table, index: schema.Index) -> None:
        """Enters every row of the table into a new index."""
        for (data,) in self._connection.execute("SELECT data FROM rows WHERE table_name = ?", (table.name,)).fetchall():
            row = _decode(table, data)
            self._enter(table, index, row)

    def row(self, target: Target, key: bytes) -> StoredRow | None:
        query = ROWS[target.index is not None] + " AND place.key = ?"
        found = self._connection.execute(query, (target.name, key)).fetchone()
        return _decode(target.table, found[0]) if found else None

    def range(self, target: Target, start: bytes, end: bytes, *, backwards: bool) -> Iterator[StoredRow]:
        """The rows from `start` to (exclusive) `end`, as the table has them, in the order asked for."""
        query = ROWS[target.index is not None] + RANGES[backwards]
        for (data,) in self._connection.execute(query, (target.name, start, end)):
            yield _decode(target.table, data)

    def replace(
        self,
        table: schema.Table,
        primary_key: Sequence[KeyColumn],
        before: Sequence[Cell],
        after: Sequence[Cell],
    ) -> None:
        """Makes the row's cells `after` (none: no row) and moves its index rows with it."""
        key = sort_key([column.value for column in primary_key])
        for index in table.indexes:
            old = index.view(primary_key, before)
            if old is not None:
                place = sort_key([column.value for column in old[0]])
                self._connection.execute("DELETE FROM entries WHERE index_name = ? AND key = ?", (index.name, place))
        if not after:
            self._connection.execute("DELETE FROM rows WHERE table_name = ? AND key = ?", (table.name, key))
            return
        data = msgspec.msgpack.encode(([column.value for column in primary_key], after))
        self._connection.execute(
            "INSERT INTO rows VALUES (?, ?, ?) ON CONFLICT (table_name, key) DO UPDATE SET data = excluded.data",
            (table.name, key, data),
        )
        for index in table.indexes:
            self._enter(table, index, StoredRow(list(primary_key), list(after)))

    def _enter(self, table: schema.Table, index: schema.Index, row: StoredRow) -> None:
        seen = index.view(row.primary_key, row.cells)
        if seen is None:
            return
        place = sort_key([column.value for column in seen[0]])
        key = sort_key([column.value for column in row.primary_key])
        self._connection.execute(
            "INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?)", (index.name, place, table.name, key)
        )


def _decode(table: schema.Table, data: bytes) -> StoredRow:
    values, cells = msgspec.msgpack.decode(data)
    key = [KeyColumn(name, value) for name, value in zip(table.key.names, values, strict=True)]
    return StoredRow(key, [Cell(*cell) for cell in cells])
