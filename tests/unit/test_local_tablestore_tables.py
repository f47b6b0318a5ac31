"""Which tables the local Tablestore makes, describes, changes and refuses."""

from __future__ import annotations

from typing import Any

import pytest
import tablestore as ts
from local_tablestore_memory import Memory, creation

INDEX = ts.SecondaryIndexMeta("by_user", ["user"], ["status"])
DEFINED = [("user", "STRING"), ("status", "STRING"), ("score", "DOUBLE"), ("n", "INTEGER")]
DAY = 86_400


def options(ttl: int = -1, versions: int = 1, allow_update: bool | None = None, deviation: int = DAY) -> Any:
    return ts.TableOptions(ttl, versions, deviation, allow_update)


def index(*columns: str, attributes: tuple[str, ...] = (), name: str = "i", kind: int = 0) -> Any:
    return ts.SecondaryIndexMeta(name, list(columns), list(attributes), ts.SecondaryIndexType(kind))


def test_a_table_is_described_as_it_was_made() -> None:
    memory = Memory()
    memory.create(
        "results", [("p", "STRING"), ("seq", "INTEGER"), ("b", "BINARY")], DEFINED, options(DAY, 1, False), [INDEX]
    )
    found = memory.call("DescribeTable", "results")
    assert found.table_meta.schema_of_primary_key == [("p", "STRING"), ("seq", "INTEGER"), ("b", "BINARY")]
    assert found.table_meta.defined_columns == DEFINED
    assert vars(found.table_options) == vars(options(DAY, 1, False))
    assert [vars(meta) for meta in found.secondary_indexes] == [vars(INDEX)]
    assert memory.call("ListTable") == ("by_user", "results")


def test_tables_are_unknown_until_made_and_after_they_are_deleted() -> None:
    memory = Memory()
    for _ in range(2):
        for api in ("DescribeTable", "DeleteTable"):
            assert memory.refusal(api, "t") == ("OTSObjectNotExist", "Requested table does not exist.")
        memory.create("t", None, DEFINED, None, [INDEX])
        memory.put([("k", "a")], [("user", "u")])
        memory.call("DeleteTable", "t")
    memory.create("t", None, DEFINED, None, [INDEX])
    assert memory.get([("k", "a")]) is None
    assert memory.get([("user", "u"), ("k", "a")], "by_user") is None


@pytest.mark.parametrize(
    ("name", "index_name"), [("t", "new"), ("i", "new"), ("new", "t"), ("new", "i"), ("new", "new")]
)
def test_a_name_is_taken_once_by_table_or_index(name: str, index_name: str) -> None:
    memory = Memory()
    memory.create("t", None, DEFINED, None, [index("user", name="i")])
    refused = memory.refusal("CreateTable", *creation(name, None, DEFINED, None, [index("user", name=index_name)]))
    assert refused == ("OTSObjectAlreadyExist", "Requested table already exists.")


def test_the_sixty_fifth_table_is_refused() -> None:
    memory = Memory()
    for number in range(64):
        memory.create(f"t{number}")
    assert memory.refusal("CreateTable", *creation("one_more"))[0] == "OTSQuotaExhausted"


CONFLICT = "Don't support allow update operation on table with index and ttl"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (creation("9t"), "Invalid table name: '9t'."),
        (creation("t-t"), "Invalid table name: 't-t'."),
        (creation("t" * 256), "Invalid table name"),
        (creation("t", [("k k", "STRING")]), "Invalid column name: 'k k'."),
        (creation("t", [("k", "STRING"), ("k", "INTEGER")]), "Duplicated primary key name: 'k'."),
        (creation("t", [(f"k{n}", "STRING") for n in range(5)]), "must be in range: [1, 4]"),
        (creation("t", [("k", "STRING"), ("n", "INTEGER", ts.PK_AUTO_INCR)]), "no auto-increment"),  # type: ignore[list-item]
        (creation("t", None, [("k", "STRING")]), "Duplicated attribute column name with primary key column: k."),
        (creation("t", None, [("c", "STRING"), ("c", "INTEGER")]), "Duplicated defined column: 'c'."),
        (creation("t", None, [(f"c{n}", "STRING") for n in range(33)]), "must be in range: [0, 32]"),
        (creation("t", None, None, options(0)), "TimeToLive cannot be 0 or less than -1."),
        (creation("t", None, None, options(-2)), "TimeToLive cannot be 0 or less than -1."),
        (creation("t", None, None, options(DAY - 1)), "at least 86400 seconds, not 86399"),
        (creation("t", None, None, options(versions=0)), "cannot be less than or equal to 0"),
        (creation("t", None, None, options(versions=2)), "max_versions must be 1, not 2"),
        (creation("t", None, None, options(deviation=0)), "The maximum deviation must be greater than 0."),
        (creation("t", None, None, ts.TableOptions(None)), "Time-to-live is missing while creating table."),
        (creation("t", None, None, ts.TableOptions(-1, None)), "MaxVersions is missing while creating table."),
        (creation("t", None, DEFINED, options(DAY), [INDEX]), CONFLICT),
        (creation("t", None, DEFINED, options(DAY, 1, True), [INDEX]), CONFLICT),
        (creation("t", None, [], None, [INDEX]), "neither a primary key column nor a defined column"),
        (creation("t", None, DEFINED, None, [index("user", attributes=("other",))]), "'other' is neither"),
        (creation("t", None, DEFINED, None, [index("user", attributes=("user",))]), "'user' is named twice"),
        (creation("t", None, DEFINED, None, [index("user", attributes=("k",))]), "'k' is a primary key column already"),
        (creation("t", None, DEFINED, None, [index("score")]), "VT_DOUBLE is an invalid type for the primary key."),
        (creation("t", None, DEFINED, None, [index()]), "must be in range: [1, 4]"),
        (creation("t", None, DEFINED, None, [index("user", kind=1)]), "no local secondary indexes"),
        (creation("t", None, DEFINED, None, [index("user", name="9")]), "Invalid table name: '9'."),
        (creation("t", None, DEFINED, None, [index("user", name=f"i{n}") for n in range(6)]), "at most 5"),
    ],
)
def test_a_definition_that_breaks_a_rule_is_refused_in_words(arguments: tuple[Any, ...], words: str) -> None:
    memory = Memory()
    code, message = memory.refusal("CreateTable", *arguments)
    assert code == "OTSParameterInvalid"
    assert words in message
    assert memory.call("ListTable") == ()


def test_a_table_takes_a_new_ttl_under_the_same_rules() -> None:
    memory = Memory()
    memory.create("t", None, DEFINED, None, [INDEX])
    assert memory.call("UpdateTable", "t", options(-1, 1, False), None).table_options.allow_update is False
    assert memory.call("UpdateTable", "t", options(2 * DAY), None).table_options.time_to_live == 2 * DAY
    assert memory.call("DescribeTable", "t").table_options.time_to_live == 2 * DAY
    assert memory.refusal("UpdateTable", "t", options(2 * DAY, 1, True), None) == ("OTSParameterInvalid", CONFLICT)
    assert memory.refusal("UpdateTable", "t", options(60), None)[0] == "OTSParameterInvalid"
    assert memory.refusal("UpdateTable", "none", options(), None)[0] == "OTSObjectNotExist"


@pytest.mark.parametrize(("include", "found"), [(True, {"status": "ok"}), (False, None)])
def test_an_index_made_later_has_old_rows_only_if_asked(include: bool, found: Any) -> None:
    memory = Memory()
    memory.create("t", None, DEFINED)
    memory.put([("k", "a")], [("user", "u"), ("status", "ok")])
    memory.call("CreateIndex", "t", INDEX, include)
    memory.put([("k", "b")], [("user", "u"), ("status", "new")])
    assert memory.get([("user", "u"), ("k", "a")], "by_user") == found
    assert memory.get([("user", "u"), ("k", "b")], "by_user") == {"status": "new"}


def test_a_dropped_index_is_gone_and_its_name_free() -> None:
    memory = Memory()
    memory.create("t", None, DEFINED, None, [INDEX])
    memory.put([("k", "a")], [("user", "u")])
    memory.call("DropIndex", "t", "by_user")
    assert memory.refusal("DropIndex", "t", "by_user")[0] == "OTSParameterInvalid"
    assert memory.call("ListTable") == ("t",)
    memory.call("CreateIndex", "t", INDEX, False)
    assert memory.get([("user", "u"), ("k", "a")], "by_user") is None
