"""Small wheels, source archives and shared objects, and a repository that ships them."""

from __future__ import annotations

import hashlib
import io
import struct
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

X86_64, AARCH64 = 62, 183
_SHT_STRTAB, _SHT_DYNAMIC, _SHT_VERNEED = 3, 6, 0x6FFFFFFE
_DT_NULL, _DT_NEEDED = 0, 1
_HEADER_SIZE, _SECTION_SIZE = 64, 64


def shared_object(versions: Mapping[str, Sequence[str]] | None = None, *, machine: int = X86_64) -> bytes:
    """A little-endian ELF64 file that needs these symbol versions of these libraries, and nothing else."""
    needs = versions or {"libc.so.6": ["GLIBC_2.17"]}
    names, strings = b"\0", {}
    for text in [*needs, *(one for group in needs.values() for one in group)]:
        strings[text] = len(names)
        names += text.encode() + b"\0"
    dynamic = b"".join(struct.pack("<2Q", _DT_NEEDED, strings[library]) for library in needs)
    dynamic += struct.pack("<2Q", _DT_NULL, 0)
    verneed = b""
    for index, (library, wanted) in enumerate(needs.items()):
        last_file = index == len(needs) - 1
        following = 0 if last_file else 16 * (1 + len(wanted))
        verneed += struct.pack("<2H3I", 1, len(wanted), strings[library], 16, following)
        for place, version in enumerate(wanted):
            verneed += struct.pack("<I2H2I", 0, 0, 2, strings[version], 16 if place < len(wanted) - 1 else 0)
    labels = b"\0.dynstr\0.dynamic\0.gnu.version_r\0.shstrtab\0"
    bodies = (
        (b".dynstr", _SHT_STRTAB, names, 0, 0, 0),
        (b".dynamic", _SHT_DYNAMIC, dynamic, 1, 0, 16),
        (b".gnu.version_r", _SHT_VERNEED, verneed, 1, len(needs), 0),
        (b".shstrtab", _SHT_STRTAB, labels, 0, 0, 0),
    )
    content, sections = b"", b"\0" * _SECTION_SIZE
    for label, kind, body, link, info, entry in bodies:
        place = _HEADER_SIZE + len(content)
        sections += struct.pack("<2I4Q2I2Q", labels.index(label), kind, 0, 0, place, len(body), link, info, 8, entry)
        content += body
    ident = b"\x7fELF" + bytes([2, 1, 1]) + b"\0" * 9
    numbers = (3, machine, 1, 0, 0, _HEADER_SIZE + len(content), 0, _HEADER_SIZE, 0, 0, _SECTION_SIZE, 5, 4)
    return ident + struct.pack("<2HI3QI6H", *numbers) + content + sections


def wheel(folder: Path, files: Mapping[str, bytes], *, name: str = "demo", tag: str = "py3-none-any") -> Path:
    """Version 1.0 of a package, with these files."""
    path = folder / f"{name}-1.0-{tag}.whl"
    record = {f"{name}-1.0.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n".encode()}
    record[f"{name}-1.0.dist-info/WHEEL"] = f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n".encode()
    with zipfile.ZipFile(path, "w") as archive:
        for member, content in {**files, **record}.items():
            archive.writestr(member, content)
        archive.writestr(f"{name}-1.0.dist-info/RECORD", "".join(f"{member},,\n" for member in [*files, *record]))
    return path


def source_archive(folder: Path, files: Mapping[str, str], *, name: str) -> Path:
    path = folder / f"{name}-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for member, text in {**files, "PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"}.items():
            info = tarfile.TarInfo(f"{name}-1.0/{member}")
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
    return path


def repository(root: Path, packages: Sequence[Path], hashes: Mapping[str, str] | None = None) -> Path:
    """A repository that ships these files' packages; `hashes` says what its lock has instead of the true ones."""
    package = root / "shared" / "facegate"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text('"""The sample\'s own package."""\n', "utf-8")
    names = {path.name.partition("-1.0")[0]: path for path in packages}
    lines = "".join(f"{name}==1.0  # the sample needs it\n" for name in names)
    (root / "shared" / "requirements.txt").write_text(lines, "utf-8")
    true = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in names.items()}
    locked = {**true, **(hashes or {})}
    lock = "".join(f"{name}==1.0 \\\n    --hash=sha256:{sha256}\n" for name, sha256 in locked.items())
    (root / "shared" / "requirements.lock").write_text(lock, "utf-8")
    return root
