"""Face groups, face records and transaction ids in one SQLite file. No picture is stored, only embeddings.

Every change is committed before the method returns, so a killed process loses nothing that was acknowledged.
Used from the server's one event loop thread: two calls without an await between them cannot be torn apart by
another request.
"""

from __future__ import annotations

import sqlite3
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from local.id_verification.scores import Embedding, distance, is_same_person

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

RETENTION_SECONDS = 30 * 24 * 3600  # documented: results are kept for 30 days

_SCHEMA = """
CREATE TABLE IF NOT EXISTS face_groups (id INTEGER PRIMARY KEY AUTOINCREMENT, code TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS face_records (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    group_code TEXT NOT NULL REFERENCES face_groups (code),
    merchant_user_id TEXT NOT NULL,
    face_id TEXT NOT NULL UNIQUE,
    gmt_create TEXT NOT NULL,
    registration_type TEXT NOT NULL,
    embedding BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS face_records_by_user ON face_records (group_code, merchant_user_id);
CREATE TABLE IF NOT EXISTS transactions (transaction_id TEXT PRIMARY KEY, created_at REAL NOT NULL);
"""
_COLUMNS = "id, group_code, merchant_user_id, face_id, gmt_create, registration_type"


@dataclass(frozen=True)
class FaceGroup:
    id: int
    code: str


@dataclass(frozen=True)
class FaceRecord:
    """`gmt_create` looks like 2026-01-31T12:00:00Z."""

    id: int
    group_code: str
    merchant_user_id: str
    face_id: str
    gmt_create: str
    registration_type: str


class FaceRecords:
    """`clock` gives Unix seconds."""

    def __init__(self, file: Path, clock: Callable[[], float]) -> None:
        file.touch(mode=0o600)
        self._db = sqlite3.connect(file)
        self._db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;")
        self._db.executescript(_SCHEMA)
        self._clock = clock

    def close(self) -> None:
        self._db.close()

    def add_group(self, code: str) -> None:
        """Does nothing if the group exists."""
        with self._db:
            self._db.execute("INSERT OR IGNORE INTO face_groups (code) VALUES (?)", (code,))

    def groups(self) -> list[FaceGroup]:
        """Oldest first."""
        return [FaceGroup(*row) for row in self._db.execute("SELECT id, code FROM face_groups ORDER BY id")]

    def unknown_groups(self, codes: Sequence[str]) -> list[str]:
        known = {group.code for group in self.groups()}
        return [code for code in codes if code not in known]

    def records(self) -> list[FaceRecord]:
        """Of all groups, oldest first."""
        rows = self._db.execute(f"SELECT {_COLUMNS} FROM face_records ORDER BY id")  # noqa: S608 - constants only, values are bound
        return [FaceRecord(*row) for row in rows]

    def add(self, group_code: str, user_id: str, embedding: Embedding, registration_type: str) -> str:
        """Always a new record, even if the user has one. Returns its FaceId, which stands in for an empty user id."""
        face_id = uuid.uuid4().hex
        created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self._clock()))
        row = (None, group_code, user_id or face_id, face_id, created, registration_type, embedding.tobytes())
        with self._db:
            self._db.execute(f"INSERT INTO face_records ({_COLUMNS}, embedding) VALUES (?, ?, ?, ?, ?, ?, ?)", row)  # noqa: S608 - constants only, values are bound
        return face_id

    def overwrite(self, group_code: str, user_id: str, embedding: Embedding) -> str:
        """Replaces the user's oldest face in the group and drops any others. Returns its FaceId, which stays."""
        records = [r for r in self.records() if (r.group_code, r.merchant_user_id) == (group_code, user_id)]
        kept = records[0]
        with self._db:
            self._db.execute("UPDATE face_records SET embedding = ? WHERE id = ?", (embedding.tobytes(), kept.id))
            self._db.executemany("DELETE FROM face_records WHERE id = ?", [(r.id,) for r in records[1:]])
        return kept.face_id

    def has_user(self, group_code: str, user_id: str) -> bool:
        query = "SELECT 1 FROM face_records WHERE group_code = ? AND merchant_user_id = ?"
        return self._db.execute(query, (group_code, user_id)).fetchone() is not None

    def search(self, group_codes: Sequence[str], probe: Embedding) -> list[FaceRecord]:
        """The records of the same person in these groups, nearest first. Reads every embedding of the groups."""
        found: list[tuple[float, FaceRecord]] = []
        for code in dict.fromkeys(group_codes):
            rows = self._db.execute(
                f"SELECT {_COLUMNS}, embedding FROM face_records WHERE group_code = ?",  # noqa: S608 - constants only, values are bound
                (code,),
            )
            for *columns, blob in rows:
                apart = distance(probe, np.frombuffer(blob, dtype=np.float64))
                if is_same_person(apart):
                    found.append((apart, FaceRecord(*columns)))
        return [record for _, record in sorted(found, key=lambda hit: (hit[0], hit[1].id))]

    def delete(self, record_id: int) -> int:
        """The number of records deleted, 0 or 1."""
        with self._db:
            return self._db.execute("DELETE FROM face_records WHERE id = ?", (record_id,)).rowcount

    def delete_user(self, user_id: str, group_code: str | None) -> list[str]:
        """Deletes the user from one group, or from all. Returns the codes of the groups that had them."""
        condition = "merchant_user_id = ? AND group_code = COALESCE(?, group_code)"
        with self._db:
            rows = self._db.execute(
                f"SELECT DISTINCT group_code FROM face_records WHERE {condition} ORDER BY group_code",  # noqa: S608 - constants only, values are bound
                (user_id, group_code),
            ).fetchall()
            self._db.execute(f"DELETE FROM face_records WHERE {condition}", (user_id, group_code))  # noqa: S608 - constants only, values are bound
        return [code for (code,) in rows]

    def new_transaction(self) -> str:
        """A TransactionId that delete_transaction knows for 30 days."""
        now = self._clock()
        transaction_id = uuid.uuid4().hex
        with self._db:
            self._db.execute("DELETE FROM transactions WHERE created_at < ?", (now - RETENTION_SECONDS,))
            self._db.execute("INSERT INTO transactions VALUES (?, ?)", (transaction_id, now))
        return transaction_id

    def delete_transaction(self, transaction_id: str) -> bool:
        """False if there is no such transaction (any more)."""
        with self._db:
            query = "DELETE FROM transactions WHERE transaction_id = ?"
            return self._db.execute(query, (transaction_id,)).rowcount == 1
