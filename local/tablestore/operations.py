"""Every API that is served: its request message, the function that carries it out, the tables it names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from google.protobuf.message import DecodeError
from tablestore.protobuf import table_store_pb2 as pb

from local.tablestore import reads, tables, writes
from local.tablestore.errors import TablestoreError, invalid

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.tablestore.service import Service


def _one_table(request: Any) -> set[str]:
    return {request.table_name}


def _main_table(request: Any) -> set[str]:
    return {request.main_table_name}


def _many_tables(request: Any) -> set[str]:
    return {part.table_name for part in request.tables}


@dataclass(frozen=True)
class Operation:
    request: type[Any]
    run: Callable[[Service, Any], Any]
    tables: Callable[[Any], set[str]] = _one_table


OPERATIONS = {
    "ListTable": Operation(pb.ListTableRequest, tables.list_table, lambda _: set()),
    "CreateTable": Operation(
        pb.CreateTableRequest, tables.create_table, lambda request: {request.table_meta.table_name}
    ),
    "DeleteTable": Operation(pb.DeleteTableRequest, tables.delete_table),
    "DescribeTable": Operation(pb.DescribeTableRequest, tables.describe_table),
    "UpdateTable": Operation(pb.UpdateTableRequest, tables.update_table),
    "CreateIndex": Operation(pb.CreateIndexRequest, tables.create_index, _main_table),
    "DropIndex": Operation(pb.DropIndexRequest, tables.drop_index, _main_table),
    "GetRow": Operation(pb.GetRowRequest, reads.get_row),
    "BatchGetRow": Operation(pb.BatchGetRowRequest, reads.batch_get_row, _many_tables),
    "GetRange": Operation(pb.GetRangeRequest, reads.get_range),
    "PutRow": Operation(pb.PutRowRequest, writes.put_row),
    "UpdateRow": Operation(pb.UpdateRowRequest, writes.update_row),
    "DeleteRow": Operation(pb.DeleteRowRequest, writes.delete_row),
    "BatchWriteRow": Operation(pb.BatchWriteRowRequest, writes.batch_write_row, _many_tables),
}


def find(api: str) -> Operation:
    if api not in OPERATIONS:
        raise TablestoreError("OTSUnsupportOperation", f"Unsupported operation: '{api}'.")
    return OPERATIONS[api]


def parse(operation: Operation, body: bytes) -> Any:
    """The request message. Raises OTSParameterInvalid."""
    try:
        return operation.request.FromString(body)
    except DecodeError:
        raise invalid("Failed to parse the ProtoBuf message.") from None
