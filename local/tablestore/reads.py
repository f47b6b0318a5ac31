"""GetRow, BatchGetRow and GetRange, on tables and on indexes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tablestore.protobuf import table_store_pb2 as pb

from local.tablestore import filters
from local.tablestore.errors import TablestoreError, invalid
from local.tablestore.plainbuffer import HEADER, WireRow, decode_row, encode_row
from local.tablestore.service import Service, consumed
from local.tablestore.values import Cell, KeyColumn, row_size, sort_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from local.tablestore.storage import StoredRow, Target

MAX_COLUMNS_TO_GET = 128
MAX_BATCH_ROWS = 100
MAX_RANGE_ROWS = 5000
MAX_RANGE_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class Seen:
    """A live row as its table or index shows it, before columns are chosen."""

    primary_key: Sequence[KeyColumn]
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Selection:
    """What a read wants of a row: columns, versions (milliseconds, from and exclusive to) and a filter."""

    columns: frozenset[str]
    versions: tuple[int, int] | None
    condition: filters.Filter | None

    def apply(self, row: Seen) -> Seen | None:
        """The row with the chosen columns; None if none of them is there or the filter does not hold.

        Columns are chosen before the filter looks: one that was not asked for is missing to it (documented).
        """
        cells, key = row.cells, row.primary_key
        if self.versions:
            first, end = self.versions
            cells = [cell for cell in cells if first <= cell.timestamp < end]
        if self.columns:
            cells = [cell for cell in cells if cell.name in self.columns]
            key = [column for column in key if column.name in self.columns]
        if not cells and (self.versions or not key):
            return None
        if self.condition and not self.condition.holds({**dict(key), **{cell.name: cell.value for cell in cells}}):
            return None
        return Seen(row.primary_key, cells)


def _selection(request: pb.GetRowRequest | pb.GetRangeRequest | pb.TableInBatchGetRowRequest) -> Selection:
    if len(request.columns_to_get) > MAX_COLUMNS_TO_GET:
        count = len(request.columns_to_get)
        raise invalid(
            "The number of columns from the request exceeds the limit,"
            f" limit count: {MAX_COLUMNS_TO_GET}, column count: {count}."
        )
    if not request.HasField("max_versions") and not request.HasField("time_range"):
        raise invalid("No version condition is specified while querying row.")
    if request.HasField("max_versions") and request.max_versions <= 0:
        raise invalid(f"Invalid max versions: {request.max_versions}. Reason: Max versions must be positive.")
    if request.HasField("start_column") or request.HasField("end_column") or request.token:
        raise invalid("This local service reads whole rows: no start_column, end_column or token.")
    if getattr(request, "transaction_id", ""):
        raise invalid("Try to call method using explicit transaction on explicit-transaction-disabled table.")
    versions = _versions(request.time_range) if request.HasField("time_range") else None
    return Selection(frozenset(request.columns_to_get), versions, filters.parse(request.filter))


def _versions(time_range: pb.TimeRange) -> tuple[int, int]:
    if time_range.HasField("specific_time"):
        return time_range.specific_time, time_range.specific_time + 1
    if not (time_range.HasField("start_time") and time_range.HasField("end_time")):
        raise invalid("Start and end time must be given at the same time.")
    return time_range.start_time, time_range.end_time


def _see(target: Target, row: StoredRow, now_ms: int) -> Seen | None:
    cells = target.table.live(row.cells, now_ms)
    if not cells:
        return None
    if target.index is None:
        return Seen(row.primary_key, cells)
    view = target.index.view(row.primary_key, cells)
    return Seen(*view) if view else None


def _wire_key(data: bytes) -> WireRow:
    row = decode_row(data)
    if row.cells:
        raise invalid("Attribute column cannot be given while reading data.")
    if row.deleted:
        raise invalid("Delete marker cannot be given.")
    return row


def _read(service: Service, target: Target, wire: WireRow, selection: Selection) -> tuple[bytes, pb.ConsumedCapacity]:
    """The encoded row (empty: there is none) and what it took."""
    key = target.key.check(wire.primary_key)
    stored = service.store.row(target, sort_key([column.value for column in key]))
    seen = _see(target, stored, service.now_ms()) if stored else None
    if seen is None:
        return b"", consumed(read_bytes=0)
    cost = consumed(read_bytes=row_size(seen.primary_key, seen.cells))
    chosen = selection.apply(seen)
    return (HEADER + encode_row(chosen.primary_key, chosen.cells) if chosen else b""), cost


def get_row(service: Service, request: pb.GetRowRequest) -> pb.GetRowResponse:
    selection, wire = _selection(request), _wire_key(request.primary_key)
    row, cost = _read(service, service.store.target(request.table_name), wire, selection)
    return pb.GetRowResponse(consumed=cost, row=row)


def batch_get_row(service: Service, request: pb.BatchGetRowRequest) -> pb.BatchGetRowResponse:
    """A key that does not fit its table fails alone; anything else that is wrong fails the request."""
    names = [part.table_name for part in request.tables]
    if not names:
        raise invalid("No row specified in the request of BatchGetRow.")
    for name in names:
        if names.count(name) > 1:
            raise invalid(f"Duplicated table name: '{name}'.")
    if sum(len(part.primary_key) for part in request.tables) > MAX_BATCH_ROWS:
        raise invalid(f"Rows count exceeds the upper limit: {MAX_BATCH_ROWS}.")
    plans = [
        (
            service.store.target(part.table_name),
            _selection(part),
            [_wire_key(key) for key in part.primary_key],
        )
        for part in request.tables
    ]
    answer = pb.BatchGetRowResponse()
    for target, selection, wires in plans:
        table = answer.tables.add(table_name=target.name)
        for wire in wires:
            try:
                row, cost = _read(service, target, wire, selection)
            except TablestoreError as error:
                table.rows.add(is_ok=False, error=pb.Error(code=error.code, message=error.message))
            else:
                table.rows.add(is_ok=True, consumed=cost, row=row)
    return answer


def get_range(service: Service, request: pb.GetRangeRequest) -> pb.GetRangeResponse:
    """A page ends at `limit` rows, or when 5,000 rows or 4 MB have been read, the filtered ones included."""
    if request.HasField("limit") and request.limit <= 0:
        raise invalid("The limit must be greater than 0.")
    backwards = request.direction == pb.BACKWARD
    selection = _selection(request)
    target = service.store.target(request.table_name)
    start, end = (
        sort_key([column.value for column in target.key.check(_wire_key(data).primary_key, markers=True)])
        for data in (request.inclusive_start_primary_key, request.exclusive_end_primary_key)
    )
    if backwards and start <= end:
        raise invalid("Begin key must more than end key in BACKWARD")
    if not backwards and start >= end:
        raise invalid("Begin key must less than end key in FORWARD")
    page = _Page(target, selection, request.limit or MAX_RANGE_ROWS, service.now_ms())
    for row in service.store.range(target, start, end, backwards=backwards):
        if not page.take(row):
            break
    rows = HEADER + b"".join(page.rows) if page.rows else b""
    answer = pb.GetRangeResponse(consumed=consumed(read_bytes=page.size), rows=rows)
    if page.next_key:
        answer.next_start_primary_key = HEADER + encode_row(page.next_key)
    return answer


class _Page:
    """A page of a range while it fills. Expired rows count as read: they are there until they are cleaned away."""

    def __init__(self, target: Target, selection: Selection, limit: int, now_ms: int) -> None:
        self.target, self.selection, self.limit, self.now_ms = target, selection, limit, now_ms
        self.rows: list[bytes] = []
        self.read = 0
        self.size = 0
        self.next_key: Sequence[KeyColumn] | None = None

    def take(self, row: StoredRow) -> bool:
        """Takes the row, or says no and keeps its key as the start of the next page."""
        if self.read >= MAX_RANGE_ROWS:
            return self._stop(row)
        seen = _see(self.target, row, self.now_ms)
        if seen is None:
            self.read += 1
            return True
        size = row_size(seen.primary_key, seen.cells)
        if len(self.rows) >= self.limit or (self.read and self.size + size > MAX_RANGE_BYTES):
            return self._stop(row)
        self.read += 1
        self.size += size
        chosen = self.selection.apply(seen)
        if chosen:
            self.rows.append(encode_row(chosen.primary_key, chosen.cells))
        return True

    def _stop(self, row: StoredRow) -> bool:
        self.next_key = self.target.position(row)
        return False
