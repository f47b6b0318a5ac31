"""Content as files that are written once and never changed.

A blob counts only once the catalogue names it. One that a killed process left unnamed is removed at the next
start; one that is removed while it is read stays readable through the open file.
"""

from __future__ import annotations

import os
import secrets
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from local.oss.checksums import Digest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

_COPY_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Blob:
    """`size` in bytes; `md5` as 16 bytes; `crc64` by ECMA-182."""

    name: str
    size: int
    md5: bytes
    crc64: int


class BlobWriter:
    """Use as a context: what was not finished is removed on leaving it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("xb")
        self._digest = Digest()
        self._finished = False

    def __enter__(self) -> BlobWriter:
        return self

    def __exit__(self, *_: object) -> None:
        if not self._finished:
            self._file.close()
            self._path.unlink()

    @property
    def size(self) -> int:
        return self._digest.size

    @property
    def md5(self) -> bytes:
        return self._digest.md5

    def write(self, data: bytes) -> None:
        self._digest.update(data)
        self._file.write(data)

    def finish(self) -> Blob:
        self._file.close()
        self._finished = True
        return Blob(self._path.name, self._digest.size, self._digest.md5, self._digest.crc64)


class Blobs:
    """The blobs of one folder. Raises OSError for the disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def new(self) -> BlobWriter:
        return BlobWriter(self._unused())

    def open(self, name: str) -> BinaryIO:
        return (self._folder / name).open("rb")

    def link(self, name: str) -> str:
        """Another name for the same content."""
        path = self._unused()
        os.link(self._folder / name, path)
        return path.name

    def join(self, names: Iterable[str]) -> Blob:
        """A new blob of these, one after the other."""
        with self.new() as writer:
            for name in names:
                with self.open(name) as part:
                    shutil.copyfileobj(part, writer, _COPY_BYTES)
            return writer.finish()

    def remove(self, *names: str) -> None:
        for name in names:
            (self._folder / name).unlink(missing_ok=True)

    def sweep(self, kept: Collection[str]) -> None:
        for path in self._folder.iterdir():
            if path.name not in kept:
                path.unlink()

    def _unused(self) -> Path:
        return self._folder / secrets.token_hex(16)
