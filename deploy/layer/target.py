"""What a layer is built for: Function Compute's python3.10, or the machine at hand."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from packaging import tags
from packaging.tags import Tag

MEGABYTE = 1_000_000
Version: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Budget:
    """The most that a layer may take, in bytes."""

    compressed: int
    unpacked: int


@dataclass(frozen=True, slots=True)
class Image:
    """The system that the layer is mounted into.

    `machine` is ELF's name of the processor. `newest` is the newest symbol version that each of the system's
    libraries offers, by the version's prefix; `libraries` are the ones that every image has.
    """

    name: str
    platforms: tuple[str, ...]
    machine: str
    newest: Mapping[str, Version]
    libraries: frozenset[str]
    budget: Budget


@dataclass(frozen=True, slots=True)
class Target:
    """CPython `python` in an `image`; None is this machine, for which pip knows what fits."""

    python: tuple[int, int]
    image: Image | None

    @property
    def version(self) -> str:
        return ".".join(map(str, self.python))

    @property
    def name(self) -> str:
        return f"cp{self.python[0]}{self.python[1]}-{self.image.platforms[0] if self.image else 'this-machine'}"

    def __str__(self) -> str:
        return f"Python {self.version}, {self.image.name if self.image else 'this machine'}"

    def tags(self) -> frozenset[Tag]:
        """The tags of the wheels that fit."""
        if self.image is None:
            return frozenset(tags.sys_tags())
        platforms = self.image.platforms
        own = tags.cpython_tags(self.python, [f"cp{self.python[0]}{self.python[1]}"], platforms)
        return frozenset(own) | frozenset(tags.compatible_tags(self.python, platforms=platforms))

    def markers(self) -> dict[str, str] | None:
        """What environment markers are evaluated with; None: what is true here."""
        if self.image is None:
            return None
        return {
            "implementation_name": "cpython",
            "implementation_version": f"{self.version}.0",
            "os_name": "posix",
            "platform_machine": "x86_64",
            "platform_python_implementation": "CPython",
            "platform_system": "Linux",
            "python_full_version": f"{self.version}.0",
            "python_version": self.version,
            "sys_platform": "linux",
        }


_GLIBC = (2, 28)
_LEGACY = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}


def _manylinux() -> tuple[str, ...]:
    """Best first, as pip wants them: it does not derive the older ones."""
    found = []
    for minor in range(_GLIBC[1], 4, -1):
        found.append(f"manylinux_2_{minor}_x86_64")
        if minor in _LEGACY:
            found.append(f"{_LEGACY[minor]}_x86_64")
    return tuple(found)


DEBIAN_10 = Image(
    name="Debian 10 x86_64",
    platforms=_manylinux(),
    machine="EM_X86_64",
    # glibc 2.28, GCC 8.3 and zlib 1.2.11, whose symbol versions these are.
    newest={"GLIBC": _GLIBC, "GLIBCXX": (3, 4, 25), "CXXABI": (1, 3, 11), "GCC": (8, 0, 0), "ZLIB": (1, 2, 9)},
    # What the manylinux policies let a wheel expect, as far as our wheels do.
    libraries=frozenset(
        {
            "ld-linux-x86-64.so.2",
            "libc.so.6",
            "libdl.so.2",
            "libgcc_s.so.1",
            "libm.so.6",
            "libpthread.so.0",
            "librt.so.1",
            "libstdc++.so.6",
            "libz.so.1",
        }
    ),
    # A layer is fetched and unpacked at a cold start, and takes of the instance's disk (512 MB). Some room for the
    # growth of new releases above the size reached in November 2026; a new package must argue for itself here.
    budget=Budget(compressed=17 * MEGABYTE, unpacked=55 * MEGABYTE),
)

FUNCTION_COMPUTE = Target((3, 10), DEBIAN_10)


def this_machine() -> Target:
    return Target(sys.version_info[:2], None)
