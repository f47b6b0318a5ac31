"""The local Tablestore's operations without HTTP or disk: the SDK's encoder in front, its decoder behind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tablestore as ts
from tablestore.decoder import OTSProtoBufferDecoder
from tablestore.encoder import OTSProtoBufferEncoder

from local.tablestore import operations
from local.tablestore.errors import TablestoreError
from local.tablestore.service import Service
from local.tablestore.storage import Store

FREE = ts.ReservedThroughput(ts.CapacityUnit(0, 0))


class Memory:
    """`now_ms` is the clock; tests move it."""

    def __init__(self) -> None:
        self.now_ms = 1_800_000_000_000
        self.store = Store(Path(":memory:"))
        self._service = Service(self.store, lambda: self.now_ms)

    def call(self, api: str, *arguments: Any) -> Any:
        operation = operations.find(api)
        request = OTSProtoBufferEncoder("utf8").encode_request(api, *arguments)
        answer = operation.run(self._service, operations.parse(operation, request.SerializeToString()))
        return OTSProtoBufferDecoder("utf8").decode_response(api, answer.SerializeToString(), "")[0]

    def refusal(self, api: str, *arguments: Any) -> tuple[str, str]:
        """The code and message that the call is refused with."""
        try:
            answer = self.call(api, *arguments)
        except TablestoreError as error:
            return error.code, error.message
        raise AssertionError(f"{api} was not refused but answered {answer}")

    def create(
        self,
        name: str = "t",
        key: list[tuple[str, str]] | None = None,
        defined: list[tuple[str, str]] | None = None,
        options: Any = None,
        indexes: list[Any] | None = None,
    ) -> None:
        self.call("CreateTable", *creation(name, key, defined, options, indexes))

    def put(self, key: list[Any], cells: list[Any], condition: Any = None, table: str = "t") -> Any:
        return self.call("PutRow", table, ts.Row(key, cells), condition, None, None)

    def update(self, key: list[Any], changes: dict[str, Any], condition: Any = None, table: str = "t") -> Any:
        return self.call("UpdateRow", table, ts.Row(key, changes), condition, None, None)

    def delete(self, key: list[Any], condition: Any = None, table: str = "t") -> Any:
        return self.call("DeleteRow", table, key, condition, None, None)

    def get(self, key: list[Any], table: str = "t", columns: list[str] | None = None, condition: Any = None) -> Any:
        """The row's columns by name, None if there is no row."""
        row = self.call("GetRow", table, key, columns, condition, 1, None, None, None, None, None)[1]
        return None if row is None else {name: value for name, value, _ in row.attribute_columns}

    def page(self, start: list[Any], end: list[Any], table: str = "t", **options: Any) -> tuple[list[Any], Any]:
        """The rows of one GetRange and the key to go on from."""
        arguments = [options.get("columns"), options.get("limit"), options.get("condition"), 1]
        direction = options.get("direction", "FORWARD")
        found = self.call("GetRange", table, direction, start, end, *arguments, None, None, None, None, None)
        return found[2], found[1]


def creation(
    name: str = "t",
    key: list[tuple[str, str]] | None = None,
    defined: list[tuple[str, str]] | None = None,
    options: Any = None,
    indexes: list[Any] | None = None,
) -> tuple[Any, ...]:
    """The arguments of CreateTable."""
    meta = ts.TableMeta(name, key or [("k", "STRING")], defined or [])
    return meta, options or ts.TableOptions(), FREE, None, indexes or []


def single(column: str, value: Any, comparator: int, pass_if_missing: bool = True) -> Any:
    return ts.SingleColumnCondition(column, value, comparator, pass_if_missing)


def both(combinator: int, *parts: Any) -> Any:
    condition = ts.CompositeColumnCondition(combinator)
    for part in parts:
        condition.add_sub_condition(part)
    return condition
