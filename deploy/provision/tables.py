"""The tables: what they should be, against what is there.

Retention is Tablestore's time to live, which counts each cell from its writing. A table with an index may have one
only if it forbids updates (documented), which the results do: why there are two tables stands in
facegate.ledger.tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploy.provision.retention import days_text
from deploy.provision.steps import Step, Verdict, changed_or_differs
from facegate.ledger import tables

if TYPE_CHECKING:
    from deploy.provision.retention import Retention

CLAIMS, RESULTS, FAILURES = "facegate_claims", "facegate_results", "facegate_failures"
"""The functions' defaults; s.yaml sets no others."""
FOREVER = -1
SECONDS_A_DAY = 86_400

Columns = tuple[tuple[str, str], ...]
"""Name and type (STRING, INTEGER, ...), in order."""


@dataclass(frozen=True, slots=True)
class Index:
    """A global secondary index. `key` names the indexed columns, then what is left of the table's own key."""

    name: str
    key: tuple[str, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """`seconds_to_live` FOREVER: rows do not expire."""

    name: str
    key: Columns
    seconds_to_live: int
    allows_update: bool = True
    max_versions: int = 1
    columns: Columns = ()
    indexes: tuple[Index, ...] = ()


@dataclass(frozen=True, slots=True)
class CreateTable:
    table: Table


@dataclass(frozen=True, slots=True)
class SetOptions:
    """The options of an existing table."""

    table: str
    seconds_to_live: int
    allows_update: bool


@dataclass(frozen=True, slots=True)
class CreateIndex:
    table: str
    index: Index


def wanted(retention: Retention) -> tuple[Table, ...]:
    """Claims and results live equally long, so that a result never outlives the claim that guards its id."""
    lifetime = retention.results_days * SECONDS_A_DAY
    by_user = Index(
        tables.index_of(RESULTS), (tables.USER, tables.DECIDED_AT, tables.RESULT_KEY), columns=(tables.RECORD,)
    )
    columns = ((tables.USER, "STRING"), (tables.DECIDED_AT, "INTEGER"), (tables.RECORD, "STRING"))
    return (
        Table(CLAIMS, ((tables.CLAIM_KEY, "STRING"),), lifetime),
        Table(
            RESULTS,
            ((tables.RESULT_KEY, "STRING"),),
            lifetime,
            allows_update=False,
            columns=columns,
            indexes=(by_user,),
        ),
        Table(FAILURES, ((tables.FAILURE_KEY, "STRING"),), retention.failures_days * SECONDS_A_DAY),
    )


def plan(want: Table, found: Table | None, *, is_empty: bool, may_shorten: bool) -> list[Step]:
    """One step for the table and one for each index of an existing one. `is_empty` counts only where an index is
    missing: an index is made afterwards only for a table without rows."""
    resource = f"table {want.name}"
    if found is None:
        detail = f"key {_listed(want.key)}, {_lifetime(want.seconds_to_live)}"
        indexes = "".join(f", index {index.name}" for index in want.indexes)
        return [Step(resource, Verdict.CREATED, detail + indexes, CreateTable(want))]
    obstacles, changes = _obstacles(want, found), []
    if want.seconds_to_live != found.seconds_to_live:
        text = f"time to live {_lifetime(found.seconds_to_live)} → {_lifetime(want.seconds_to_live)}"
        if _is_shorter(want.seconds_to_live, found.seconds_to_live) and not may_shorten:
            obstacles.append(f'{text} would delete rows: ARGS="--shorten-retention" allows it')
        changes.append(text)
    if want.allows_update != found.allows_update:
        changes.append(f"updates {_allowed(found.allows_update)} → {_allowed(want.allows_update)}")
    options = SetOptions(want.name, want.seconds_to_live, want.allows_update)
    table = changed_or_differs(resource, changes, obstacles, options)
    existing = {index.name: index for index in found.indexes}
    is_table_right = table.verdict is not Verdict.DIFFERS
    return [table, *(_index(want, one, existing.get(one.name), is_empty and is_table_right) for one in want.indexes)]


def _index(table: Table, want: Index, found: Index | None, may_create: bool) -> Step:
    resource = f"index {want.name}"
    if found is None and may_create:
        return Step(resource, Verdict.CREATED, f"on {', '.join(want.key)}", CreateIndex(table.name, want))
    if found is None:
        return Step(resource, Verdict.DIFFERS, f"missing, and made only for a {table.name} that is right and empty")
    if found != want:
        have, need = ", ".join((*found.key, *found.columns)), ", ".join((*want.key, *want.columns))
        return Step(resource, Verdict.DIFFERS, f"it is on {have} where {need} is needed")
    return Step(resource, Verdict.UNCHANGED)


def _obstacles(want: Table, found: Table) -> list[str]:
    """What no existing table can be given."""
    obstacles = []
    if want.key != found.key:
        obstacles.append(f"its primary key is {_listed(found.key)} where {_listed(want.key)} is needed")
    missing = [column for column in want.columns if column not in found.columns]
    if missing:
        obstacles.append(f"it lacks the defined column {_listed(tuple(missing))}")
    if want.max_versions != found.max_versions:
        obstacles.append(f"it keeps {found.max_versions} versions of a cell where {want.max_versions} is needed")
    return obstacles


def _is_shorter(seconds: int, than: int) -> bool:
    return seconds != FOREVER and (than == FOREVER or seconds < than)


def _listed(columns: Columns) -> str:
    return ", ".join(f"{name} {kind}" for name, kind in columns)


def _lifetime(seconds: int) -> str:
    if seconds == FOREVER:
        return "forever"
    days, rest = divmod(seconds, SECONDS_A_DAY)
    return f"{seconds} seconds" if rest else days_text(days)


def _allowed(allowed: bool) -> str:
    return "allowed" if allowed else "forbidden"
