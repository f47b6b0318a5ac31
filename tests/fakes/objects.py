"""The deployment's bucket in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from facegate.objects import ObjectChanged, ObjectError, ObjectMissing, ObjectTooLarge, StoredObject


@dataclass
class MemoryObjects:
    """`stored` by key; `fault` is raised once by the next call; `calls` as (method, key)."""

    stored: dict[str, StoredObject] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    fault: ObjectError | None = None

    def get(self, key: str, max_bytes: int, etag: str | None = None) -> StoredObject:
        self._begin("get", key)
        found = self.stored.get(key)
        if found is None:
            raise ObjectMissing("there is no such object")
        if etag is not None and etag != etag_of(found.data):
            raise ObjectChanged("the object was overwritten")
        if len(found.data) > max_bytes:
            raise ObjectTooLarge("the object is too large")
        return found

    def put(self, key: str, data: bytes) -> None:
        self._begin("put", key)
        self.stored[key] = StoredObject(data, {})

    def delete(self, key: str) -> None:
        self._begin("delete", key)
        self.stored.pop(key, None)

    def directly_in(self, folder: str) -> Iterator[str]:
        self._begin("directly_in", folder)
        yield from [
            key for key in sorted(self.stored) if "/" not in key.removeprefix(folder) and key.startswith(folder)
        ]

    def _begin(self, method: str, key: str) -> None:
        self.calls.append((method, key))
        fault, self.fault = self.fault, None
        if fault is not None:
            raise fault


def etag_of(data: bytes) -> str:
    """As OSS makes it for an object that was put in one piece."""
    return hashlib.md5(data, usedforsecurity=False).hexdigest().upper()
