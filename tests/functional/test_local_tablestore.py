"""The local Tablestore as a process, spoken to by the vendor's SDK over a real socket."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import tablestore as ts
import urllib3
from tablestore.auth import RequestContext
from tablestore.credentials import Credentials
from tablestore.protobuf import table_store_pb2 as pb
from tablestore.retry import NoRetryPolicy

from local.credentials import Account

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT = Account("LTAIlocal", "the-secret")
INSTANCE = "faces"
EXPECT, IS = ts.RowExistenceExpectation, ts.ComparatorType
FREE = ts.ReservedThroughput(ts.CapacityUnit(0, 0))
KEY = [("p", "STRING"), ("n", "INTEGER")]
BY_USER = ts.SecondaryIndexMeta("by_user", ["user"], ["status"])
DEFINED = [("user", "STRING"), ("status", "STRING")]
HOUR_MS, DAY = 3_600_000, 86_400
SIGNATURES = pytest.mark.parametrize("region", [None, "cn-hangzhou"], ids=["V2", "V4"])


class Process:
    """A server on its own folder."""

    def __init__(self, data: Path, *, clock_offset_ms: int = 0) -> None:
        given = {"--port": 0, "--data": data, "--instance": INSTANCE, "--clock-offset-ms": clock_offset_ms}
        given |= {"--access-key-id": ACCOUNT.access_key_id, "--access-key-secret": ACCOUNT.access_key_secret}
        command = [sys.executable, "-m", "local.tablestore", *(str(part) for pair in given.items() for part in pair)]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        word, _, self.url = self.process.stdout.readline().strip().partition(" ")
        assert word == "ready"
        self.clients: list[Any] = []

    def client(self, region: str | None = None, key: Any = None, instance: str = INSTANCE, **options: Any) -> Any:
        given = key or Credentials(ACCOUNT.access_key_id, ACCOUNT.access_key_secret)
        options = {"retry_policy": NoRetryPolicy(), "sts_token": given.get_security_token(), **options}
        names = given.get_access_key_id(), given.get_access_key_secret(), instance
        client = ts.OTSClient(self.url, *names, region=region, **options)
        self.clients.append(client)
        return client

    def end(self, how: int = signal.SIGTERM) -> str:
        """What the server wrote to standard error."""
        for client in self.clients:
            client.connection.pool.clear()
        self.process.send_signal(how)
        errors = self.process.communicate(timeout=20)[1]
        assert isinstance(errors, str)
        return errors


@contextlib.contextmanager
def serving(data: Path, **options: Any) -> Iterator[Process]:
    process = Process(data, **options)
    try:
        yield process
    finally:
        if process.process.poll() is None:
            process.end()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with serving(tmp_path_factory.mktemp("tablestore")) as process:
        yield process


@pytest.fixture
def client(server: Process) -> Iterator[Any]:
    """A client with an empty table `t` and its index."""
    made = server.client()
    create(made)
    yield made
    httpx.delete(f"{server.url}/_control/faults")
    made.delete_table("t")


def create(client: Any, name: str = "t", indexes: Any = (BY_USER,), **options: Any) -> None:
    client.create_table(ts.TableMeta(name, KEY, DEFINED), ts.TableOptions(**options), FREE, list(indexes))


def key(n: Any = 1, p: Any = "a") -> list[Any]:
    return [("p", p), ("n", n)]


def put(client: Any, n: int = 1, *, expect: str = EXPECT.IGNORE, table: str = "t", **columns: Any) -> None:
    client.put_row(table, ts.Row(key(n), list((columns or {"x": 1}).items())), ts.Condition(expect))


def get(client: Any, n: int = 1, table: str = "t") -> Any:
    row = client.get_row(table, key(n))[1]
    return row and {name: value for name, value, _ in row.attribute_columns}


def refusal(call: Any, *arguments: Any, **options: Any) -> tuple[int, str, str]:
    with pytest.raises(ts.OTSServiceError) as refused:
        call(*arguments, **options)
    error = refused.value
    return error.get_http_status(), error.get_error_code(), error.get_error_message()


@SIGNATURES
def test_every_operation_is_served_to_the_sdk(server: Process, region: str | None, client: Any) -> None:
    sdk = server.client(region)
    row = [("d", 2.5), ("b", True), ("i", -(2**63)), ("s", "é\0"), ("x", bytearray(b"\0\xff")), ("user", "u")]
    sdk.put_row("t", ts.Row(key(), row), ts.Condition(EXPECT.EXPECT_NOT_EXIST))
    assert get(sdk) == dict(row)
    sdk.update_row("t", ts.Row(key(), {"PUT": [("s", "t")], "DELETE_ALL": ["x"], "INCREMENT": [("c", 2)]}), None)
    assert get(sdk) == {"d": 2.5, "b": True, "i": -(2**63), "s": "t", "c": 2, "user": "u"}

    batch = ts.BatchWriteRowRequest()
    items = [ts.PutRowItem(ts.Row(key(n), [("x", n)]), ts.Condition(EXPECT.IGNORE)) for n in range(2, 10)]
    batch.add(ts.TableInBatchWriteRowItem("t", items))
    assert sdk.batch_write_row(batch).is_all_succeed()
    wanted = ts.BatchGetRowRequest()
    wanted.add(ts.TableInBatchGetRowItem("t", [key(1), key(99)], ["c"], None, 1))
    found = sdk.batch_get_row(wanted).get_result_by_table("t")
    assert [item.row and item.row.primary_key for item in found] == [key(1), None]

    rows = sdk.xget_range("t", "BACKWARD", key(ts.INF_MAX), key(ts.INF_MIN), ts.CapacityUnit(), count=7)
    assert [row.primary_key for row in rows] == [key(n) for n in range(9, 2, -1)]
    start, end = ([("user", "u"), *key(at, at)] for at in (ts.INF_MIN, ts.INF_MAX))
    assert [row.primary_key for row in sdk.get_range("by_user", "FORWARD", start, end)[2]] == [[("user", "u"), *key()]]
    sdk.delete_row("t", ts.Row(key()), ts.Condition(EXPECT.EXPECT_EXIST))
    assert get(sdk) is None

    sdk.update_table("t", ts.TableOptions(-1, 1, DAY, False))
    assert sdk.describe_table("t").table_options.allow_update is False
    sdk.delete_secondary_index("t", "by_user")
    sdk.create_secondary_index("t", BY_USER, True)
    assert sdk.list_table() == ("by_user", "t")


def test_the_asynchronous_client_is_served_too(server: Process, client: Any) -> None:
    async def talk() -> Any:
        names = ACCOUNT.access_key_id, ACCOUNT.access_key_secret, INSTANCE
        async with ts.AsyncOTSClient(server.url, *names, region="cn-hangzhou") as sdk:
            await sdk.put_row("t", ts.Row(key(), [("x", 1)]), ts.Condition(EXPECT.IGNORE))
            return (await sdk.get_row("t", key()))[1].attribute_columns[0][:2]

    assert asyncio.run(talk()) == ("x", 1)


def test_of_25_concurrent_first_writers_exactly_one_wins(server: Process, client: Any) -> None:
    def write(writer: int) -> str:
        with contextlib.suppress(ts.OTSServiceError):
            put(sdk, expect=EXPECT.EXPECT_NOT_EXIST, owner=writer)
            return f"{writer} won"
        return "lost"

    sdk = server.client()
    with ThreadPoolExecutor(25) as pool:
        outcomes = list(pool.map(write, range(25)))
    assert outcomes.count("lost") == 24
    assert f"{get(client)['owner']} won" in outcomes


def test_concurrent_increments_all_count(server: Process, client: Any) -> None:
    def add(_: int) -> None:
        sdk.update_row("t", ts.Row(key(), {"INCREMENT": [("count", 1)]}), None)

    sdk = server.client()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(40)))
    assert get(client) == {"count": 40}


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_acknowledged_writes_survive_however_the_server_ends(tmp_path: Path, how: signal.Signals) -> None:
    with serving(tmp_path) as first:
        create(first.client())
        for n in range(20):
            put(first.client(), n, user="u", x=n)
        first.end(how)
    with serving(tmp_path) as second:
        again = second.client()
        assert [get(again, n) for n in range(20)] == [{"user": "u", "x": n} for n in range(20)]
        start, end = ([("user", "u"), *key(at, at)] for at in (ts.INF_MIN, ts.INF_MAX))
        assert len(again.get_range("by_user", "FORWARD", start, end)[2]) == 20
        assert refusal(create, again)[:2] == (409, "OTSObjectAlreadyExist")


def test_a_server_a_day_later_finds_expired_rows_gone_and_still_takes_requests_of_now(tmp_path: Path) -> None:
    with serving(tmp_path) as today:
        create(today.client(), time_to_live=DAY, allow_update=False)
        put(today.client(), user="u")
    with serving(tmp_path, clock_offset_ms=23 * HOUR_MS) as later:
        assert get(later.client()) == {"user": "u"}
    with serving(tmp_path, clock_offset_ms=25 * HOUR_MS) as tomorrow:
        sdk = tomorrow.client()
        assert get(sdk) is None
        assert sdk.get_row("by_user", [("user", "u"), *key()])[1] is None
        put(sdk, expect=EXPECT.EXPECT_NOT_EXIST)


@SIGNATURES
def test_keys_that_are_not_the_account_s_are_refused(server: Process, region: str | None) -> None:
    wrong = Credentials(ACCOUNT.access_key_id, "wrong")
    assert refusal(server.client(region, wrong).list_table) == (403, "OTSAuthFailed", "Signature mismatch.")
    stranger = Credentials("LTAIstranger", "wrong")
    refused = (403, "OTSAuthFailed", "The AccessKeyID does not exist.")
    assert refusal(server.client(region, stranger).list_table) == refused
    refused = (403, "OTSAuthFailed", "The instance is not found.")
    assert refusal(server.client(region, instance="other").list_table) == refused


@SIGNATURES
def test_temporary_keys_work_until_they_expire_and_with_their_own_token_only(
    server: Process, region: str | None
) -> None:
    good, old = ACCOUNT.issue(int(time.time()) + 3600), ACCOUNT.issue(int(time.time()) - 1)

    def client(key_: Any, token: Any) -> Any:
        return server.client(region, Credentials(key_.access_key_id, key_.access_key_secret, token))

    client(good, good.security_token).list_table()
    for refused in (client(old, old.security_token), client(good, old.security_token), client(good, None)):
        assert refusal(refused.list_table)[:2] == (403, "OTSAuthFailed")


def signed(client: Any, api: str, *arguments: Any) -> tuple[str, dict[str, str], bytes]:
    context = RequestContext(client.credentials_provider.get_credentials())
    path, headers, body = client.protocol.make_request(api, client._signer, context, *arguments)
    return path, headers, body


def send(
    server: Process, path: str, headers: dict[str, str], body: bytes, method: str = "POST"
) -> tuple[int, str, str]:
    answer = httpx.request(method, server.url + path, headers=headers, content=body)
    error = pb.Error.FromString(answer.content)
    return answer.status_code, error.code, error.message


@SIGNATURES
def test_a_request_changed_on_its_way_is_refused(server: Process, region: str | None) -> None:
    path, headers, body = signed(server.client(region), "DescribeTable", "results")
    other = body.replace(b"results", b"resultz")
    digest = base64.b64encode(hashlib.md5(other).digest()).decode()  # noqa: S324
    assert send(server, path, headers, body)[1] == "OTSObjectNotExist"
    assert send(server, path, headers, other)[:2] == (403, "OTSAuthFailed")
    mismatch = (403, "OTSAuthFailed", "Signature mismatch.")
    assert send(server, path, headers | {"x-ots-contentmd5": digest}, other) == mismatch
    assert send(server, path, headers | {"x-ots-apiversion": "2015-12-30"}, body) == mismatch
    assert send(server, "/DeleteTable", headers, body) == mismatch


def test_requests_that_are_none_are_answered_in_protobuf(server: Process) -> None:
    path, headers, body = signed(server.client(), "ListTable")
    search = signed(server.client(), "StartLocalTransaction", "t", key())
    assert send(server, *search) == (400, "OTSUnsupportOperation", "Unsupported operation: 'StartLocalTransaction'.")
    assert send(server, path, {}, body)[:2] == (400, "OTSMissingHeader")
    assert send(server, path, headers, body, "PUT")[:2] == (405, "OTSMethodNotAllowed")
    assert send(server, "/", {}, b"", "GET")[:2] == (405, "OTSMethodNotAllowed")
    _, headers, body = signed(server.client(), "DescribeTable", "t")
    short = body[:-1]
    headers["x-ots-contentmd5"] = base64.b64encode(hashlib.md5(short).digest()).decode()  # noqa: S324
    del headers["x-ots-signature"]
    sdk = server.client()
    context = RequestContext(sdk.credentials_provider.get_credentials())
    sdk._signer.make_request_signature_and_add_headers("/DescribeTable", headers, context)
    refused = (400, "OTSParameterInvalid", "Failed to parse the ProtoBuf message.")
    assert send(server, "/DescribeTable", headers, short) == refused


def test_a_body_over_five_megabytes_is_refused_and_the_connection_goes_on(client: Any) -> None:
    columns = {f"c{n}": "x" * (2 * 1024 * 1024 - 1) for n in range(3)}
    refused = (413, "OTSRequestBodyTooLarge", "The size of POST data is too large.")
    assert refusal(put, client, **columns) == refused
    columns.pop("c0")
    assert refusal(put, client, **columns, c3="x" * 4096)[:2] == (400, "OTSParameterInvalid")
    put(client)


def order(server: Process, **fault: Any) -> int:
    return httpx.post(f"{server.url}/_control/faults", json=fault).status_code


@pytest.mark.parametrize(
    ("fault", "refused"),
    [
        ("server-busy", (503, "OTSServerBusy", "Server is busy.")),
        ("internal-error", (500, "OTSInternalServerError", "Internal server error.")),
    ],
)
def test_ordered_errors_come_as_often_as_ordered_for_their_table_only(
    server: Process, client: Any, fault: str, refused: Any
) -> None:
    assert order(server, api="PutRow", fault=fault, table="t", times=2) == 204
    assert order(server, api="PutRow", fault=fault, table="another") == 204
    assert [refusal(put, client), refusal(put, client)] == [refused, refused]
    assert get(client) is None
    put(client)
    left = httpx.get(f"{server.url}/_control/faults").json()
    assert left == [{"api": "PutRow", "fault": fault, "table": "another", "times": 1}]
    assert order(server, api="PutRow", fault=fault, times=9) == 204
    assert httpx.delete(f"{server.url}/_control/faults").status_code == 204
    put(client)


@pytest.mark.parametrize(
    ("fault", "applied", "words"),
    [
        ("reset", False, "Connection reset by peer"),
        ("hang-before", False, "Read timed out"),
        ("hang-after", True, "Read timed out"),
    ],
)
def test_a_write_without_an_answer_may_or_may_not_be_applied(
    server: Process, client: Any, fault: str, applied: bool, words: str
) -> None:
    assert order(server, api="PutRow", fault=fault) == 204
    with pytest.raises(urllib3.exceptions.HTTPError, match=words):
        put(server.client(socket_timeout=0.3))
    assert (get(client) is not None) == applied
    put(client)


@pytest.mark.parametrize(
    "fault",
    [
        {},
        {"api": "PutRow", "fault": "none"},
        {"api": "NoSuch", "fault": "reset"},
        {"api": "PutRow", "fault": "reset", "times": 0},
        {"api": "PutRow", "fault": "reset", "tables": "t"},
    ],
)
def test_a_fault_that_is_none_is_refused_in_words(server: Process, fault: dict[str, Any]) -> None:
    answer = httpx.post(f"{server.url}/_control/faults", json=fault)
    assert (answer.status_code, bool(answer.json()["error"])) == (400, True)


def test_calls_are_counted_by_api(server: Process, client: Any) -> None:
    def count() -> int:
        calls: dict[str, int] = httpx.get(f"{server.url}/_control/calls").json()
        return calls.get("PutRow", 0)

    before = count()
    order(server, api="PutRow", fault="server-busy")
    assert refusal(put, client)[0] == 503
    put(client)
    assert count() == before + 2


def test_a_failure_of_the_server_itself_is_told_and_logged_in_one_line(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        sdk = server.client()
        create(sdk)
        with contextlib.closing(sqlite3.connect(tmp_path / "tablestore.sqlite3")) as file:
            file.execute("DROP TABLE rows")
        assert refusal(put, sdk) == (500, "OTSInternalServerError", "Internal server error.")
        assert sdk.list_table() == ("by_user", "t")
        assert server.end().splitlines() == ["/PutRow failed: OperationalError"]
