"""Results that are in the table already, so that rows can tell what their number changes."""

from __future__ import annotations

import time

from tablestore import (
    BatchWriteRowRequest,
    Condition,
    OTSClient,
    PutRowItem,
    Row,
    RowExistenceExpectation,
    TableInBatchWriteRowItem,
)

from benchmarks.deployments import USER_ID_KEY
from benchmarks.probes.decision import decision_record
from benchmarks.services import Services
from facegate.ledger import tables
from facegate.ledger.records import to_json
from facegate.users import UserIds
from local import deployment

USER = "raw-user-event@example.com"
"""Of events/results.http.user.json; every tenth result is this user's."""

CLAIMS, RESULTS = "facegate_claims", "facegate_results"
_AT_ONCE = 100
_EVERY = 10


def biz_id(number: int) -> str:
    return f"{number:032x}"


def store(services: Services, first: int, last: int) -> None:
    """Claims and results of requests with the numbers from `first` up to, not including, `last`."""
    account = services.account
    client = OTSClient(
        services.tablestore, account.access_key_id, account.access_key_secret, deployment.TABLESTORE_INSTANCE
    )
    user = UserIds(USER_ID_KEY.encode()).pseudonym(USER)
    for begin in range(first, last, _AT_ONCE):
        numbers = range(begin, min(begin + _AT_ONCE, last))
        request = BatchWriteRowRequest()
        request.add(TableInBatchWriteRowItem(CLAIMS, [_claim(number) for number in numbers]))
        request.add(TableInBatchWriteRowItem(RESULTS, [_result(number, user) for number in numbers]))
        client.batch_write_row(request)


def _claim(number: int) -> PutRowItem:
    now = int(time.time() * 1000)
    columns: list[tuple[str, str | int]] = [
        ("owner", "0" * 16),
        ("fingerprint", "0" * 64),
        ("started_at_ms", now),
        ("expires_at", now),
    ]
    return _put(tables.CLAIM_KEY, number, columns)


def _result(number: int, user: str) -> PutRowItem:
    record = decision_record(biz_id(number))
    columns: list[tuple[str, str | int]] = [
        (tables.DECIDED_AT, record.decided_at_ms + number),
        (tables.RECORD, to_json(record)),
    ]
    if number % _EVERY == 0:
        columns.append((tables.USER, user))
    return _put(tables.RESULT_KEY, number, columns)


def _put(key: str, number: int, columns: list[tuple[str, str | int]]) -> PutRowItem:
    row = Row([(key, tables.key_of(biz_id(number)))], columns)
    return PutRowItem(row, Condition(RowExistenceExpectation.IGNORE))
