"""The zip: the same bytes for the same files, whatever their order, times and modes on disk."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path

_TIME = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_MODE = 0o100644


@dataclass(frozen=True, slots=True)
class Member:
    """One file of the zip; sizes in bytes."""

    path: str
    size: int
    compressed: int


def written(folder: Path, path: Path) -> tuple[Member, ...]:
    """Zips everything below the folder, in the order of the names."""
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(file for file in folder.rglob("*") if file.is_file()):
            info = zipfile.ZipInfo(file.relative_to(folder).as_posix(), _TIME)
            info.create_system, info.external_attr = _UNIX, _MODE << 16
            archive.writestr(info, file.read_bytes(), zipfile.ZIP_DEFLATED, compresslevel=9)
        return tuple(Member(info.filename, info.file_size, info.compress_size) for info in archive.infolist())


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        digest = hashlib.sha256()
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def content_sha256(folder: Path) -> str:
    """Of all names and contents: does not depend on the compressor, as the zip's own does."""
    digest = hashlib.sha256()
    for file in sorted(file for file in folder.rglob("*") if file.is_file()):
        name = file.relative_to(folder).as_posix()
        digest.update(f"{name}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()
