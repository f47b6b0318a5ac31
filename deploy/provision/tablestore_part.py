"""Tablestore through its official SDK.

The instance itself is not made here: its kind, its network access and its way of billing are chosen once, cost money
and cannot be changed later, so that belongs into the console; a missing one is said in a line.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import urllib3.exceptions
from tablestore import (
    INF_MAX,
    INF_MIN,
    CapacityUnit,
    OTSClient,
    OTSClientError,
    OTSServiceError,
    ReservedThroughput,
    SecondaryIndexMeta,
    SecondaryIndexType,
    TableMeta,
    TableOptions,
)

from deploy.provision import tables
from deploy.provision.steps import ProvisionError, Step
from deploy.provision.tables import CreateIndex, CreateTable, Index, SetOptions, Table
from deploy.provision.troubles import OF_TABLESTORE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploy.provision.deployment import Deployment

TIMEOUT_S = 10


class TablestorePart:
    """The tables of one deployment."""

    def __init__(self, deployment: Deployment) -> None:
        key = deployment.credentials
        self._wanted = tables.wanted(deployment.retention)
        self._where = f"Tablestore instance {deployment.instance} at {deployment.tablestore_endpoint}"
        self._client = OTSClient(
            deployment.tablestore_endpoint,
            key.access_key_id,
            key.access_key_secret,
            deployment.instance,
            region=deployment.region,
            sts_token=key.security_token,
            socket_timeout=TIMEOUT_S,
        )

    def plan(self, *, may_shorten: bool) -> list[Step]:
        return [step for table in self._wanted for step in self._plan(table, may_shorten)]

    def _plan(self, want: Table, may_shorten: bool) -> list[Step]:
        found = self._find(want.name)
        is_empty = found is not None and _lacks_index(want, found) and self._is_empty(found)
        return tables.plan(want, found, is_empty=is_empty, may_shorten=may_shorten)

    def apply(self, change: object) -> None:
        if isinstance(change, CreateTable):
            self._create(change.table)
        elif isinstance(change, SetOptions):
            with self._asking("UpdateTable", change.table):
                options = TableOptions(change.seconds_to_live, None, None, change.allows_update)
                self._client.update_table(change.table, options)
        elif isinstance(change, CreateIndex):
            with self._asking("CreateIndex", change.table):
                self._client.create_secondary_index(change.table, _index_meta(change.index), include_base_data=True)
        else:
            raise TypeError(f"not a change of tables: {change!r}")

    def _create(self, table: Table) -> None:
        with self._asking("CreateTable", table.name):
            self._client.create_table(
                TableMeta(table.name, list(table.key), list(table.columns)),
                TableOptions(table.seconds_to_live, table.max_versions, allow_update=table.allows_update),
                ReservedThroughput(CapacityUnit(0, 0)),
                secondary_indexes=[_index_meta(index) for index in table.indexes],
            )

    def _find(self, name: str) -> Table | None:
        with self._asking("DescribeTable", name):
            try:
                found = self._client.describe_table(name)
            except OTSServiceError as error:
                if error.get_error_code() == "OTSObjectNotExist":
                    return None
                raise
        return _table(found)

    def _is_empty(self, table: Table) -> bool:
        start, end = ([(name, bound) for name, _ in table.key] for bound in (INF_MIN, INF_MAX))
        with self._asking("GetRange", table.name):
            return not self._client.get_range(table.name, "FORWARD", start, end, limit=1, max_version=1)[2]

    @contextlib.contextmanager
    def _asking(self, api: str, table: str) -> Iterator[None]:
        """What the SDK raises, as a ProvisionError."""
        try:
            yield
        except OTSServiceError as error:
            raise ProvisionError(f"{self._where}: {_explained(error, api, table)}") from error
        except (OTSClientError, urllib3.exceptions.HTTPError) as error:
            hint = "are TABLESTORE_INSTANCE and REGION right, and does it exist?"
            raise ProvisionError(f"{self._where}: no answer ({type(error).__name__}): {hint}") from error


def _explained(error: OTSServiceError, api: str, table: str) -> str:
    code, message = error.get_error_code(), " ".join(error.get_error_message().split())
    if code == "OTSAuthFailed" and message in OF_TABLESTORE:
        return OF_TABLESTORE[message]
    if code == "OTSNoPermissionAccess":
        return f"the key lacks the permission ots:{api} on {table}"
    return f"{api} of {table}: {code}: {message}"


def _lacks_index(want: Table, found: Table) -> bool:
    return bool({index.name for index in want.indexes} - {index.name for index in found.indexes})


def _index_meta(index: Index) -> SecondaryIndexMeta:
    return SecondaryIndexMeta(
        index.name, list(index.key), list(index.columns), index_type=SecondaryIndexType.GLOBAL_INDEX
    )


def _table(found: Any) -> Table:
    """From the SDK's answer to DescribeTable. Whether that lists the table's own key in an index which was made without
    is unconfirmed: it is part of the index either way."""
    meta, options = found.table_meta, found.table_options
    key = tuple((column[0], column[1]) for column in meta.schema_of_primary_key)
    own = [name for name, _ in key]
    return Table(
        name=meta.table_name,
        key=key,
        seconds_to_live=options.time_to_live,
        allows_update=options.allow_update is not False,
        max_versions=options.max_version,
        columns=tuple((column[0], column[1]) for column in meta.defined_columns),
        indexes=tuple(
            Index(
                index.index_name,
                tuple(dict.fromkeys([*index.primary_key_names, *own])),
                tuple(index.defined_column_names),
            )
            for index in found.secondary_indexes
        ),
    )
