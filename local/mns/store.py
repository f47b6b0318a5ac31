"""The topics that exist, in one sqlite file."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LAYOUT = """
CREATE TABLE IF NOT EXISTS topics (
    name TEXT PRIMARY KEY, maximum_message_size INTEGER NOT NULL, logging_enabled INTEGER NOT NULL,
    created INTEGER NOT NULL
)
"""


@dataclass(frozen=True)
class TopicAttributes:
    """`maximum_message_size` in bytes, `created` in Unix seconds."""

    name: str
    maximum_message_size: int
    logging_enabled: bool
    created: int


class TopicStore:
    """One connection for one thread; `path` may be `:memory:`. Raises sqlite3.Error for the disk."""

    def __init__(self, path: Path | str) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute(LAYOUT)

    def close(self) -> None:
        self._connection.close()

    def names(self) -> list[str]:
        return [name for (name,) in self._connection.execute("SELECT name FROM topics ORDER BY name")]

    def find(self, name: str) -> TopicAttributes | None:
        row = self._connection.execute("SELECT * FROM topics WHERE name = ?", (name,)).fetchone()
        return TopicAttributes(row[0], row[1], bool(row[2]), row[3]) if row else None

    def add(self, topic: TopicAttributes) -> None:
        row = (topic.name, topic.maximum_message_size, topic.logging_enabled, topic.created)
        self._connection.execute("INSERT INTO topics VALUES (?, ?, ?, ?)", row)

    def delete(self, name: str) -> None:
        self._connection.execute("DELETE FROM topics WHERE name = ?", (name,))
