"""Decision records: written once, read by id or by user, and the same again after the table."""

from __future__ import annotations

import msgspec
import pytest

from facegate.ledger import tables
from facegate.ledger.errors import LedgerError
from facegate.ledger.records import from_json, to_json
from facegate.ledger.results import MAX_PAGE, Results
from tests.fakes import MemoryStore
from tests.unit import layer_samples as samples


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def results(store: MemoryStore) -> Results:
    return Results(store, "results")


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"user": None, "scores": {}, "answer": None, "pictures": {}, "request_id": None, "transaction_id": None},
        {"threshold": 80.01, "scores": {"SimilarityScore": 0.1 + 0.2}},
        {"answer": {"FaceRegistrationResult": 1, "ExtFaceInfo": {"FaceAttributeInfo": [None, True, "中"]}}},
    ],
    ids=str,
)
def test_a_record_comes_back_as_it_was(results: Results, changes: dict[str, object]) -> None:
    record = samples.record(**changes)
    assert from_json(to_json(record)) == record
    results.write_once(record)
    assert results.find(record.merchant_biz_id) == record


def test_a_record_of_an_older_release_can_be_read() -> None:
    stored = msgspec.json.decode(to_json(samples.record()))
    least = {name: value for name, value in stored.items() if name not in ("pictures", "scores", "transaction_id")}
    assert from_json(msgspec.json.encode({**least, "since_dropped": 1}).decode()).merchant_biz_id == samples.BIZ_ID


def test_the_first_decision_stays_and_the_second_writer_gets_it(results: Results) -> None:
    first = results.write_once(samples.record())
    assert results.write_once(samples.record(outcome="failed", attempts=2)) == first
    assert results.find(samples.BIZ_ID) == first


def test_a_record_whose_answer_was_lost_is_the_own_one(store: MemoryStore, results: Results) -> None:
    store.lose_answer("put_new")
    assert results.write_once(samples.record()) == samples.record()


def test_a_failing_table_is_a_typed_error(store: MemoryStore, results: Results) -> None:
    store.fail("put_new", in_doubt=True, applied=True)
    with pytest.raises(LedgerError) as failed:
        results.write_once(samples.record())
    assert failed.value.in_doubt
    assert results.find(samples.BIZ_ID) == samples.record()


def test_keys_do_not_follow_the_order_of_the_callers_ids() -> None:
    keys = [tables.key_of(f"order{number:04}") for number in range(50)]
    assert keys != sorted(keys)
    assert all(len(key) == 32 for key in keys)


def test_only_records_of_a_user_are_indexed_by_user(store: MemoryStore, results: Results) -> None:
    results.write_once(samples.record(user=None))
    (row,) = store.rows.values()
    assert tables.USER not in row


def test_a_users_records_come_newest_first_and_in_pages(results: Results) -> None:
    for number in range(5):
        results.write_once(samples.record(merchant_biz_id=f"biz{number}", decided_at_ms=1_000 + number))
    results.write_once(samples.record(merchant_biz_id="other", user="somebody-else"))
    seen, after = [], None
    for _ in range(3):
        page = results.of_user(samples.PSEUDONYM, 2, after)
        seen.append([record.merchant_biz_id for record in page.records])
        after = page.next
    assert seen == [["biz4", "biz3"], ["biz2", "biz1"], ["biz0"]]
    assert after is None


def test_records_of_one_millisecond_are_neither_lost_nor_repeated(results: Results) -> None:
    for number in range(5):
        results.write_once(samples.record(merchant_biz_id=f"biz{number}", decided_at_ms=1_000))
    seen: list[str] = []
    after = None
    for _ in range(5):
        page = results.of_user(samples.PSEUDONYM, 1, after)
        seen += [record.merchant_biz_id for record in page.records]
        after = page.next
    assert sorted(seen) == [f"biz{number}" for number in range(5)]


def test_a_page_has_a_limit_whatever_is_asked(results: Results) -> None:
    for number in range(MAX_PAGE + 1):
        results.write_once(samples.record(merchant_biz_id=f"biz{number}"))
    assert len(results.of_user(samples.PSEUDONYM, 10_000, None).records) == MAX_PAGE
