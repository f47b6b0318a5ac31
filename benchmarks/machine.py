"""The machine and the interpreter that figures come from."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DEPLOYED = (3, 10)
"""The runtime of s.yaml, for whose version the layer is compiled."""

PACKAGES = ("pillow", "alibabacloud-cloudauth-intl20220809", "alibabacloud-tea-openapi", "tablestore", "requests")


class NoInterpreter(Exception):
    """The interpreter that was asked for cannot be run."""


@dataclass(frozen=True, slots=True)
class Cores:
    """`one` and `two` are for the function; the services and this program keep to `rest`. None: any core."""

    one: frozenset[int] | None
    two: frozenset[int] | None
    rest: frozenset[int] | None

    @classmethod
    def of_this_machine(cls) -> Cores:
        usable = sorted(os.sched_getaffinity(0))
        if len(usable) == 1:
            return cls(None, None, None)
        return cls(frozenset(usable[:1]), frozenset(usable[:2]), frozenset(usable[1:]))


def interpreter(asked: str | None) -> str:
    """The path of the interpreter for functions: the one asked for, else a Python of the deployed version where one is
    found, else this one. Raises NoInterpreter.
    """
    if asked is not None:
        found = _resolved(asked)
        if found is None:
            raise NoInterpreter(f"{asked} cannot be run as a Python interpreter")
        return found[0]
    for candidate in _candidates():
        found = _resolved(candidate)
        if found is not None and found[1] == DEPLOYED:
            return found[0]
    return sys.executable


def description(python: str, versions: dict[str, str]) -> dict[str, str]:
    """What the table's header tells. `versions` are the packages' that both sides run with."""
    return {
        "machine": f"{_processor()}, {len(os.sched_getaffinity(0))} cores usable, {platform.system()} "
        f"{platform.release()}, load {os.getloadavg()[0]:.1f} at the start",
        "python": _run(python, "import platform; print(platform.python_version())"),
        "packages": ", ".join(f"{name} {versions[name]}" for name in PACKAGES if name in versions),
    }


def _candidates() -> Iterator[str]:
    version = ".".join(map(str, DEPLOYED))
    if sys.version_info[:2] == DEPLOYED:
        yield sys.executable
    on_path = shutil.which(f"python{version}")
    if on_path:
        yield on_path
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from (str(found) for found in sorted(pyenv.glob(f"versions/{version}.*/bin/python"), reverse=True))


def _resolved(python: str) -> tuple[str, tuple[int, int]] | None:
    """The real path and the version; None if it is no interpreter, or a shim without one behind it."""
    try:
        path, major, minor = _run(python, "import sys; print(sys.executable, *sys.version_info[:2])").rsplit(" ", 2)
    except (OSError, subprocess.CalledProcessError, ValueError):
        return None
    return path, (int(major), int(minor))


def _run(python: str, code: str) -> str:
    return subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "processor")
