"""One wheel for each pin: downloaded by pip, which checks its hash, or built from a source archive."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.tags import Tag
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from deploy.layer.errors import LayerError
from deploy.layer.lock import LOCK, Pin
from deploy.layer.target import Target

SOURCE_ONLY = frozenset({"alibabacloud-tea", "aliyun-fc2"})
"""Published without a wheel. Built here, and only where that yields pure Python."""

BACKEND = Path(__file__).with_name("backend.txt")
_SOURCE_DATE = "315532800"
"""1980-01-01, the earliest that a zip can say."""
_MISMATCH = re.compile(r"^\s{4}(\S+) from .*?:$.*?Got\s+(\S+)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel of a pin. `tags` are what its file name promises."""

    pin: Pin
    path: Path
    tags: frozenset[Tag]


def fetched(pins: Sequence[Pin], target: Target, cache: Path) -> list[Wheel]:
    """The pins' wheels, in their order; what is in the folder `cache` with the right hash is not fetched again.

    Raises LayerError naming the package that has no wheel for the target, a file with another hash than the lock's,
    or native code of its own that would have to be built here.
    """
    cache.mkdir(parents=True, exist_ok=True)
    published = [pin for pin in pins if pin.name not in SOURCE_ONLY]
    missing = [pin for pin in published if _kept(pin, target, cache) is None]
    if missing:
        _download(missing, target, cache)
    kept = {pin.name: _kept(pin, target, cache) or _built(pin, target, cache) for pin in pins}
    return [kept[pin.name] for pin in pins]


def _kept(pin: Pin, target: Target, folder: Path) -> Wheel | None:
    for path in sorted(folder.glob("*.whl")):
        wheel = _named(path, pin)
        if wheel and wheel.tags & target.tags() and hashlib.sha256(path.read_bytes()).hexdigest() in pin.hashes:
            return wheel
    return None


def _named(path: Path, pin: Pin) -> Wheel | None:
    try:
        name, version, _, tags = parse_wheel_filename(path.name)
    except InvalidWheelFilename:
        return None
    return Wheel(pin, path, tags) if (name, str(version)) == (pin.name, pin.version) else None


def _download(pins: Iterable[Pin], target: Target, folder: Path) -> None:
    fitting = ["--only-binary=:all:"]
    if target.image is not None:
        fitting += ["--implementation", "cp", "--python-version", target.version]
        fitting += [part for platform in target.image.platforms for part in ("--platform", platform)]
    _pip("download", pins, target, "--dest", str(folder), *fitting)


def _built(pin: Pin, target: Target, cache: Path) -> Wheel:
    """From the source archive, with the pinned backend alone. Kept by the hashes of both."""
    key = hashlib.sha256(f"{sorted(pin.hashes)}{BACKEND.read_text('utf-8')}".encode()).hexdigest()[:16]
    folder = cache / f"built-{key}"
    found = next(folder.glob("*.whl"), None)
    if found is None:
        environment = {"PYTHONPATH": str(_backend(cache)), "SOURCE_DATE_EPOCH": _SOURCE_DATE}
        options = ("--no-binary=:all:", "--no-build-isolation", "--no-cache-dir")
        _pip("wheel", [pin], target, "--wheel-dir", str(folder), *options, environment=environment)
        found = next(folder.glob("*.whl"))
    tags = parse_wheel_filename(found.name)[3]
    if any((tag.abi, tag.platform) != ("none", "any") for tag in tags):
        raise LayerError(
            f"{pin} is published as source only and builds native code ({found.name}), which would fit no other "
            "machine: pin a release with a wheel, or leave it out"
        )
    return Wheel(pin, found, tags)


def _backend(cache: Path) -> Path:
    """The folder of the pinned build backend, for PYTHONPATH."""
    folder = cache / f"backend-{hashlib.sha256(BACKEND.read_bytes()).hexdigest()[:16]}"
    if not folder.is_dir():
        with tempfile.TemporaryDirectory(dir=cache) as temporary:
            made = Path(temporary) / "backend"
            _run("install", "--target", str(made), "--only-binary=:all:", "--require-hashes", "-r", str(BACKEND))
            made.rename(folder)
    return folder


def _pip(
    action: str, pins: Iterable[Pin], target: Target, *options: str, environment: dict[str, str] | None = None
) -> None:
    pins = list(pins)
    with tempfile.TemporaryDirectory() as temporary:
        requirements = Path(temporary) / "requirements.txt"
        requirements.write_text("".join(f"{pin.line()}\n" for pin in pins), "utf-8")
        given = ("--no-deps", "--require-hashes", "-r", str(requirements))
        try:
            _run(action, *given, *options, environment=environment)
        except _PipFailed as error:
            raise LayerError(_explained(error.output, pins, target)) from None


class _PipFailed(LayerError):
    def __init__(self, output: str) -> None:
        self.output = output
        lines = [line.removeprefix("ERROR: ") for line in output.splitlines() if line.startswith("ERROR: ")]
        super().__init__(f"pip failed: {lines[-1] if lines else output.strip()[-300:]}")


def _run(*arguments: str, environment: dict[str, str] | None = None) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments]
    done = subprocess.run(
        command, env={**os.environ, **(environment or {})}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise _PipFailed(done.stderr or done.stdout)


def _explained(output: str, pins: Iterable[Pin], target: Target) -> str:
    """pip's output as one line."""
    by_name = {pin.name: pin for pin in pins}
    mismatch = _MISMATCH.search(output)
    if "DO NOT MATCH THE HASHES" in output and mismatch:
        pin = by_name.get(canonicalize_name(mismatch[1].partition("==")[0]), mismatch[1])
        return f"{pin}: the file that was offered has sha256 {mismatch[2]}, which is none of those in {LOCK}"
    absent = re.search(r"No matching distribution found for (\S+)", output)
    if absent:
        pin = by_name.get(canonicalize_name(absent[1].partition("==")[0]), absent[1])
        return f"{pin} has no wheel for {target}: pin a release that has one, or list it in SOURCE_ONLY if it is pure"
    return str(_PipFailed(output))
