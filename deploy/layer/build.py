"""The steps of a build, in a folder of its own that replaces the last one at the end."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.layer import archive, inspection, lock
from deploy.layer.archive import Member
from deploy.layer.errors import LayerError
from deploy.layer.inspection import SharedObject
from deploy.layer.interpreter import Interpreter
from deploy.layer.lock import Pin
from deploy.layer.target import Budget, Target
from deploy.layer.unpack import OWN_PACKAGE, Contents, unpacked
from deploy.layer.wheels import fetched
from facegate import patterns

DEPLOYED = "/opt/python"
_TOP = "python"
_COMPILER = Path(__file__).with_name("bytecode.py")
_RECORDER = Path(__file__).with_name("patterns.py")

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Places:
    """Where a build reads and writes. `folder` is what is mounted at /opt, `archive` the zip of it."""

    root: Path
    cache: Path
    folder: Path
    archive: Path

    @classmethod
    def of(cls, root: Path, target: Target) -> Places:
        local = root / ".local"
        name = "layer" if target.image else "layer-this-machine"
        return cls(root, local / "wheels" / target.name, local / name, local / f"{name}.zip")


@dataclass(frozen=True, slots=True)
class Layer:
    """A finished build."""

    target: Target
    interpreter: Interpreter
    pins: tuple[Pin, ...]
    members: tuple[Member, ...]
    contents: Contents
    objects: tuple[SharedObject, ...]
    archive: Path
    sha256: str
    content_sha256: str

    def package_of(self, member: Member) -> str:
        return _owner(member.path.removeprefix(f"{_TOP}/"), self.contents.packages)


def build(target: Target, interpreter: Interpreter, places: Places, say: Say) -> Layer:
    """Builds and checks a layer. Raises LayerError, and then leaves the last one as it is."""
    pins = lock.wanted(lock.read(places.root), target)
    say(f"fetching {len(pins)} packages for {target}")
    wheels = fetched(pins, target, places.cache)
    inspection.check_wheels(wheels, target)
    places.folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=places.folder.parent, prefix="layer-") as temporary:
        folder, zipped = Path(temporary) / "opt", Path(temporary) / "layer.zip"
        modules = folder / _TOP
        contents = unpacked(wheels, places.root / "shared" / OWN_PACKAGE, modules)
        objects: tuple[SharedObject, ...] = ()
        if target.image is not None:
            say("reading what the native code needs")
            objects = inspection.shared_objects(modules, _stated(pins, contents))
            inspection.check(objects, target, target.image)
        say(f"compiling with CPython {interpreter.version}")
        _compile(interpreter, modules, contents)
        _record_patterns(interpreter, places.root / "functions", modules, contents)
        say("zipping")
        members = archive.written(folder, zipped)
        if target.image is not None:
            check_budget(members, zipped.stat().st_size, target.image.budget)
        layer = Layer(
            target,
            interpreter,
            pins,
            members,
            contents,
            objects,
            places.archive,
            archive.sha256(zipped),
            archive.content_sha256(folder),
        )
        _replace(folder, places.folder)
        zipped.replace(places.archive)
    return layer


def check_budget(members: Sequence[Member], compressed: int, budget: Budget) -> None:
    """Raises LayerError naming the largest package's files when the layer takes more than it may."""
    unpacked_bytes = sum(member.size for member in members)
    for what, size, most in (("zip", compressed, budget.compressed), ("unpacked", unpacked_bytes, budget.unpacked)):
        if size > most:
            largest = max(members, key=lambda member: member.size)
            raise LayerError(
                f"the layer is over its budget: {what} {size:,} bytes, {most:,} allowed; the largest file is "
                f"{largest.path} ({largest.size:,}). Leave something out (pruning.py), or raise the budget (target.py)"
            )


def _compile(interpreter: Interpreter, modules: Path, contents: Contents) -> None:
    # With a fixed seed, and without whatever the developer's environment would load into the interpreter.
    environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [*interpreter.alone(), "-W", "ignore", str(_COMPILER), str(modules), DEPLOYED]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        line = (done.stderr.strip() or "no reason given").splitlines()[0]
        package = _owner(line.partition(":")[0], contents.packages)
        raise LayerError(f"{package}: CPython {interpreter.version} cannot compile {line}")


def _record_patterns(interpreter: Interpreter, functions: Path, modules: Path, contents: Contents) -> None:
    """Only for the version of CPython that `facegate.patterns` takes them of."""
    if not interpreter.version.startswith(".".join(map(str, patterns.VERSION)) + "."):
        return
    environment = {"PYTHONPATH": str(modules), "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    folders = sorted(str(module.parent) for module in functions.glob("*/index.py"))
    command = [*interpreter.alone(), "-W", "ignore", str(_RECORDER), *folders]
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    if done.returncode:
        raise LayerError(f"the functions cannot be imported from the layer: {done.stderr.decode().strip()[-500:]}")
    path = f"{OWN_PACKAGE}/{patterns.FILE.name}"
    (modules / path).write_bytes(done.stdout)
    contents.packages[path] = OWN_PACKAGE


def _owner(path: str, packages: Mapping[str, str]) -> str:
    """The package of a file, or of the module that a compiled file was made of."""
    parts = Path(path).parts
    if len(parts) > 1 and parts[-2] == "__pycache__":
        source = Path(*parts[:-2], f"{parts[-1].partition('.')[0]}.py")
        return packages.get(source.as_posix(), "?")
    return packages.get(path, "?")


def _stated(pins: Sequence[Pin], contents: Contents) -> dict[str, str]:
    """Each file's package with its version."""
    names = {pin.name: str(pin) for pin in pins}
    return {path: names.get(package, package) for path, package in contents.packages.items()}


def _replace(made: Path, folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    made.rename(folder)
