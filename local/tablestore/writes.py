"""PutRow, UpdateRow, DeleteRow and BatchWriteRow: each row's condition and change in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tablestore.protobuf import table_store_pb2 as pb

from local.tablestore import filters
from local.tablestore.changes import Change, deletion, put, update
from local.tablestore.errors import TablestoreError, invalid
from local.tablestore.plainbuffer import HEADER, decode_row, encode_row
from local.tablestore.service import Service, consumed
from local.tablestore.values import Value, row_size, sort_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.tablestore.plainbuffer import WireRow

MAX_BATCH_ROWS = 200
MAX_REQUEST_BYTES = 4 * 1024 * 1024

MAKERS: dict[int, Callable[[WireRow], Change]] = {1: put, 2: update, 3: deletion}
"""By the operation types of BatchWriteRow."""


@dataclass(frozen=True)
class Write:
    """One row's write, checked as far as it can be without the table."""

    change: Change
    existence: int
    condition: filters.Filter | None
    return_key: bool

    @property
    def conditional(self) -> bool:
        return self.existence != pb.IGNORE or self.condition is not None


def _write(change: Change, condition: pb.Condition, content: pb.ReturnContent) -> Write:
    if content.return_type == pb.RT_AFTER_MODIFY:
        raise invalid("Invalid return type: RT_AFTER_MODIFY. This local service returns nothing or the primary key.")
    parsed = filters.parse(condition.column_condition)
    return Write(change, condition.row_existence, parsed, content.return_type == pb.RT_PK)


def _execute(service: Service, table_name: str, write: Write) -> tuple[bytes, pb.ConsumedCapacity]:
    """Writes if the condition holds. The key to return (or nothing) and what it took."""
    store, now_ms = service.store, service.now_ms()
    with store.transaction():
        target = store.target(table_name)
        if target.index:
            raise invalid("Can't write index table directly.")
        table = target.table
        if write.change.is_update and not table.allow_update:
            raise invalid("UpdateRow is not allowed on a table with allow_update = false.")
        key = table.key.check(write.change.primary_key)
        stored = store.row(target, sort_key([column.value for column in key]))
        before = stored.cells if stored else []
        live = table.live(before, now_ms)
        _check_condition(write, {cell.name: cell.value for cell in live})
        after = write.change.apply(table, live, now_ms)
        store.replace(table, key, before, after)
    returned = HEADER + encode_row(key) if write.return_key else b""
    cost = consumed(read_bytes=0 if write.conditional else None, write_bytes=row_size(key, after))
    return returned, cost


def _check_condition(write: Write, columns: dict[str, Value]) -> None:
    """A row that is not there has no columns: `pass_if_missing` decides."""
    existence = {pb.EXPECT_EXIST: bool(columns), pb.EXPECT_NOT_EXIST: not columns}.get(write.existence, True)
    if not existence or (write.condition and not write.condition.holds(columns)):
        raise TablestoreError("OTSConditionCheckFail", "Condition check failed.")


def _single(
    service: Service, request: pb.PutRowRequest, data: bytes, make: Callable[[WireRow], Change], api: str
) -> dict[str, object]:
    _check_size(len(data), api)
    if request.transaction_id:
        raise invalid("Try to call method using explicit transaction on explicit-transaction-disabled table.")
    row, cost = _execute(
        service, request.table_name, _write(make(decode_row(data)), request.condition, request.return_content)
    )
    return {"consumed": cost, "row": row}


def _check_size(size: int, api: str) -> None:
    if size > MAX_REQUEST_BYTES:
        raise invalid(
            f"The total data size of {api} request exceeds the limit,"
            f" limit size: {MAX_REQUEST_BYTES}, data size: {size}."
        )


def put_row(service: Service, request: pb.PutRowRequest) -> pb.PutRowResponse:
    return pb.PutRowResponse(**_single(service, request, request.row, put, "PutRow"))


def update_row(service: Service, request: pb.UpdateRowRequest) -> pb.UpdateRowResponse:
    return pb.UpdateRowResponse(**_single(service, request, request.row_change, update, "UpdateRow"))


def delete_row(service: Service, request: pb.DeleteRowRequest) -> pb.DeleteRowResponse:
    return pb.DeleteRowResponse(**_single(service, request, request.primary_key, deletion, "DeleteRow"))


def batch_write_row(service: Service, request: pb.BatchWriteRowRequest) -> pb.BatchWriteRowResponse:
    """Rows are written and fail one by one. What is wrong whatever they hold fails the request (documented)."""
    if request.transaction_id:
        raise invalid("Try to call method using explicit transaction on explicit-transaction-disabled table.")
    if not request.tables:
        raise invalid("No row is specified in BatchWriteRow.")
    names = [part.table_name for part in request.tables]
    if sum(len(part.rows) for part in request.tables) > MAX_BATCH_ROWS:
        raise invalid(f"Rows count exceeds the upper limit: {MAX_BATCH_ROWS}.")
    _check_size(sum(len(row.row_change) for part in request.tables for row in part.rows), "BatchWriteRow")
    plans = []
    for part in request.tables:
        if names.count(part.table_name) > 1:
            raise invalid(f"Duplicated table name: '{part.table_name}'.")
        if not part.rows:
            raise invalid(f"No operation is specified for table: '{part.table_name}'.")
        service.store.target(part.table_name)
        writes = [
            _write(MAKERS[row.type](decode_row(row.row_change)), row.condition, row.return_content) for row in part.rows
        ]
        _check_repeated(writes)
        plans.append((part.table_name, writes))
    answer = pb.BatchWriteRowResponse()
    for name, writes in plans:
        table = answer.tables.add(table_name=name)
        for write in writes:
            try:
                row, cost = _execute(service, name, write)
            except TablestoreError as error:
                table.rows.add(is_ok=False, error=pb.Error(code=error.code, message=error.message))
            else:
                table.rows.add(is_ok=True, consumed=cost, row=row)
    return answer


def _check_repeated(writes: list[Write]) -> None:
    """A row may come twice if no write of it is conditional; that the whole request fails is unconfirmed."""
    keys = [tuple(write.change.primary_key) for write in writes]
    for key, write in zip(keys, writes, strict=True):
        if keys.count(key) > 1 and write.existence != pb.IGNORE:
            raise invalid("Repeated rows do not support row exist expectation check in BatchModify.")
        if keys.count(key) > 1 and write.condition:
            raise invalid("Repeated rows do not support row condition check in BatchModify.")
