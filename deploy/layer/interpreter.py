"""Finds an interpreter of the layer's Python: bytecode can be made by no other."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deploy.layer.errors import LayerError

_TELL = "import platform, sys; print(platform.python_implementation(), *sys.version_info[:3])"
_TELL_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Interpreter:
    path: Path
    version: str

    def alone(self) -> tuple[str, ...]:
        """The command that starts it with the standard library alone: none of its installed packages."""
        return str(self.path), "-S", "-s"


def find(python: tuple[int, int], given: Path | None = None) -> Interpreter:
    """The first CPython of that version: `given`, or the running one, on the PATH, of pyenv, of uv.

    Raises LayerError saying how to get one.
    """
    for candidate in [given] if given else _candidates(python):
        version = _version(candidate)
        if version is not None and version[:2] == python:
            return Interpreter(candidate, ".".join(map(str, version)))
    wanted = ".".join(map(str, python))
    if given:
        raise LayerError(f"{given} is no CPython {wanted}")
    raise LayerError(
        f"no CPython {wanted} was found, whose bytecode the layer ships: install one (`uv python install {wanted}`, "
        f"`pyenv install {wanted}`, or your system's python{wanted}), or name one by --python"
    )


def _candidates(python: tuple[int, int]) -> Iterator[Path]:
    if sys.version_info[:2] == python:
        yield Path(sys.executable)
    name = f"python{python[0]}.{python[1]}"
    on_path = shutil.which(name)
    if on_path:
        yield Path(on_path)
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted(pyenv.glob(f"versions/{python[0]}.{python[1]}.*/bin/{name}"), reverse=True)
    uv = Path(os.environ.get("UV_PYTHON_INSTALL_DIR") or Path.home() / ".local/share/uv/python")
    yield from sorted(uv.glob(f"cpython-{python[0]}.{python[1]}.*/bin/{name}"), reverse=True)


def _version(path: Path) -> tuple[int, ...] | None:
    """What it says of itself; None if it does not run (pyenv's shims may exist and refuse) or is no CPython."""
    command = [str(path), "-I", "-c", _TELL]
    try:
        told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=_TELL_SECONDS).stdout.split()
    except (OSError, subprocess.SubprocessError):
        return None
    return tuple(map(int, told[1:])) if told[:1] == ["CPython"] else None
