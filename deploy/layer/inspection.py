"""Would the layer's native code load in the image? Read from the files themselves, not from their wheels' tags."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.dynamic import DynamicSection
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection

from deploy.layer.errors import LayerError
from deploy.layer.target import Image, Target, Version
from deploy.layer.wheels import Wheel

_ELF = b"\x7fELF"
_SYMBOL_VERSION = re.compile(r"([A-Z]+)_([0-9]+(?:\.[0-9]+)*)")
_OF_ONE_PYTHON = re.compile(r"\.cpython-(\d)(\d+)[a-z]*[-.]")


@dataclass(frozen=True, slots=True)
class SharedObject:
    """`package` with its version; `path` below the layer's folder; `versions` are the symbol versions it needs, as
    written in it, each with the library that is to have it.
    """

    package: str
    path: str
    machine: str
    needed: tuple[str, ...]
    versions: tuple[tuple[str, str], ...]


def shared_objects(folder: Path, packages: Mapping[str, str]) -> tuple[SharedObject, ...]:
    """Every ELF file below the folder, whatever its name; `packages` says whose a path is. Raises LayerError for one
    that cannot be read.
    """
    return tuple(
        _read(folder / path, path, package) for path, package in sorted(packages.items()) if _is_elf(folder / path)
    )


def check_wheels(wheels: Iterable[Wheel], target: Target) -> None:
    """Raises LayerError for a wheel that promises another Python or another platform."""
    fitting = target.tags()
    for wheel in wheels:
        if not wheel.tags & fitting:
            found = ", ".join(sorted(map(str, wheel.tags)))
            raise LayerError(f"{wheel.pin}: {wheel.path.name} is for {found}, not for {target}")


def check(objects: Sequence[SharedObject], target: Target, image: Image) -> None:
    """Raises LayerError for the first that would not load."""
    bundled = {Path(one.path).name for one in objects}
    for one in objects:
        for objection in _objections(one, target, image, bundled):
            raise LayerError(f"{one.package}: {one.path} {objection}")


def highest(objects: Iterable[SharedObject], namespace: str = "GLIBC") -> tuple[Version, str] | None:
    """The newest version of the namespace that is needed, and the first path that needs it."""
    needs = [
        (numbers, one.path)
        for one in objects
        for name, numbers in (_parsed(version) for _, version in one.versions)
        if name == namespace and numbers is not None
    ]
    return min(needs, key=lambda need: ([-part for part in need[0]], need[1]), default=None)


def _objections(one: SharedObject, target: Target, image: Image, bundled: set[str]) -> Iterable[str]:
    if one.machine != image.machine:
        yield f"is for {one.machine}, {image.name} for {image.machine}: its wheel is of another platform"
    other = _OF_ONE_PYTHON.search(one.path)
    if other and (int(other[1]), int(other[2])) != target.python:
        yield f"is an extension module of CPython {other[1]}.{other[2]}, the layer is for {target.version}"
    for library in one.needed:
        if library not in bundled and library not in image.libraries:
            yield f"needs {library}, which neither the layer nor {image.name} has"
    for library, version in sorted(one.versions, key=_newness, reverse=True):
        if library in bundled:
            continue
        name, numbers = _parsed(version)
        newest = image.newest.get(name)
        if newest is None or numbers is None or numbers > newest:
            offered = f"{name}_{'.'.join(map(str, newest))}" if newest else f"no {name}"
            yield f"needs {version}, {image.name} has {offered}: pin a release with an older wheel"


def _parsed(version: str) -> tuple[str, Version | None]:
    """GLIBC_2.28 as its name and numbers; None for what is no number, such as GLIBC_PRIVATE."""
    found = _SYMBOL_VERSION.fullmatch(version)
    if found is None:
        return version.partition("_")[0], None
    return found[1], tuple(map(int, found[2].split(".")))


def _newness(need: tuple[str, str]) -> Version:
    return _parsed(need[1])[1] or (sys.maxsize,)


def _is_elf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_ELF)) == _ELF


def _read(file: Path, path: str, package: str) -> SharedObject:
    try:
        with file.open("rb") as opened:
            elf = ELFFile(opened)
            needed, versions = [], []
            for section in elf.iter_sections():
                if isinstance(section, DynamicSection):
                    needed += [str(tag.needed) for tag in section.iter_tags("DT_NEEDED")]  # type: ignore[attr-defined]  # set by its kind
                if isinstance(section, GNUVerNeedSection):
                    versions += [(str(file.name), one.name) for file, needs in section.iter_versions() for one in needs]
            return SharedObject(package, path, elf["e_machine"], tuple(needed), tuple(versions))
    except (ELFError, ValueError, AttributeError, KeyError) as error:
        raise LayerError(f"{package}: {path} begins as a shared object and cannot be read as one: {error}") from error
