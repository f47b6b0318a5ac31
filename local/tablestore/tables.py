"""The operations on tables and indexes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tablestore.protobuf import table_store_pb2 as pb

from local.tablestore import schema
from local.tablestore.errors import TablestoreError, invalid

if TYPE_CHECKING:
    from local.tablestore.service import Service

MAX_TABLES = 64
"""Per instance; indexes count (documented)."""


def list_table(service: Service, _: pb.ListTableRequest) -> pb.ListTableResponse:
    return pb.ListTableResponse(table_names=sorted(service.store.names()))


def create_table(service: Service, request: pb.CreateTableRequest) -> pb.CreateTableResponse:
    definition = schema.complete(request)
    schema.check(definition)
    wanted = [definition.table_meta.table_name, *(index.name for index in definition.index_metas)]
    with service.store.transaction():
        _check_new(service, wanted)
        service.store.define(definition, service.now_ms() // 1000)
    return pb.CreateTableResponse()


def _check_new(service: Service, wanted: list[str]) -> None:
    existing = service.store.names()
    if len(set(wanted)) != len(wanted) or set(wanted) & set(existing):
        raise TablestoreError("OTSObjectAlreadyExist", "Requested table already exists.")
    if len(existing) + len(wanted) > MAX_TABLES:
        raise TablestoreError("OTSQuotaExhausted", "Number of tables exceeded the quota.")


def delete_table(service: Service, request: pb.DeleteTableRequest) -> pb.DeleteTableResponse:
    """The indexes go with their table."""
    with service.store.transaction():
        service.store.definition(request.table_name)
        service.store.drop(request.table_name)
    return pb.DeleteTableResponse()


def describe_table(service: Service, request: pb.DescribeTableRequest) -> pb.DescribeTableResponse:
    definition, created = service.store.definition(request.table_name)
    return pb.DescribeTableResponse(
        table_meta=definition.table_meta,
        reserved_throughput_details=_throughput(definition, created),
        table_options=definition.table_options,
        index_metas=definition.index_metas,
    )


def update_table(service: Service, request: pb.UpdateTableRequest) -> pb.UpdateTableResponse:
    """Merges the given options into the table's; the rules for a new table apply to the outcome."""
    with service.store.transaction():
        definition, created = service.store.definition(request.table_name)
        definition.table_options.MergeFrom(request.table_options)
        definition.reserved_throughput.capacity_unit.MergeFrom(request.reserved_throughput.capacity_unit)
        schema.check(definition)
        service.store.define(definition, created)
    details = _throughput(definition, created)
    return pb.UpdateTableResponse(reserved_throughput_details=details, table_options=definition.table_options)


def _throughput(definition: pb.CreateTableRequest, created: int) -> pb.ReservedThroughputDetails:
    unit = definition.reserved_throughput.capacity_unit
    return pb.ReservedThroughputDetails(capacity_unit=unit, last_increase_time=created)


def create_index(service: Service, request: pb.CreateIndexRequest) -> pb.CreateIndexResponse:
    """`include_base_data` enters the rows that are there already, at once; the real service takes time."""
    with service.store.transaction():
        definition, created = service.store.definition(request.main_table_name)
        definition.index_metas.add().CopyFrom(request.index_meta)
        schema.check(definition)
        _check_new(service, [request.index_meta.name])
        service.store.define(definition, created)
        if request.include_base_data:
            target = service.store.target(request.index_meta.name)
            assert target.index is not None
            service.store.fill_index(target.table, target.index)
    return pb.CreateIndexResponse()


def drop_index(service: Service, request: pb.DropIndexRequest) -> pb.DropIndexResponse:
    with service.store.transaction():
        definition, created = service.store.definition(request.main_table_name)
        kept = [index for index in definition.index_metas if index.name != request.index_name]
        if len(kept) == len(definition.index_metas):
            raise invalid(f"Table '{request.main_table_name}' has no index '{request.index_name}'.")
        del definition.index_metas[:]
        definition.index_metas.extend(kept)
        service.store.define(definition, created)
        service.store.drop_index_rows(request.index_name)
    return pb.DropIndexResponse()
