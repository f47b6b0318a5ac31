"""What writes do to rows in the local Tablestore, which conditions hold, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
import tablestore as ts
from local_tablestore_memory import Memory, both, single

A = [("k", "a")]
EXPECT = ts.RowExistenceExpectation
IS, MIX = ts.ComparatorType, ts.LogicalOperator
FAILED = ("OTSConditionCheckFail", "Condition check failed.")
HOUR_MS, DAY = 3_600_000, 86_400


def when(existence: str = EXPECT.IGNORE, condition: Any = None) -> Any:
    return ts.Condition(existence, condition)


@pytest.fixture
def memory() -> Memory:
    made = Memory()
    made.create(defined=[("status", "STRING")], indexes=[ts.SecondaryIndexMeta("by_status", ["status"], [])])
    return made


def test_put_replaces_the_row_and_update_merges_into_it(memory: Memory) -> None:
    memory.put(A, [("x", 1), ("y", "two")])
    memory.put(A, [("x", 3), ("z", 4)])
    assert memory.get(A) == {"x": 3, "z": 4}
    memory.update(A, {"PUT": [("y", 2.5)], "DELETE_ALL": ["x"], "INCREMENT": [("z", 6), ("new", -1)]})
    assert memory.get(A) == {"y": 2.5, "z": 10, "new": -1}


def test_an_update_without_a_cell_left_leaves_no_row(memory: Memory) -> None:
    memory.update(A, {"DELETE_ALL": ["x"]})
    assert memory.get(A) is None
    memory.put(A, [("x", 1)])
    memory.update(A, {"DELETE_ALL": ["x"]})
    memory.put(A, [("x", 1)], when(EXPECT.EXPECT_NOT_EXIST))


def test_one_version_is_deleted_only_by_its_timestamp(memory: Memory) -> None:
    memory.put(A, [("x", 1), ("y", 1)])
    memory.update(A, {"DELETE": [("x", None, memory.now_ms - 1)]})
    assert memory.get(A) == {"x": 1, "y": 1}
    memory.update(A, {"DELETE": [("x", None, memory.now_ms)]})
    assert memory.get(A) == {"y": 1}


def test_an_update_older_than_the_cell_is_lost(memory: Memory) -> None:
    memory.put(A, [("x", "newer", memory.now_ms + HOUR_MS)])
    memory.update(A, {"PUT": [("x", "older")]})
    assert memory.get(A) == {"x": "newer"}


def test_a_deleted_row_is_gone_and_deleting_it_again_is_no_error(memory: Memory) -> None:
    memory.put(A, [("x", 1)])
    memory.delete(A, when(EXPECT.EXPECT_EXIST))
    memory.delete(A, when())
    assert memory.get(A) is None


@pytest.mark.parametrize(
    ("stored", "existence", "holds"),
    [
        (True, EXPECT.IGNORE, True),
        (False, EXPECT.IGNORE, True),
        (True, EXPECT.EXPECT_EXIST, True),
        (False, EXPECT.EXPECT_EXIST, False),
        (True, EXPECT.EXPECT_NOT_EXIST, False),
        (False, EXPECT.EXPECT_NOT_EXIST, True),
    ],
)
def test_the_expectation_of_a_row_decides_every_write(
    memory: Memory, stored: bool, existence: str, holds: bool
) -> None:
    writes: list[tuple[str, Any]] = [
        ("PutRow", ts.Row(A, [("x", 2)])),
        ("UpdateRow", ts.Row(A, {"PUT": [("x", 2)]})),
        ("DeleteRow", A),
    ]
    for api, row in writes:
        memory.delete(A, when())
        if stored:
            memory.put(A, [("x", 1)])
        arguments = ("t", row, when(existence), None, None)
        if holds:
            memory.call(api, *arguments)
        else:
            assert memory.refusal(api, *arguments) == FAILED
            assert memory.get(A) == ({"x": 1} if stored else None)


N5, X = single("n", 5, IS.EQUAL), single("s", "x", IS.EQUAL)
N6 = single("n", 6, IS.EQUAL)


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (N5, True),
        (N6, False),
        (single("n", 5, IS.NOT_EQUAL), False),
        (single("n", 4, IS.GREATER_THAN), True),
        (single("n", 5, IS.GREATER_THAN), False),
        (single("n", 5, IS.GREATER_EQUAL), True),
        (single("n", 6, IS.LESS_THAN), True),
        (single("n", 5, IS.LESS_THAN), False),
        (single("n", 5, IS.LESS_EQUAL), True),
        (single("s", "w", IS.GREATER_THAN), True),
        (single("n", 5.0, IS.EQUAL), False),
        (single("n", "5", IS.EQUAL), False),
        (single("n", "5", IS.NOT_EQUAL), True),
        (single("n", "5", IS.LESS_THAN), False),
        (single("b", 1, IS.EQUAL), False),
        (single("absent", 1, IS.EQUAL), True),
        (single("absent", 1, IS.EQUAL, False), False),
        (single("absent", 1, IS.NOT_EQUAL, False), False),
        (ts.SingleColumnRegexCondition("n", IS.EXIST), True),
        (ts.SingleColumnRegexCondition("absent", IS.EXIST), False),
        (ts.SingleColumnRegexCondition("absent", IS.NOT_EXIST), True),
        (both(MIX.AND, N5, X), True),
        (both(MIX.AND, N5, N6), False),
        (both(MIX.OR, N6, X), True),
        (both(MIX.OR, N6, N6), False),
        (both(MIX.NOT, N6), True),
        (both(MIX.NOT, both(MIX.AND, N5, X)), False),
        (both(MIX.NOT, single("absent", 1, IS.EQUAL)), False),
        (both(MIX.AND, *[N5] * 10), True),
    ],
)
def test_conditions_decide_writes_and_reads_alike(memory: Memory, condition: Any, holds: bool) -> None:
    memory.put(A, [("n", 5), ("s", "x"), ("b", True)])
    assert (memory.get(A, condition=condition) is not None) == holds
    write = ("UpdateRow", "t", ts.Row(A, {"PUT": [("done", True)]}), when(EXPECT.IGNORE, condition), None, None)
    if holds:
        memory.call(*write)
    else:
        assert memory.refusal(*write) == FAILED
    assert ("done" in memory.get(A)) == holds


def test_a_missing_row_has_no_columns(memory: Memory) -> None:
    put = ("PutRow", "t", ts.Row(A, [("x", 1)]))
    assert memory.refusal(*put, when(EXPECT.IGNORE, single("x", 1, IS.EQUAL, False)), None, None) == FAILED
    memory.call(*put, when(EXPECT.IGNORE, single("x", 1, IS.EQUAL, True)), None, None)


def test_a_lock_is_taken_if_absent_or_expired_and_completed_by_its_owner_only(memory: Memory) -> None:
    def acquire(owner: str, now: int) -> Any:
        free = when(EXPECT.IGNORE, single("expires_at", now, IS.LESS_THAN, True))
        return "PutRow", "t", ts.Row(A, [("expires_at", now + 10), ("owner", owner)]), free, None, None

    def complete(owner: str) -> Any:
        mine = when(EXPECT.EXPECT_EXIST, single("owner", owner, IS.EQUAL, False))
        return "UpdateRow", "t", ts.Row(A, {"PUT": [("status", "COMPLETED")]}), mine, None, None

    memory.call(*acquire("first", 100))
    assert memory.refusal(*acquire("second", 105)) == FAILED
    memory.call(*acquire("second", 111))
    assert memory.refusal(*complete("first")) == FAILED
    memory.call(*complete("second"))
    assert memory.get(A) == {"expires_at": 121, "owner": "second", "status": "COMPLETED"}


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (both(MIX.AND, N5), "Invalid AND/OR operator: the number of sub-filters must be more than 1."),
        (both(MIX.OR), "Invalid AND/OR operator: the number of sub-filters must be more than 1."),
        (both(MIX.NOT, N5, N5), "Invalid NOT operator: the number of sub-filters must be 1."),
        (both(MIX.OR, *[N5] * 11), "The count of filter exceeds the max: 10."),
        (both(MIX.NOT, both(MIX.AND, *[N5] * 11)), "The count of filter exceeds the max: 10."),
    ],
)
def test_a_condition_of_the_wrong_shape_is_refused(memory: Memory, condition: Any, message: str) -> None:
    refused = ("OTSParameterInvalid", message)
    assert memory.refusal("PutRow", "t", ts.Row(A, [("x", 1)]), when(EXPECT.IGNORE, condition), None, None) == refused
    assert memory.refusal("GetRow", "t", A, None, condition, 1, None, None, None, None, None) == refused


def test_a_regular_expression_is_refused_in_words(memory: Memory) -> None:
    rule = ts.RegexRule("[0-9]+", ts.CastType.VT_INTEGER)
    condition = ts.SingleColumnRegexCondition("s", IS.EQUAL, 1, rule)
    assert "no regular expressions" in memory.refusal("GetRow", "t", A, None, condition, 1, *[None] * 5)[1]


BIG = 2 * 1024 * 1024


@pytest.mark.parametrize(
    ("api", "row", "words"),
    [
        ("PutRow", ts.Row(A, []), "Attribute column is missing."),
        ("PutRow", ts.Row(A, [("9", 1)]), "Invalid column name: '9'."),
        ("PutRow", ts.Row(A, [("a-b", 1)]), "Invalid column name: 'a-b'."),
        ("PutRow", ts.Row(A, [("x" * 256, 1)]), "Invalid column name"),
        ("PutRow", ts.Row(A, [("k", 1)]), "Duplicated attribute column name with primary key column: k."),
        ("PutRow", ts.Row(A, [("x", float("nan"))]), "NaN can't be set to double value."),
        ("PutRow", ts.Row(A, [("x", float("-inf"))]), "Infinity can't be set to double value."),
        (
            "PutRow",
            ts.Row(A, [("x", "é" * (BIG // 2) + "e")]),
            "exceeds the MaxLength: 2097152 with CurrentLength: 2097153.",
        ),
        (
            "PutRow",
            ts.Row([("k", "é" * 512 + "e")], [("x", 1)]),
            "'k' exceeds the MaxLength: 1024 with CurrentLength: 1025.",
        ),
        ("PutRow", ts.Row(A, [(f"c{n}", 1) for n in range(1025)]), "limit count: 1024, column count: 1025."),
        (
            "PutRow",
            ts.Row(A, [(f"c{n}", "x" * (BIG - 9)) for n in range(3)]),
            "The total data size of PutRow request exceeds",
        ),
        ("PutRow", ts.Row(A, [("x", 1, 1)]), "Invalid timestamp. Cell: x."),
        ("PutRow", ts.Row(A, [("status", 1)]), "Column 'status' is defined as VT_STRING, not VT_INTEGER."),
        ("PutRow", ts.Row(A, [("status", "s" * 1025)]), "'status' exceeds the MaxLength: 1024"),
        ("PutRow", ts.Row([("k", ts.INF_MIN)], [("x", 1)]), "INF_MIN is no value for the primary key column 'k' here."),
        ("PutRow", ts.Row([("k", ts.PK_AUTO_INCR)], [("x", 1)]), "AUTO_INCREMENT is no value"),
        ("UpdateRow", ts.Row(A, {}), "Attribute column is missing."),
        ("UpdateRow", ts.Row(A, {"INCREMENT": [("text", 1)]}), "can only be incremented as an integer"),
        ("UpdateRow", ts.Row(A, {"INCREMENT": [("n", 1.5)]}), "can only be incremented as an integer"),
        ("UpdateRow", ts.Row(A, {"INCREMENT": [("n", 2**63 - 1)]}), "leaves the range of 64-bit integers"),
        ("UpdateRow", ts.Row(A, {"DELETE": [("n", None)]}), "Timestamp must be given when type is DELETE_ONE_VERSION."),
        (
            "UpdateRow",
            ts.Row(A, {"DELETE_ALL": [("n", None, 5)]}),
            "Timestamp cannot be given when type is DELETE_ALL_VERSION.",
        ),
        ("UpdateRow", ts.Row(A, {"DELETE_ALL": [("n", 5)]}), "Column value cannot be given when type is"),
    ],
)
def test_a_write_that_breaks_a_rule_is_refused_in_words(memory: Memory, api: str, row: Any, words: str) -> None:
    memory.put(A, [("n", 1), ("text", "one")])
    code, message = memory.refusal(api, "t", row, None, None, None)
    assert code == "OTSParameterInvalid"
    assert words in message
    assert memory.get(A) == {"n": 1, "text": "one"}


def test_the_largest_row_is_taken(memory: Memory) -> None:
    memory.put([("k", "é" * 512)], [("x", "é" * (BIG // 2))])
    memory.put(A, [(f"c{n}", 1) for n in range(1024)])
    assert len(memory.get(A)) == 1024


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ([("k", "a"), ("l", "b")], "Validate PK size fail. Input: 2, Meta: 1."),
        ([("l", "a")], "Validate PK name fail. Input: l, Meta: k."),
        ([("k", 1)], "Validate PK type fail. Input: VT_INTEGER, Meta: VT_STRING."),
        ([("k", bytearray(b"a"))], "Validate PK type fail. Input: VT_BLOB, Meta: VT_STRING."),
    ],
)
def test_a_key_that_does_not_fit_its_table_is_refused_everywhere(memory: Memory, key: list[Any], message: str) -> None:
    refused = ("OTSInvalidPK", message)
    assert memory.refusal("PutRow", "t", ts.Row(key, [("x", 1)]), None, None, None) == refused
    assert memory.refusal("UpdateRow", "t", ts.Row(key, {"PUT": [("x", 1)]}), None, None, None) == refused
    assert memory.refusal("DeleteRow", "t", key, None, None, None) == refused
    assert memory.refusal("GetRow", "t", key, None, None, 1, None, None, None, None, None) == refused
    end = [(name, ts.INF_MAX) for name, _ in key]
    assert memory.refusal("GetRange", "t", "FORWARD", key, end, *[None] * 3, 1, *[None] * 5) == refused


def test_a_table_that_forbids_updates_takes_puts_and_deletes(memory: Memory) -> None:
    memory.create("fixed", options=ts.TableOptions(DAY, 1, DAY, False))
    memory.put(A, [("x", 1)], table="fixed")
    row = ts.Row(A, {"PUT": [("x", 2)]})
    code, message = memory.refusal("UpdateRow", "fixed", row, when(EXPECT.EXPECT_NOT_EXIST), None, None)
    assert (code, "allow_update" in message) == ("OTSParameterInvalid", True)
    memory.put(A, [("x", 3)], table="fixed")
    memory.delete(A, table="fixed")


def test_an_index_is_not_written(memory: Memory) -> None:
    row = ts.Row([("status", "ok"), ("k", "a")], [("x", 1)])
    refused = ("OTSParameterInvalid", "Can't write index table directly.")
    assert memory.refusal("PutRow", "by_status", row, None, None, None) == refused


def test_the_key_is_returned_if_asked_for(memory: Memory) -> None:
    assert memory.call("PutRow", "t", ts.Row(A, [("x", 1)]), None, ts.ReturnType.RT_PK, None)[1].primary_key == A
    assert memory.put(A, [("x", 1)])[1] is None


def test_a_transaction_is_refused_in_words(memory: Memory) -> None:
    assert "transaction" in memory.refusal("PutRow", "t", ts.Row(A, [("x", 1)]), None, None, "tx-1")[1]
