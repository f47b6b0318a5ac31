"""The layer that was built last: what it was built from, and where it can run."""

from __future__ import annotations

import hashlib
import json
import platform
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from deploy.layer import interpreter
from deploy.layer.build import Layer, Places, Say, build
from deploy.layer.errors import LayerError
from deploy.layer.interpreter import Interpreter
from deploy.layer.lock import LOCK, REQUIREMENTS
from deploy.layer.target import FUNCTION_COMPUTE, Target, this_machine
from deploy.layer.unpack import OWN_FILES


@dataclass(frozen=True, slots=True)
class Runnable:
    """A layer that runs here: `folder` stands for /opt/python, `python` is the command of its interpreter."""

    target: Target
    folder: Path
    python: tuple[str, ...]


def runnable(root: Path, say: Say) -> Runnable:
    """The deployable layer where its interpreter and platform are at hand, else one for this machine; built if any of
    what it is made of has changed. Raises LayerError.
    """
    target, found = _here(say)
    places = Places.of(root, target)
    if _record(places) != _inputs(root, found):
        keep(build(target, found, places, say), root, places)
    return Runnable(target, places.folder / "python", found.alone())


def keep(layer: Layer, root: Path, places: Places) -> None:
    """Notes what the layer was built from."""
    noted = {"inputs": _inputs(root, layer.interpreter), "interpreter": asdict(layer.interpreter)}
    note = {**noted, "target": str(layer.target), "sha256": layer.sha256, "content_sha256": layer.content_sha256}
    _note(places).write_text(json.dumps(note, indent=1, default=str) + "\n", "utf-8")


def _here(say: Say) -> tuple[Target, Interpreter]:
    if (sys.platform, platform.machine()) == ("linux", "x86_64"):
        try:
            return FUNCTION_COMPUTE, interpreter.find(FUNCTION_COMPUTE.python)
        except LayerError:
            say("no CPython 3.10 here: the layer is built for this machine's Python instead, and is not deployable")
    else:
        say("Function Compute's layer does not run on this system: one for this machine is built instead")
    target = this_machine()
    return target, interpreter.find(target.python)


def _inputs(root: Path, found: Interpreter) -> str:
    """One hash of everything a build reads."""
    files = [
        root / LOCK,
        root / REQUIREMENTS,
        *sorted(path for path in (root / "shared" / "facegate").rglob("*") if path.suffix in OWN_FILES),
        *sorted((root / "functions").glob("*/index.py")),  # the build imports them
        *sorted(Path(__file__).parent.glob("*.py")),
        Path(__file__).with_name("backend.txt"),
    ]
    digest = hashlib.sha256(f"{found.version} {found.path}\n".encode())
    for file in files:
        digest.update(f"{file.name}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def _record(places: Places) -> str | None:
    try:
        noted = json.loads(_note(places).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return noted.get("inputs") if places.folder.is_dir() and places.archive.is_file() else None


def _note(places: Places) -> Path:
    return places.archive.with_suffix(".json")
