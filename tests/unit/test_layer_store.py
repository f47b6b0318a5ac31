"""The Store over the official SDK: what it asks of the client, and what it makes of the client's failures."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import tablestore as ts
import urllib3.exceptions

from facegate.credentials import Credentials
from facegate.ledger import store as module
from facegate.ledger import tables
from facegate.ledger.errors import LedgerError
from facegate.ledger.store import TRIES, Page, TablestoreStore
from facegate.settings import Endpoint

USER = "u" * 32
CONNECTION_LOST = urllib3.exceptions.ProtocolError("reset while sending to https://instance?secret")
CONDITION_FAILED = ts.OTSServiceError(403, "OTSConditionCheckFail", "Condition check failed.", "request-1")
BUSY = ts.OTSServiceError(503, "OTSServerBusy", "busy: https://instance?secret", "request-2")
FORBIDDEN = ts.OTSServiceError(403, "OTSAuthFailed", "key LTAI1234 is wrong", "request-3")
CLIENT_ERROR = ts.OTSClientError("bad value: ada@example.com")


class FakeClient:
    """The SDK's client: takes its calls down, and answers or raises what the script says."""

    def __init__(self, *script: Any) -> None:
        self.script = list(script)
        self.calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
        self.keys: list[str] = []
        self.credentials_provider = SimpleNamespace(current=None)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            self.calls.append((name, arguments, options))
            self.keys.append(self.credentials_provider.current.access_key_id)
            assert self.script, f"{name} was called once more than the test foresees"
            told = self.script.pop(0)
            if isinstance(told, Exception):
                raise told
            return told

        return call


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[TablestoreStore, FakeClient]]:
    def open_(*script: Any) -> tuple[TablestoreStore, FakeClient]:
        client = FakeClient(*script)
        monkeypatch.setattr(module, "_client", lambda *_: client)
        keys = iter(f"key-{number}" for number in range(1, 100))
        store = TablestoreStore(
            endpoint=Endpoint("https", "instance.example.com"),
            instance="instance",
            region="ap-southeast-1",
            keys={"claims": tables.CLAIM_KEY, "results": tables.RESULT_KEY},
            credentials=lambda: Credentials(next(keys), "secret"),
        )
        return store, client

    return open_


def index_row(number: int) -> Any:
    key = [(tables.USER, USER), (tables.DECIDED_AT, number), (tables.RESULT_KEY, f"k{number}")]
    return SimpleNamespace(primary_key=key, attribute_columns=[(tables.RECORD, f"r{number}", 123)])


WRITES: dict[str, Callable[[TablestoreStore], bool]] = {
    "put_new": lambda store: store.put_new("claims", "k", {"owner": "me", "n": 1}),
    "put_if_owner": lambda store: store.put_if_owner("claims", "k", {"owner": "me"}, "me"),
    "delete_if_owner": lambda store: store.delete_if_owner("claims", "k", "me"),
}


def test_a_new_row_is_put_only_where_there_is_none(opened: Any) -> None:
    store, client = opened((None, None))
    assert WRITES["put_new"](store)
    ((name, (table, row, condition), _),) = client.calls
    assert (name, table, row.primary_key) == ("put_row", "claims", [("claim_key", "k")])
    assert row.attribute_columns == [("owner", "me"), ("n", 1)]
    assert condition.row_existence_expectation == ts.RowExistenceExpectation.EXPECT_NOT_EXIST


@pytest.mark.parametrize(("write", "method"), [("put_if_owner", "put_row"), ("delete_if_owner", "delete_row")])
def test_an_owned_row_is_changed_only_by_its_owner_and_never_without_the_column(
    opened: Any, write: str, method: str
) -> None:
    store, client = opened((None, None))
    assert WRITES[write](store)
    ((name, (_, _, condition), _),) = client.calls
    assert name == method
    assert condition.row_existence_expectation == ts.RowExistenceExpectation.EXPECT_EXIST
    column = condition.column_condition
    assert (column.column_name, column.column_value, column.pass_if_missing) == ("owner", "me", False)
    assert column.comparator == ts.ComparatorType.EQUAL


@pytest.mark.parametrize("write", WRITES)
def test_a_broken_condition_is_no_error(opened: Any, write: str) -> None:
    store, client = opened(CONDITION_FAILED)
    assert WRITES[write](store) is False
    assert len(client.calls) == 1


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("lost", [CONNECTION_LOST, BUSY], ids=["connection lost", "busy"])
def test_a_write_in_doubt_is_repeated_and_its_condition_tells_what_became_of_it(
    opened: Any, write: str, lost: Exception
) -> None:
    store, client = opened(lost, CONDITION_FAILED)
    assert WRITES[write](store) is False
    assert len(client.calls) == 2
    store, client = opened(lost, lost, (None, None))
    assert WRITES[write](store) is True


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize(
    ("error", "tries", "in_doubt"),
    [(CONNECTION_LOST, TRIES, True), (BUSY, TRIES, True), (FORBIDDEN, 1, False), (CLIENT_ERROR, 1, False)],
)
def test_a_table_that_stays_broken_is_a_typed_error_without_the_sdks_text(
    opened: Any, write: str, error: Exception, tries: int, in_doubt: bool
) -> None:
    store, client = opened(*[error] * tries)
    with pytest.raises(LedgerError) as failed:
        WRITES[write](store)
    assert len(client.calls) == tries
    assert failed.value.in_doubt is in_doubt
    assert (failed.value.http_status, failed.value.retry_after) == (503, 1)
    for hidden in ("secret", "LTAI", "ada@"):
        assert hidden not in failed.value.message


def test_every_try_uses_the_credentials_of_the_moment(opened: Any) -> None:
    store, client = opened(CONNECTION_LOST, (None, None), (None, None))
    store.delete("results", "k")
    store.delete("results", "k")
    assert client.keys == ["key-1", "key-2", "key-3"]


def test_a_row_is_read_as_a_flat_mapping(opened: Any) -> None:
    row = SimpleNamespace(primary_key=[("result_key", "k")], attribute_columns=[("record", "{}", 1), ("n", 2, 1)])
    store, client = opened((None, row, None), (None, None, None))
    assert store.get("results", "k") == {"result_key": "k", "record": "{}", "n": 2}
    assert store.get("results", "k") is None
    assert client.calls[0][1] == ("results", [("result_key", "k")])


@pytest.mark.parametrize(
    ("after", "found", "following", "limit_asked", "expected", "position"),
    [
        (None, [3, 2], [("next", 1)], 2, [3, 2], (2, "k2")),
        (None, [3, 2], None, 2, [3, 2], None),
        (None, [], None, 2, [], None),
        ((2, "k2"), [2, 1], None, 3, [1], None),
        ((2, "k2"), [2, 1, 0], [("next", 1)], 3, [1, 0], (0, "k0")),
        ((2, "k2"), [1, 0], None, 3, [1, 0], None),  # the row of `after` is gone by now
        ((4, "k4"), [3, 2, 1], None, 3, [3, 2], (2, "k2")),  # gone as well, and a row more than the page holds
        ((4, "k4"), [3, 2, 1], [("next", 1)], 3, [3, 2], (2, "k2")),
    ],
)
def test_a_page_loses_no_row_even_if_the_one_before_it_was_deleted(
    opened: Any,
    after: tuple[int, str] | None,
    found: list[int],
    following: object,
    limit_asked: int,
    expected: list[int],
    position: tuple[int, str] | None,
) -> None:
    store, client = opened((None, following, [index_row(number) for number in found], None))
    page: Page = store.newest_of_user("results", USER, 2, after)
    assert [row[tables.DECIDED_AT] for row in page.rows] == expected
    assert page.next == position
    ((name, (index, direction, start, end), options),) = client.calls
    assert (name, index, direction, options["limit"]) == ("get_range", "results_by_user", "BACKWARD", limit_asked)
    assert start[0] == end[0] == (tables.USER, USER)
    assert start[1:] == [(tables.DECIDED_AT, after[0]), (tables.RESULT_KEY, after[1])] if after else True
