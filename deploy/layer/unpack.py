"""Wheels and our own package become the folder that Function Compute mounts at /opt/python."""

from __future__ import annotations

import shutil
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from deploy.layer.errors import LayerError
from deploy.layer.pruning import rule_for
from deploy.layer.wheels import Wheel

OWN_PACKAGE = "facegate"
OWN_FILES = frozenset({".py", ".json"})
_INSTALLED = ("purelib", "platlib")


@dataclass
class Contents:
    """What was unpacked: each file's package, by its path below the folder; bytes that were dropped, by rule."""

    packages: dict[str, str] = field(default_factory=dict)
    dropped: Counter[str] = field(default_factory=Counter)


def unpacked(wheels: Iterable[Wheel], own: Path, folder: Path) -> Contents:
    """Fills the folder; `own` is the folder of our own package. Raises LayerError when two packages share a file."""
    contents = Contents()
    for wheel in wheels:
        with zipfile.ZipFile(wheel.path) as archive:
            for member in archive.infolist():
                path = _installed(member.filename)
                if path is None or member.is_dir():
                    continue
                rule = rule_for(path)
                if rule is not None:
                    contents.dropped[rule.what] += member.file_size
                    continue
                _claim(contents, path, wheel.pin.name)
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(member) as source, target.open("wb") as copy:
                    shutil.copyfileobj(source, copy)
    for file in _files(own):
        path = f"{OWN_PACKAGE}/{file.relative_to(own).as_posix()}"
        _claim(contents, path, OWN_PACKAGE)
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.read_bytes())
    return contents


def _files(own: Path) -> Iterator[Path]:
    """The modules, and what they read."""
    shipped = (path for path in sorted(own.rglob("*")) if path.suffix in OWN_FILES)
    return (path for path in shipped if "__pycache__" not in path.parts)


def _claim(contents: Contents, path: str, package: str) -> None:
    owner = contents.packages.setdefault(path, package)
    if owner != package:
        raise LayerError(f"{path} is in {owner} and in {package}: one would overwrite the other")


def _installed(member: str) -> str | None:
    """Where a wheel's file is installed, below site-packages; None: elsewhere, such as a script."""
    path = PurePosixPath(member)
    if path.is_absolute() or ".." in path.parts:
        raise LayerError(f"a wheel has a file at {member!r}, outside of its folder")
    if not path.parts[0].endswith(".data"):
        return member
    return "/".join(path.parts[2:]) if path.parts[1] in _INSTALLED else None
