"""The ledger's Store in memory, with failures at chosen calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from facegate.ledger import tables
from facegate.ledger.errors import LedgerError
from facegate.ledger.store import Page, Row


@dataclass(frozen=True, slots=True)
class _Fault:
    applied: bool
    error: LedgerError | None


@dataclass
class MemoryStore:
    """`rows` by table and key; `calls` as (method, table, key), in order.

    `before` is called before each call, for what another instance does meanwhile.
    """

    rows: dict[tuple[str, str], Row] = field(default_factory=dict)
    calls: list[tuple[str, str, str]] = field(default_factory=list)
    before: Callable[[str, str], None] = lambda _method, _table: None
    _faults: dict[tuple[str, int], _Fault] = field(default_factory=dict)

    def fail(self, method: str, nth: int = 1, *, in_doubt: bool = False, applied: bool = False) -> None:
        """The `nth` call of `method` raises LedgerError; a write is `applied` all the same."""
        self._faults[method, nth] = _Fault(applied, LedgerError("the fake was told to fail", in_doubt=in_doubt))

    def lose_answer(self, method: str, nth: int = 1) -> None:
        """The `nth` call is applied, its answer is lost, and the repeated write finds its condition broken: False."""
        self._faults[method, nth] = _Fault(applied=True, error=None)

    def count(self, method: str, table: str | None = None) -> int:
        return sum(called == method and table in (None, where) for called, where, _ in self.calls)

    def put_new(self, table: str, key: str, row: Row) -> bool:
        return self._write("put_new", table, key, lambda now: now is None, row)

    def put_if_owner(self, table: str, key: str, row: Row, owner: str) -> bool:
        return self._write("put_if_owner", table, key, lambda now: now is not None and now.get("owner") == owner, row)

    def delete_if_owner(self, table: str, key: str, owner: str) -> bool:
        return self._write(
            "delete_if_owner", table, key, lambda now: now is not None and now.get("owner") == owner, None
        )

    def delete(self, table: str, key: str) -> None:
        self._write("delete", table, key, lambda _: True, None)

    def get(self, table: str, key: str) -> Row | None:
        self._begin("get", table, key)
        return self.rows.get((table, key))

    def put(self, table: str, key: str, row: Row) -> None:
        self._write("put", table, key, lambda _: True, row)

    def scan(self, table: str) -> Iterator[Row]:
        self._begin("scan", table, "")
        yield from [row for (where, _), row in self.rows.items() if where == table]

    def newest_of_user(self, table: str, user: str, limit: int, after: tuple[int, str] | None) -> Page:
        self._begin("newest_of_user", table, user)
        of_user = [
            (int(row[tables.DECIDED_AT]), key, row)
            for (where, key), row in self.rows.items()
            if where == table and row.get(tables.USER) == user
        ]
        newest = sorted((found for found in of_user if after is None or found[:2] < after), reverse=True)
        page = newest[:limit]
        return Page([row for *_, row in page], page[-1][:2] if len(newest) > limit else None)

    def _begin(self, method: str, table: str, key: str) -> _Fault | None:
        self.before(method, table)
        self.calls.append((method, table, key))
        fault = self._faults.pop((method, self.count(method)), None)
        if fault and fault.error and not fault.applied:
            raise fault.error
        return fault

    def _write(
        self, method: str, table: str, key: str, condition: Callable[[Row | None], bool], row: Row | None
    ) -> bool:
        fault = self._begin(method, table, key)
        holds = condition(self.rows.get((table, key)))
        if holds and row is None:
            self.rows.pop((table, key), None)
        elif holds and row is not None:
            self.rows[table, key] = dict(row)
        if fault and fault.error:
            raise fault.error
        return holds and fault is None
