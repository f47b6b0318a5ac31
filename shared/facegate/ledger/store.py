"""Tablestore through the official SDK, narrowed to the six things the ledger does. Its fake stands beside the tests.

A row is a flat mapping of column to string or integer. A write that lost its connection is in doubt: it is
repeated, and the condition that it carries tells whether the first one was applied.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from msgspec import Struct

from facegate import log
from facegate.credentials import Credentials
from facegate.ledger import tables
from facegate.ledger.errors import LedgerError
from facegate.settings import Endpoint

if TYPE_CHECKING:
    from tablestore import OTSClient

Row = Mapping[str, str | int]
T = TypeVar("T")
SOCKET_TIMEOUT_S = 3
POOL_SIZE = 4
MAX_RETRIES = 3
TRIES = 3


class Page(Struct, frozen=True):
    """`next` continues a listing; None at its end."""

    rows: list[Row]
    next: tuple[int, str] | None


class Store(Protocol):
    """Claims and results. Every method raises LedgerError."""

    def put_new(self, table: str, key: str, row: Row) -> bool:
        """Writes the row if there is none under `key`; False if there is."""

    def put_if_owner(self, table: str, key: str, row: Row, owner: str) -> bool:
        """Replaces the row if its column `owner` is still `owner`; False if not."""

    def delete_if_owner(self, table: str, key: str, owner: str) -> bool:
        """Deletes the row if its column `owner` is still `owner`; False if not."""

    def get(self, table: str, key: str) -> Row | None:
        """The row under `key`."""

    def put(self, table: str, key: str, row: Row) -> None:
        """Writes the row, whatever stood there."""

    def delete(self, table: str, key: str) -> None:
        """Deletes the row under `key`, if any."""

    def scan(self, table: str) -> Iterator[Row]:
        """Every row of the table, with its key. Meant for the small table of failures."""

    def newest_of_user(self, table: str, user: str, limit: int, after: tuple[int, str] | None) -> Page:
        """Results of `user`, newest first, `limit` at most, beginning after the (time, key) of a former page."""


class TablestoreStore(Struct, frozen=True):
    """The Store of a deployment. `keys` maps each table to the name of its primary key. The SDK's client, and with
    it its connections, lives as long as the process.
    """

    endpoint: Endpoint
    instance: str
    region: str
    keys: Mapping[str, str]
    credentials: Callable[[], Credentials]

    def put_new(self, table: str, key: str, row: Row) -> bool:
        from tablestore import Condition, RowExistenceExpectation

        absent = Condition(RowExistenceExpectation.EXPECT_NOT_EXIST)
        return self._write(lambda client: client.put_row(table, self._row(table, key, row), absent))

    def put_if_owner(self, table: str, key: str, row: Row, owner: str) -> bool:
        return self._write(lambda client: client.put_row(table, self._row(table, key, row), self._still(owner)))

    def delete_if_owner(self, table: str, key: str, owner: str) -> bool:
        return self._write(lambda client: client.delete_row(table, self._row(table, key, {}), self._still(owner)))

    def put(self, table: str, key: str, row: Row) -> None:
        from tablestore import Condition, RowExistenceExpectation

        whatever = Condition(RowExistenceExpectation.IGNORE)
        self._write(lambda client: client.put_row(table, self._row(table, key, row), whatever))

    def scan(self, table: str) -> Iterator[Row]:
        from tablestore import INF_MAX, INF_MIN

        name = self.keys[table]
        start: Any = [(name, INF_MIN)]
        while start:

            def read(client: OTSClient, start: Any = start) -> Any:
                return client.get_range(table, "FORWARD", start, [(name, INF_MAX)], max_version=1)

            _, start, found, _ = self._surely(read)
            yield from (_columns(row) for row in found)

    def delete(self, table: str, key: str) -> None:
        from tablestore import Condition, RowExistenceExpectation

        whatever = Condition(RowExistenceExpectation.IGNORE)
        self._write(lambda client: client.delete_row(table, self._row(table, key, {}), whatever))

    def get(self, table: str, key: str) -> Row | None:
        found = self._surely(lambda client: client.get_row(table, self._key(table, key), max_version=1))[1]
        return None if found is None else _columns(found)

    def newest_of_user(self, table: str, user: str, limit: int, after: tuple[int, str] | None) -> Page:
        from tablestore import INF_MAX, INF_MIN

        at, key = after or (INF_MAX, INF_MAX)
        start = [(tables.USER, user), (tables.DECIDED_AT, at), (tables.RESULT_KEY, key)]
        end = [(tables.USER, user), (tables.DECIDED_AT, INF_MIN), (tables.RESULT_KEY, INF_MIN)]
        index = tables.index_of(table)
        # The start is inclusive: a page that continues another reads one row more and drops it.
        wanted = limit + (1 if after else 0)
        _, following, found, _ = self._surely(
            lambda client: client.get_range(index, "BACKWARD", start, end, limit=wanted, max_version=1)
        )
        rows = [_columns(row) for row in found]
        rows = [row for row in rows if after is None or _position(row) != after]
        more = bool(following) or len(rows) > limit  # the row of `after` can be gone by now
        return Page(rows[:limit], _position(rows[:limit][-1]) if rows and more else None)

    def _key(self, table: str, key: str) -> list[tuple[str, str]]:
        return [(self.keys[table], key)]

    def _row(self, table: str, key: str, row: Row) -> Any:
        from tablestore import Row as SdkRow

        return SdkRow(self._key(table, key), list(row.items()))

    @staticmethod
    def _still(owner: str) -> Any:
        from tablestore import ComparatorType, Condition, RowExistenceExpectation, SingleColumnCondition

        # pass_if_missing is True by default, which would let anyone pass on a row without the column.
        owned = SingleColumnCondition("owner", owner, ComparatorType.EQUAL, pass_if_missing=False)
        return Condition(RowExistenceExpectation.EXPECT_EXIST, owned)

    def _write(self, write: Callable[[OTSClient], Any]) -> bool:
        """False when the condition failed."""
        try:
            self._surely(write)
        except _ConditionFailed:
            return False
        return True

    def _surely(self, use: Callable[[OTSClient], T]) -> T:
        """Tries again what is in doubt: a read harms nothing, and a write is kept single by its condition."""
        for _ in range(TRIES - 1):
            try:
                return self._call(use)
            except LedgerError as error:
                if not error.in_doubt:
                    raise
        return self._call(use)

    def _call(self, use: Callable[[OTSClient], T]) -> T:
        log.silence_sdks()
        import urllib3.exceptions
        from tablestore import OTSError, OTSServiceError

        credentials = self.credentials()
        client = _client(self.endpoint.url, self.instance, self.region)
        client.credentials_provider.current = credentials
        try:
            return use(client)
        except OTSServiceError as error:
            if error.get_error_code() == "OTSConditionCheckFail":
                raise _ConditionFailed from None
            in_doubt = error.get_http_status() >= 500
            raise LedgerError(f"Tablestore answered {error.get_error_code()}", in_doubt=in_doubt) from error
        except OTSError as error:
            raise LedgerError("the Tablestore SDK refused the request") from error
        except urllib3.exceptions.HTTPError as error:
            raise LedgerError("Tablestore could not be reached", in_doubt=True) from error


class _ConditionFailed(Exception):
    pass


class _CurrentCredentials:
    """The SDK asks for credentials at every request; an instance serves one invocation at a time."""

    current: Credentials | None = None

    def get_credentials(self) -> Any:
        from tablestore.credentials import Credentials as SdkCredentials

        if self.current is None:
            raise LedgerError("no credentials were set for Tablestore")
        return SdkCredentials(self.current.access_key_id, self.current.access_key_secret, self.current.security_token)


@lru_cache(maxsize=4)
def _client(url: str, instance: str, region: str) -> OTSClient:
    """One client per process and endpoint: it holds the connections."""
    import urllib3
    from tablestore import OTSClient
    from tablestore.retry import DefaultRetryPolicy

    class _BriefRetryPolicy(DefaultRetryPolicy):  # type: ignore[misc]  # the SDK has no types: its classes are Any
        """The default one goes on for up to 50 seconds, longer than a caller waits."""

        max_retry_times = MAX_RETRIES

    from facegate import connections

    timeout = urllib3.Timeout(connect=SOCKET_TIMEOUT_S, read=SOCKET_TIMEOUT_S)
    client = OTSClient(
        url,
        instance_name=instance,
        region=region,
        credentials_provider=_CurrentCredentials(),
        socket_timeout=timeout,
        retry_policy=_BriefRetryPolicy(),
    )
    client.connection.pool = connections.KeptPools(maxsize=POOL_SIZE, block=True, timeout=timeout)
    # A claim that somebody else holds is no error; the SDK would log each as one.
    client.logger.setLevel(logging.CRITICAL)
    return client


def _columns(row: Any) -> Row:
    return {name: value for name, value, *_ in [*row.primary_key, *row.attribute_columns]}


def _position(row: Row) -> tuple[int, str]:
    return int(row[tables.DECIDED_AT]), str(row[tables.RESULT_KEY])
