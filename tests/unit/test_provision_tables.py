"""The tables' plan: what is wanted against what is there, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from deploy.provision import tables
from deploy.provision.retention import Retention
from deploy.provision.steps import Step, Verdict
from deploy.provision.tables import CreateIndex, CreateTable, Index, SetOptions, Table

CLAIMS, RESULTS, FAILURES = tables.wanted(Retention())
DAY = 86_400
(BY_USER,) = RESULTS.indexes


def planned(want: Table, found: Table | None, *, is_empty: bool = False, may_shorten: bool = False) -> list[Step]:
    return tables.plan(want, found, is_empty=is_empty, may_shorten=may_shorten)


def test_the_tables_are_those_that_the_ledger_reads_and_writes() -> None:
    assert [(table.name, table.key) for table in (CLAIMS, RESULTS, FAILURES)] == [
        ("facegate_claims", (("claim_key", "STRING"),)),
        ("facegate_results", (("result_key", "STRING"),)),
        ("facegate_failures", (("failure_key", "STRING"),)),
    ]
    assert Index("facegate_results_by_user", ("user", "decided_at_ms", "result_key"), ("record",)) == BY_USER


def test_a_claim_lives_as_long_as_the_result_it_guards() -> None:
    claims, results, failures = tables.wanted(Retention(results_days=90, failures_days=7))
    assert claims.seconds_to_live == results.seconds_to_live == 90 * DAY
    assert failures.seconds_to_live == 7 * DAY


@pytest.mark.parametrize("want", [CLAIMS, RESULTS, FAILURES], ids=lambda table: table.name)
def test_a_missing_table_is_made_with_its_indexes(want: Table) -> None:
    [step] = planned(want, None)
    assert (step.verdict, step.change) == (Verdict.CREATED, CreateTable(want))
    assert all(index.name in step.detail for index in want.indexes)


@pytest.mark.parametrize("want", [CLAIMS, RESULTS, FAILURES], ids=lambda table: table.name)
def test_what_is_right_is_left_alone(want: Table) -> None:
    assert all(step.verdict is Verdict.UNCHANGED for step in planned(want, want))


@pytest.mark.parametrize(
    ("found", "options", "detail"),
    [
        ({"seconds_to_live": DAY}, SetOptions("facegate_claims", 180 * DAY, True), "1 day → 180 days"),
        ({"seconds_to_live": DAY + 1}, SetOptions("facegate_claims", 180 * DAY, True), "86401 seconds → 180 days"),
        ({"allows_update": False}, SetOptions("facegate_claims", 180 * DAY, True), "updates forbidden → allowed"),
    ],
)
def test_options_that_drifted_are_repaired(found: dict[str, Any], options: SetOptions, detail: str) -> None:
    [step] = planned(CLAIMS, replace(CLAIMS, **found))
    assert (step.verdict, step.change) == (Verdict.CHANGED, options)
    assert detail in step.detail


@pytest.mark.parametrize("seconds", [tables.FOREVER, 181 * DAY])
def test_a_retention_that_would_delete_rows_is_shortened_on_demand_only(seconds: int) -> None:
    found = replace(CLAIMS, seconds_to_live=seconds)

    [refused] = planned(CLAIMS, found)
    [allowed] = planned(CLAIMS, found, may_shorten=True)

    assert (refused.verdict, allowed.verdict) == (Verdict.DIFFERS, Verdict.CHANGED)
    assert "--shorten-retention" in refused.detail


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"key": (("claim_key", "INTEGER"),)}, "primary key is claim_key INTEGER where claim_key STRING"),
        ({"key": (("claim_key", "STRING"), ("n", "INTEGER"))}, "primary key is claim_key STRING, n INTEGER"),
        ({"max_versions": 3}, "keeps 3 versions"),
    ],
)
def test_what_no_table_can_be_given_afterwards_differs(found: dict[str, Any], said: str) -> None:
    [step] = planned(CLAIMS, replace(CLAIMS, seconds_to_live=DAY, **found), may_shorten=True)
    assert (step.verdict, step.change) == (Verdict.DIFFERS, None)
    assert said in step.detail


@pytest.mark.parametrize(
    ("found", "is_empty", "verdicts"),
    [
        ({"indexes": ()}, True, (Verdict.UNCHANGED, Verdict.CREATED)),
        ({"indexes": ()}, False, (Verdict.UNCHANGED, Verdict.DIFFERS)),
        ({"indexes": (), "columns": ()}, True, (Verdict.DIFFERS, Verdict.DIFFERS)),
        ({"indexes": (), "allows_update": True}, True, (Verdict.CHANGED, Verdict.CREATED)),
        ({"indexes": (replace(BY_USER, key=("user",)),)}, True, (Verdict.UNCHANGED, Verdict.DIFFERS)),
        ({"indexes": (replace(BY_USER, columns=()),)}, True, (Verdict.UNCHANGED, Verdict.DIFFERS)),
        ({"indexes": (BY_USER, replace(BY_USER, name="theirs"))}, False, (Verdict.UNCHANGED, Verdict.UNCHANGED)),
    ],
)
def test_an_index_is_made_only_for_a_table_that_is_right_and_empty(
    found: dict[str, Any], is_empty: bool, verdicts: tuple[Verdict, Verdict]
) -> None:
    steps = planned(RESULTS, replace(RESULTS, **found), is_empty=is_empty)

    assert tuple(step.verdict for step in steps) == verdicts
    if verdicts[1] is Verdict.CREATED:
        assert steps[1].change == CreateIndex("facegate_results", BY_USER)
