"""Buckets, objects, uploads and undelivered events in one sqlite file.

Written ahead, and an event in the transaction of the change that it tells of: a killed process loses nothing that
it acknowledged. A power failure can lose the last transactions whole, or leave the newest content short, because
neither the log nor the blobs are forced to the disk.
"""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from local.oss.attributes import Attributes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LAYOUT = """
CREATE TABLE IF NOT EXISTS buckets (name TEXT PRIMARY KEY, created_ms INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS settings (bucket TEXT, name TEXT, value TEXT NOT NULL, PRIMARY KEY (bucket, name));
CREATE TABLE IF NOT EXISTS objects (
    bucket TEXT, key BLOB, blob TEXT NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL, crc64 TEXT NOT NULL,
    type TEXT NOT NULL, modified_ms INTEGER NOT NULL, attributes BLOB NOT NULL, UNIQUE (bucket, key)
);
CREATE INDEX IF NOT EXISTS objects_by_age ON objects (bucket, modified_ms);
CREATE TABLE IF NOT EXISTS uploads (
    id TEXT PRIMARY KEY, bucket TEXT NOT NULL, key BLOB NOT NULL, started_ms INTEGER NOT NULL, attributes BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS parts (
    upload TEXT, number INTEGER, blob TEXT NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL,
    modified_ms INTEGER NOT NULL, PRIMARY KEY (upload, number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, document TEXT NOT NULL);
"""

_OBJECT = "SELECT key, blob, size, etag, crc64, type, modified_ms, attributes FROM objects WHERE bucket = ?"


@dataclass(frozen=True)
class StoredObject:
    """`etag` without quotes; `size` in bytes; `modified_ms` since 1970; `type` Normal or Multipart."""

    key: str
    blob: str
    size: int
    etag: str
    crc64: int
    type: str
    modified_ms: int
    attributes: Attributes


@dataclass(frozen=True)
class Upload:
    id: str
    bucket: str
    key: str
    started_ms: int
    attributes: Attributes


@dataclass(frozen=True)
class Part:
    number: int
    blob: str
    size: int
    etag: str
    modified_ms: int


class Catalogue:
    """One connection for one thread. Raises sqlite3.Error for the disk."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(LAYOUT)

    def close(self) -> None:
        self._connection.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def blobs(self) -> set[str]:
        """The names of every blob in use."""
        return {name for (name,) in self._connection.execute("SELECT blob FROM objects UNION SELECT blob FROM parts")}

    def add_bucket(self, name: str, now_ms: int) -> None:
        self._connection.execute("INSERT OR IGNORE INTO buckets VALUES (?, ?)", (name, now_ms))

    def bucket_created(self, name: str) -> int | None:
        """When the bucket was created (milliseconds since 1970); None if there is none."""
        created_ms: int | None = self._one("SELECT created_ms FROM buckets WHERE name = ?", name)
        return created_ms

    def setting(self, bucket: str, name: str) -> str | None:
        value: str | None = self._one("SELECT value FROM settings WHERE bucket = ? AND name = ?", bucket, name)
        return value

    def set_setting(self, bucket: str, name: str, value: str) -> None:
        self._connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?, ?)", (bucket, name, value))

    def clear_setting(self, bucket: str, name: str) -> None:
        self._connection.execute("DELETE FROM settings WHERE bucket = ? AND name = ?", (bucket, name))

    def find_object(self, bucket: str, key: str) -> StoredObject | None:
        row = self._connection.execute(f"{_OBJECT} AND key = ?", (bucket, key.encode())).fetchone()
        return _object(row) if row else None

    def objects(self, bucket: str, start: bytes = b"") -> Iterator[StoredObject]:
        """In the order of the bytes of their keys, from `start` on."""
        query = f"{_OBJECT} AND key >= ? ORDER BY key"
        return map(_object, self._connection.execute(query, (bucket, start)))

    def objects_until(self, bucket: str, modified_ms: int, prefix: str) -> list[StoredObject]:
        """Those of a prefix last modified at `modified_ms` or before."""
        query, start = f"{_OBJECT} AND modified_ms <= ? AND substr(key, 1, ?) = ?", prefix.encode()
        return [_object(row) for row in self._connection.execute(query, (bucket, modified_ms, len(start), start))]

    def put_object(self, bucket: str, stored: StoredObject) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                bucket,
                stored.key.encode(),
                stored.blob,
                stored.size,
                stored.etag,
                str(stored.crc64),
                stored.type,
                stored.modified_ms,
                msgspec.json.encode(stored.attributes),
            ),
        )

    def delete_object(self, bucket: str, key: str) -> None:
        self._connection.execute("DELETE FROM objects WHERE bucket = ? AND key = ?", (bucket, key.encode()))

    def upload(self, upload_id: str) -> Upload | None:
        query = "SELECT id, bucket, key, started_ms, attributes FROM uploads WHERE id = ?"
        row = self._connection.execute(query, (upload_id,)).fetchone()
        return _upload(row) if row else None

    def uploads_until(self, bucket: str, started_ms: int) -> list[Upload]:
        """Those started at `started_ms` or before."""
        query = "SELECT id, bucket, key, started_ms, attributes FROM uploads WHERE bucket = ? AND started_ms <= ?"
        return [_upload(row) for row in self._connection.execute(query, (bucket, started_ms))]

    def add_upload(self, upload: Upload) -> None:
        attributes = msgspec.json.encode(upload.attributes)
        row = (upload.id, upload.bucket, upload.key.encode(), upload.started_ms, attributes)
        self._connection.execute("INSERT INTO uploads VALUES (?, ?, ?, ?, ?)", row)

    def delete_upload(self, upload_id: str) -> None:
        """With its parts."""
        self._connection.execute("DELETE FROM uploads WHERE id = ?", (upload_id,))
        self._connection.execute("DELETE FROM parts WHERE upload = ?", (upload_id,))

    def parts(self, upload_id: str) -> dict[int, Part]:
        """By number, ascending."""
        query = "SELECT number, blob, size, etag, modified_ms FROM parts WHERE upload = ? ORDER BY number"
        return {row[0]: Part(*row) for row in self._connection.execute(query, (upload_id,))}

    def put_part(self, upload_id: str, part: Part) -> None:
        row = (upload_id, part.number, part.blob, part.size, part.etag, part.modified_ms)
        self._connection.execute("INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?, ?, ?)", row)

    def add_event(self, document: str) -> None:
        self._connection.execute("INSERT INTO outbox (document) VALUES (?)", (document,))

    def events(self, after: int, limit: int) -> list[tuple[int, str]]:
        """The undelivered events that follow number `after`, oldest first."""
        query = "SELECT id, document FROM outbox WHERE id > ? ORDER BY id LIMIT ?"
        return self._connection.execute(query, (after, limit)).fetchall()

    def delete_event(self, number: int) -> None:
        self._connection.execute("DELETE FROM outbox WHERE id = ?", (number,))

    def event_counts(self) -> tuple[int, int]:
        """How many events wait, and how many there ever were."""
        pending: int = self._one("SELECT count(*) FROM outbox")
        ever: int = self._one("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'") or 0
        return pending, ever

    def _one(self, query: str, *values: str) -> Any:
        row = self._connection.execute(query, values).fetchone()
        return row[0] if row else None


def _object(row: tuple[Any, ...]) -> StoredObject:
    key, blob, size, etag, crc64, kind, modified_ms, attributes = row
    return StoredObject(key.decode(), blob, size, etag, int(crc64), kind, modified_ms, _attributes(attributes))


def _upload(row: tuple[Any, ...]) -> Upload:
    upload_id, bucket, key, started_ms, attributes = row
    return Upload(upload_id, bucket, key.decode(), started_ms, _attributes(attributes))


def _attributes(data: bytes) -> Attributes:
    return msgspec.json.decode(data, type=Attributes)
