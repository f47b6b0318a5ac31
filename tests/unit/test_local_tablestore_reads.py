"""Ranges, batches, projections, indexes and expiry in the local Tablestore."""

from __future__ import annotations

from typing import Any

import pytest
import tablestore as ts
from local_tablestore_memory import Memory, both, single

IS, EXPECT, MIX = ts.ComparatorType, ts.RowExistenceExpectation, ts.LogicalOperator
LOW, HIGH = ts.INF_MIN, ts.INF_MAX
DAY, HOUR_MS = 86_400, 3_600_000
KEY = [("p", "STRING"), ("n", "INTEGER")]
BY_USER = ts.SecondaryIndexMeta("by_user", ["user", "n"], ["status"])


def key(p: Any, n: Any) -> list[Any]:
    return [("p", p), ("n", n)]


def keys(rows: list[Any]) -> list[tuple[Any, ...]]:
    return [tuple(value for _, value in row.primary_key) for row in rows]


@pytest.fixture
def memory() -> Memory:
    """Rows (a,-1) (a,0) (a,1) (b,0) (é,0)."""
    made = Memory()
    made.create("t", KEY)
    for p, n in (("é", 0), ("a", 1), ("b", 0), ("a", -1), ("a", 0)):
        made.put(key(p, n), [("x", n), ("y", p)])
    return made


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        ((LOW, LOW), (HIGH, HIGH), [("a", -1), ("a", 0), ("a", 1), ("b", 0), ("é", 0)]),
        (("a", LOW), ("a", HIGH), [("a", -1), ("a", 0), ("a", 1)]),
        (("a", 0), ("a", 1), [("a", 0)]),
        (("a", 0), ("b", 0), [("a", 0), ("a", 1)]),
        (("a", HIGH), ("b", HIGH), [("b", 0)]),
        (("aa", LOW), ("b", LOW), []),
        (("c", LOW), (HIGH, LOW), [("é", 0)]),
    ],
)
def test_a_range_includes_its_start_and_excludes_its_end(memory: Memory, start: Any, end: Any, found: Any) -> None:
    rows, following = memory.page(key(*start), key(*end))
    assert (keys(rows), following) == (found, None)


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        ((HIGH, HIGH), (LOW, LOW), [("é", 0), ("b", 0), ("a", 1), ("a", 0), ("a", -1)]),
        (("a", 1), ("a", -1), [("a", 1), ("a", 0)]),
        (("b", LOW), ("a", 0), [("a", 1)]),
    ],
)
def test_backwards_the_start_is_the_higher_end(memory: Memory, start: Any, end: Any, found: Any) -> None:
    rows, following = memory.page(key(*start), key(*end), direction="BACKWARD")
    assert (keys(rows), following) == (found, None)


@pytest.mark.parametrize("direction", ["FORWARD", "BACKWARD"])
@pytest.mark.parametrize("limit", [1, 2, 5, 6])
def test_pages_follow_on_without_a_gap_or_a_row_twice(memory: Memory, direction: str, limit: int) -> None:
    bounds = [key(LOW, LOW), key(HIGH, HIGH)]
    start, end = bounds if direction == "FORWARD" else reversed(bounds)
    found: list[Any] = []
    pages = 0
    while start:
        rows, start = memory.page(start, end, direction=direction, limit=limit)
        assert len(rows) <= limit
        found += keys(rows)
        pages += 1
    assert sorted(found) == [("a", -1), ("a", 0), ("a", 1), ("b", 0), ("é", 0)]
    assert pages == -(-5 // limit)


def test_a_page_ends_at_five_thousand_rows_filtered_ones_included() -> None:
    memory = Memory()
    memory.create("t", KEY)
    for n in range(5001):
        memory.put(key("a", n), [("x", n)])
    rows, following = memory.page(key("a", LOW), key("a", HIGH))
    assert (len(rows), following) == (5000, key("a", 5000))
    rows, following = memory.page(key("a", LOW), key("a", HIGH), condition=single("x", 5000, IS.EQUAL))
    assert (rows, following) == ([], key("a", 5000))
    rows, following = memory.page(following, key("a", HIGH), condition=single("x", 5000, IS.EQUAL))
    assert (keys(rows), following) == ([("a", 5000)], None)


def test_a_page_ends_before_four_megabytes() -> None:
    memory = Memory()
    memory.create("t", KEY)
    for n in range(3):
        memory.put(key("a", n), [("x", "v" * 1_900_000)])
    rows, following = memory.page(key("a", LOW), key("a", HIGH), columns=["x"])
    assert (keys(rows), following) == ([("a", 0), ("a", 1)], key("a", 2))


@pytest.mark.parametrize(
    ("start", "end", "options", "message"),
    [
        ((HIGH, HIGH), (LOW, LOW), {}, "Begin key must less than end key in FORWARD"),
        (("a", 0), ("a", 0), {}, "Begin key must less than end key in FORWARD"),
        ((LOW, LOW), (HIGH, HIGH), {"direction": "BACKWARD"}, "Begin key must more than end key in BACKWARD"),
        ((LOW, LOW), (HIGH, HIGH), {"limit": 0}, "The limit must be greater than 0."),
        ((LOW, LOW), (HIGH, HIGH), {"limit": -1}, "The limit must be greater than 0."),
        ((LOW, LOW), (HIGH, HIGH), {"columns": ["c"] * 129}, "limit count: 128, column count: 129."),
    ],
)
def test_a_range_that_makes_no_sense_is_refused(
    memory: Memory, start: Any, end: Any, options: Any, message: str
) -> None:
    columns, limit, direction = (options.get(name) for name in ("columns", "limit", "direction"))
    arguments = ("t", direction or "FORWARD", key(*start), key(*end), columns, limit, None, 1, *[None] * 5)
    code, words = memory.refusal("GetRange", *arguments)
    assert (code, message in words) == ("OTSParameterInvalid", True)


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        (None, {"x": 1, "y": "a"}),
        (["x"], {"x": 1}),
        (["x", "none"], {"x": 1}),
        (["p"], {}),
        (["none"], None),
    ],
)
def test_a_row_without_any_column_asked_for_is_not_returned(memory: Memory, columns: Any, found: Any) -> None:
    assert memory.get(key("a", 1), columns=columns) == found
    rows, _ = memory.page(key("a", 1), key("a", 2), columns=columns)
    assert len(rows) == (found is not None)


def test_a_filter_does_not_see_a_column_that_was_not_asked_for(memory: Memory) -> None:
    y_is_a = single("y", "a", IS.EQUAL, False)
    assert memory.get(key("a", 1), columns=["x", "y"], condition=y_is_a) == {"x": 1, "y": "a"}
    assert memory.get(key("a", 1), columns=["x"], condition=y_is_a) is None


def test_a_filter_picks_rows_of_a_range(memory: Memory) -> None:
    condition = both(MIX.AND, single("x", 0, IS.EQUAL), single("y", "b", IS.GREATER_EQUAL))
    rows, _ = memory.page(key(LOW, LOW), key(HIGH, HIGH), condition=condition)
    assert keys(rows) == [("b", 0), ("é", 0)]


@pytest.mark.parametrize(
    ("versions", "time_range", "found"),
    [(None, (0, 1), None), (None, (0, 2**60), 2), (1, (5, 2**60), 2), (None, 1_800_000_000_000, 2), (None, 7, None)],
)
def test_a_time_range_picks_cells_by_timestamp(memory: Memory, versions: Any, time_range: Any, found: Any) -> None:
    row = memory.call("GetRow", "t", key("a", 1), None, None, versions, time_range, None, None, None, None)[1]
    assert (len(row.attribute_columns) if row else None) == found


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([None, None, None, None, None, None], "No version condition is specified while querying row."),
        ([0, None, None, None, None, None], "Invalid max versions: 0. Reason: Max versions must be positive."),
        ([1, None, "x", None, None, None], "no start_column, end_column or token"),
        ([1, None, None, None, b"t", None], "no start_column, end_column or token"),
        ([1, None, None, None, None, "tx"], "explicit-transaction-disabled table"),
    ],
)
def test_a_read_that_breaks_a_rule_is_refused_in_words(memory: Memory, arguments: Any, message: str) -> None:
    code, words = memory.refusal("GetRow", "t", key("a", 1), None, None, *arguments)
    assert (code, message in words) == ("OTSParameterInvalid", True)


def test_an_unknown_table_is_told() -> None:
    missing = ("OTSObjectNotExist", "Requested table does not exist.")
    assert Memory().refusal("GetRow", "t", key("a", 1), None, None, 1, *[None] * 5) == missing
    assert Memory().refusal("PutRow", "t", ts.Row(key("a", 1), [("x", 1)]), None, None, None) == missing


def results(**options: Any) -> Memory:
    memory = Memory()
    memory.create("t", KEY, [("user", "STRING"), ("status", "STRING")], ts.TableOptions(**options), [BY_USER])
    return memory


def by_user(memory: Memory, user: Any = LOW, to: Any = HIGH) -> list[Any]:
    start, end = ([("user", user), ("n", at), ("p", at)] for at in (LOW, HIGH))
    end[0] = ("user", to)
    return memory.page(start, end, "by_user")[0]


def test_an_index_shows_rows_in_its_own_order_with_its_own_columns() -> None:
    memory = results()
    for p, n, user in (("z", 2, "u"), ("y", 1, "u"), ("x", 1, "v"), ("w", 1, "u")):
        memory.put(key(p, n), [("user", user), ("status", "ok"), ("score", 1)])
    assert keys(by_user(memory)) == [("u", 1, "w"), ("u", 1, "y"), ("u", 2, "z"), ("v", 1, "x")]
    assert keys(by_user(memory, "u", "u")) == [("u", 1, "w"), ("u", 1, "y"), ("u", 2, "z")]
    row = by_user(memory)[0]
    assert [name for name, _ in row.primary_key] == ["user", "n", "p"]
    assert row.attribute_columns == [("status", "ok", memory.now_ms)]
    assert memory.get(row.primary_key, "by_user") == {"status": "ok"}


def test_a_row_is_in_an_index_only_with_the_indexed_column() -> None:
    memory = results()
    memory.put(key("a", 1), [("status", "ok")])
    assert by_user(memory) == []
    memory.update(key("a", 1), {"PUT": [("user", "u")]})
    assert keys(by_user(memory)) == [("u", 1, "a")]
    memory.update(key("a", 1), {"PUT": [("user", "v")]})
    assert keys(by_user(memory)) == [("v", 1, "a")]
    memory.update(key("a", 1), {"DELETE_ALL": ["user"]})
    assert by_user(memory) == []
    memory.put(key("a", 1), [("user", "u")])
    memory.delete(key("a", 1))
    assert by_user(memory) == []


def test_an_index_pages_by_its_own_key() -> None:
    memory = results()
    for n in range(3):
        memory.put(key("a", n), [("user", "u")])
    start, end = ([("user", at), ("n", at), ("p", at)] for at in (LOW, HIGH))
    rows, following = memory.page(start, end, "by_user", limit=2)
    assert (keys(rows), following) == ([("u", 0, "a"), ("u", 1, "a")], [("user", "u"), ("n", 2), ("p", "a")])


@pytest.mark.parametrize(("hours", "alive"), [(0, True), (23.99, True), (24, False), (500, False)])
def test_rows_outlive_their_ttl_nowhere(hours: float, alive: bool) -> None:
    memory = results(time_to_live=DAY, allow_update=False)
    memory.put(key("a", 1), [("user", "u"), ("status", "ok")])
    memory.now_ms += int(hours * HOUR_MS)
    assert (memory.get(key("a", 1)) is not None) == alive
    assert len(memory.page(key(LOW, LOW), key(HIGH, HIGH))[0]) == alive
    assert len(by_user(memory)) == alive
    put = ("PutRow", "t", ts.Row(key("a", 1), [("user", "w")]), ts.Condition(EXPECT.EXPECT_NOT_EXIST), None, None)
    if alive:
        assert memory.refusal(*put)[0] == "OTSConditionCheckFail"
    else:
        memory.call(*put)
        assert keys(by_user(memory)) == [("w", 1, "a")]


def test_cells_expire_one_by_one() -> None:
    memory = Memory()
    memory.create("t", KEY, options=ts.TableOptions(DAY))
    memory.put(key("a", 1), [("x", 1), ("y", 1)])
    memory.now_ms += 20 * HOUR_MS
    memory.update(key("a", 1), {"PUT": [("x", 2)]})
    memory.now_ms += 20 * HOUR_MS
    assert memory.get(key("a", 1)) == {"x": 2}
    memory.update(key("a", 1), {"INCREMENT": [("y", 5)]})
    assert memory.get(key("a", 1)) == {"x": 2, "y": 5}


def test_a_batch_read_answers_in_order_and_fails_row_by_row(memory: Memory) -> None:
    memory.create("u")
    request = ts.BatchGetRowRequest()
    wanted = [key("a", 1), key("none", 1), [("p", "a")], key("a", 1)]
    request.add(ts.TableInBatchGetRowItem("t", wanted, ["x"], None, 1))
    request.add(ts.TableInBatchGetRowItem("u", [[("k", "a")]], None, None, 1))
    found = memory.call("BatchGetRow", request)
    assert [(item.is_ok, item.row is not None, item.error_code) for item in found["t"]] == [
        (True, True, None),
        (True, False, None),
        (False, False, "OTSInvalidPK"),
        (True, True, None),
    ]
    assert found["u"][0].is_ok


@pytest.mark.parametrize(
    ("rows", "table", "refused"),
    [
        (101, "t", ("OTSParameterInvalid", "Rows count exceeds the upper limit: 100.")),
        (1, "none", ("OTSObjectNotExist", "Requested table does not exist.")),
    ],
)
def test_a_batch_read_that_breaks_a_rule_is_refused_whole(memory: Memory, rows: int, table: str, refused: Any) -> None:
    request = ts.BatchGetRowRequest()
    assert memory.refusal("BatchGetRow", request)[1] == "No row specified in the request of BatchGetRow."
    request.add(ts.TableInBatchGetRowItem(table, [key("a", n) for n in range(rows)], None, None, 1))
    assert memory.refusal("BatchGetRow", request) == refused


def item(n: int, expect: str = EXPECT.IGNORE, p: Any = "a") -> Any:
    return ts.PutRowItem(ts.Row(key(p, n), [("x", "new")]), ts.Condition(expect))


def test_a_batch_write_writes_and_fails_row_by_row(memory: Memory) -> None:
    update = ts.UpdateRowItem(ts.Row(key("a", 0), {"PUT": [("x", "new")]}), ts.Condition(EXPECT.EXPECT_EXIST))
    delete = ts.DeleteRowItem(ts.Row(key("b", 0)), ts.Condition(EXPECT.IGNORE))
    items = [item(1), item(-1, EXPECT.EXPECT_NOT_EXIST), update, delete, item(2, p=5), item(9), item(9)]
    request = ts.BatchWriteRowRequest()
    request.add(ts.TableInBatchWriteRowItem("t", items))
    found = memory.call("BatchWriteRow", request)["t"]
    failed = {1: "OTSConditionCheckFail", 4: "OTSInvalidPK"}
    assert [row.error_code for row in found] == [failed.get(position) for position in range(7)]
    rows = memory.page(key(LOW, LOW), key(HIGH, HIGH))[0]
    assert keys(rows) == [("a", -1), ("a", 0), ("a", 1), ("a", 9), ("é", 0)]
    assert [row.attribute_columns[0][1] for row in rows] == [-1, "new", "new", "new", 0]


@pytest.mark.parametrize(
    ("table", "items", "refused"),
    [
        ("t", [item(n) for n in range(201)], ("OTSParameterInvalid", "Rows count exceeds the upper limit: 200.")),
        ("t", [], ("OTSParameterInvalid", "No operation is specified for table: 't'.")),
        ("none", [item(1)], ("OTSObjectNotExist", "Requested table does not exist.")),
        (
            "t",
            [item(7), item(7, EXPECT.EXPECT_NOT_EXIST)],
            ("OTSParameterInvalid", "Repeated rows do not support row exist expectation check in BatchModify."),
        ),
        (
            "t",
            [item(7), ts.PutRowItem(ts.Row(key("a", 8), []), ts.Condition(EXPECT.IGNORE))],
            ("OTSParameterInvalid", "Attribute column is missing."),
        ),
    ],
)
def test_a_batch_write_that_breaks_a_rule_writes_nothing(memory: Memory, table: str, items: Any, refused: Any) -> None:
    request = ts.BatchWriteRowRequest()
    assert memory.refusal("BatchWriteRow", request)[1] == "No row is specified in BatchWriteRow."
    request.add(ts.TableInBatchWriteRowItem(table, items))
    assert memory.refusal("BatchWriteRow", request) == refused
    assert len(memory.page(key(LOW, LOW), key(HIGH, HIGH))[0]) == 5
