"""The asynchronous invocations of a data folder, on disk: what was added survives the end of every process.

An invocation is written before it is acknowledged and stays, without its event, when it has ended. SQLite in WAL mode
without a sync for each change: a kill loses nothing, a power cut may lose the last moments.
"""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from pathlib import Path

Outcome = Literal["pending", "running", "succeeded", "failed"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS invocations (
    number INTEGER PRIMARY KEY,
    request_id TEXT NOT NULL,
    function TEXT NOT NULL,
    redelivery INTEGER NOT NULL,
    task_id TEXT,
    event BLOB,
    accepted REAL NOT NULL,
    due REAL NOT NULL,
    expires REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0,
    outcome TEXT NOT NULL DEFAULT 'pending',
    condition TEXT,
    status INTEGER,
    error_type TEXT,
    response BLOB,
    untold TEXT,
    finished REAL
);
CREATE UNIQUE INDEX IF NOT EXISTS tasks ON invocations (function, task_id) WHERE NOT redelivery AND task_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS turns ON invocations (function, due, number) WHERE outcome = 'pending';
"""
_SHOWN = "request_id, function, redelivery, task_id, attempts, failures, outcome, condition, error_type, untold"


class DuplicateTask(Exception):
    """The function has had an invocation with this task id."""


@dataclass(frozen=True)
class Entry:
    """An invocation to add; times in Unix seconds. A `redelivery` repeats another entry, task id included."""

    request_id: str
    function: str
    event: bytes
    accepted: float
    due: float
    expires: float
    task_id: str | None = None
    redelivery: bool = False


@dataclass(frozen=True)
class Response:
    """What an attempt came to: `status` 200 where the function ran, `error_type` where it failed."""

    status: int
    error_type: str | None
    payload: bytes


@dataclass(frozen=True)
class End:
    """How an invocation ended. `untold` is why its destination could not be invoked, None: it was, or there is none."""

    outcome: Outcome
    condition: str
    error_type: str | None
    failures: int
    untold: str | None
    finished: float


@dataclass(frozen=True)
class Invocation:
    """One whose turn it is. `attempts` were started before; `failures` of them were the function's own errors;
    `last` is what the latest of them came to."""

    number: int
    request_id: str
    function: str
    event: bytes
    expires: float
    attempts: int
    failures: int
    last: Response | None


class AsyncQueue:
    """Not for several threads or processes. `close` it at the end."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.row_factory = sqlite3.Row
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.executescript(_SCHEMA)

    def close(self) -> None:
        self._database.close()

    def resume(self, now: float) -> None:
        """What ran when the last process ended is due again."""
        self._database.execute("UPDATE invocations SET outcome = 'pending', due = ? WHERE outcome = 'running'", (now,))

    def unfinished(self, functions: Collection[str]) -> int:
        """How many invocations of these functions have not ended."""
        counts = self._database.execute(
            "SELECT function, count(*) FROM invocations WHERE outcome IN ('pending', 'running') GROUP BY function"
        )
        return sum(count for function, count in counts if function in functions)

    def add(self, entries: Iterable[Entry]) -> None:
        """Adds them all or, raising DuplicateTask, none."""
        with self._transaction():
            self._insert(entries)

    def next(self, function: str, now: float, choose: Callable[[Sequence[int]], int], among: int) -> Invocation | None:
        """One of the first so many whose turn it is, as `choose` picks a number among theirs; None: none is due."""
        rows = self._database.execute(
            "SELECT number FROM invocations WHERE function = ? AND outcome = 'pending' AND due <= ?"
            " ORDER BY due, number LIMIT ?",
            (function, now, among),
        )
        numbers = [number for (number,) in rows]
        if not numbers:
            return None
        row = self._database.execute("SELECT * FROM invocations WHERE number = ?", (choose(numbers),)).fetchone()
        last = None if row["status"] is None else Response(row["status"], row["error_type"], row["response"])
        return Invocation(
            number=row["number"],
            request_id=row["request_id"],
            function=row["function"],
            event=row["event"],
            expires=row["expires"],
            attempts=row["attempts"],
            failures=row["failures"],
            last=last,
        )

    def next_due(self, function: str) -> float | None:
        """When the next turn of the function is, in Unix seconds."""
        sooner = "SELECT min(due) FROM invocations WHERE function = ? AND outcome = 'pending'"
        due: float | None = self._database.execute(sooner, (function,)).fetchone()[0]
        return due

    def start(self, number: int) -> None:
        """Counts an attempt."""
        self._database.execute(
            "UPDATE invocations SET outcome = 'running', attempts = attempts + 1 WHERE number = ?", (number,)
        )

    def retry(self, number: int, due: float, failures: int, last: Response) -> None:
        """Puts it back until `due`."""
        self._database.execute(
            "UPDATE invocations SET outcome = 'pending', due = ?, failures = ?, status = ?, error_type = ?,"
            " response = ? WHERE number = ?",
            (due, failures, last.status, last.error_type, last.payload, number),
        )

    def finish(self, number: int, end: End, then: Iterable[Entry]) -> None:
        """Ends it, and adds what is to follow from it in the same moment."""
        with self._transaction():
            self._database.execute(
                "UPDATE invocations SET outcome = ?, condition = ?, error_type = ?, failures = ?, untold = ?,"
                " finished = ?, event = NULL, response = NULL WHERE number = ?",
                (*astuple(end), number),
            )
            self._insert(then)

    def listed(self, function: str | None = None, outcome: str | None = None) -> list[dict[str, Any]]:
        """All invocations, newest last: id, function and what became of it. Times in Unix milliseconds."""
        rows = self._database.execute(
            f"SELECT {_SHOWN}, accepted, finished FROM invocations"  # noqa: S608 - no value stands in the text
            " WHERE function = ifnull(?, function) AND outcome = ifnull(?, outcome) ORDER BY number",
            (function, outcome),
        )
        return [_shown(row) for row in rows]

    def summary(self) -> dict[str, dict[str, int]]:
        """By function, how many have each outcome, and how many of all are redeliveries."""
        summary: dict[str, dict[str, int]] = {}
        rows = self._database.execute(
            "SELECT function, outcome, count(*), sum(redelivery) FROM invocations GROUP BY function, outcome"
        )
        for function, outcome, count, redeliveries in rows:
            counts = summary.setdefault(function, {**dict.fromkeys(OUTCOMES, 0), "redeliveries": 0})
            counts[outcome] = count
            counts["redeliveries"] += redeliveries
        return summary

    def _insert(self, entries: Iterable[Entry]) -> None:
        try:
            self._database.executemany(
                "INSERT INTO invocations (request_id, function, event, accepted, due, expires, task_id, redelivery)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                map(astuple, entries),
            )
        except sqlite3.IntegrityError as error:
            raise DuplicateTask from error

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")


def _shown(row: sqlite3.Row) -> dict[str, Any]:
    shown = dict(row)
    finished = shown.pop("finished")
    return {
        "id": shown.pop("request_id"),
        **shown,
        "redelivery": bool(row["redelivery"]),
        "accepted": int(shown.pop("accepted") * 1000),
        "finished": None if finished is None else int(finished * 1000),
    }
