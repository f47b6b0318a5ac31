"""What the sample is deployed as, in folders: its code with its packages, compiled and not.

Packages are installed once for each interpreter and list of requirements, and kept; the sample's own code is copied
at every run.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from benchmarks.cloud import ROOT

SHARED = ROOT / "shared"
SAMPLE = ROOT / "benchmarks" / "official_sample"
_CONSTRAINTS = (SHARED / "requirements.txt", ROOT / "local" / "requirements.txt")
_COMPILED = "compiled"


class BuildFailed(Exception):
    """What pip or compileall said."""


def sample(python: str, builds: Path, *, compiled: bool) -> Path:
    """The sample's code folder: the packages whole, as pip brings them, and the package `official_sample`.

    Not compiled, it holds no bytecode at all; compiled, it is compiled by the interpreter that runs it, as `pip
    install` would do on a machine with the runtime's own version.
    """
    requirements = SAMPLE / "requirements.txt"
    constraints = [text for path in _CONSTRAINTS for text in ("-c", str(path))]
    folder = _installed(python, builds, "sample", ["-r", str(requirements), *constraints])
    _copy(SAMPLE, folder / SAMPLE.name)
    if not compiled:
        return folder
    twin = folder.with_name(f"{folder.name}-{_COMPILED}")
    if not twin.exists():
        _compile(python, _copy(folder, twin.with_suffix(".unfinished"))).rename(twin)
    _compile(python, _copy(SAMPLE, twin / SAMPLE.name))
    return twin


def versions(folder: Path | None) -> dict[str, str]:
    """The releases of the packages in a folder, or None: of this interpreter's, by name."""
    found = metadata.distributions(path=[str(folder)]) if folder else metadata.distributions()
    return {distribution.metadata["Name"].lower(): distribution.version for distribution in found}


def _installed(python: str, builds: Path, name: str, arguments: Sequence[str]) -> Path:
    """`pip install -t`, without bytecode, into a folder named after what is installed."""
    contents = "".join(path.read_text("utf-8") for path in (*_CONSTRAINTS, SAMPLE / "requirements.txt"))
    digest = hashlib.sha256("\n".join((python, *arguments, contents)).encode()).hexdigest()[:12]
    folder = builds / f"{name}-{digest}"
    if not folder.exists():
        unfinished = folder.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        quiet = ("--disable-pip-version-check", "--quiet", "--no-compile")
        _run([python, "-m", "pip", "install", *quiet, "-t", str(unfinished), *arguments])
        unfinished.rename(folder)
    return folder


def _copy(source: Path, target: Path) -> Path:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    return target


def _compile(python: str, folder: Path, *options: str) -> Path:
    _run([python, "-m", "compileall", "-q", "-j", "0", *options, str(folder)])
    return folder


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip()
        raise BuildFailed(f"{' '.join(command[1:4])} failed: {said[-800:]}")
