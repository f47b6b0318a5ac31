"""What is in the wheels and not in the layer: a table, with the reason of each row.

A row can be wrong in one way: something imports what it drops. The tests make every kind of call from the built layer,
and a row drops only what no such call can reach, or what has another way beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True, slots=True)
class Rule:
    """Patterns are of paths below the layer's folder, as fnmatch reads them: * also crosses folders."""

    what: str
    reason: str
    drop: tuple[str, ...]
    keep: tuple[str, ...] = ()

    def drops(self, path: str) -> bool:
        return _matches(path, self.drop) and not _matches(path, self.keep)


def rule_for(path: str) -> Rule | None:
    """The first rule that drops the path; None keeps it."""
    return next((rule for rule in RULES if rule.drops(path)), None)


def _matches(path: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(path, pattern) for pattern in patterns)


RULES = (
    Rule(
        "installers' records",
        "no code asks for them, but crc32c for its own version at import",
        drop=("*.dist-info/*",),
        keep=("crc32c-*.dist-info/METADATA",),
    ),
    Rule(
        "types and sources of native code", "read by no interpreter", drop=("*.pyi", "*/py.typed", "*.py[xd]", "*.pxi")
    ),
    Rule(
        "C sources, schemas, texts",
        "read by no interpreter",
        drop=("*.[ch]", "*.proto", "*.fbs", "*.hash", "crc32c/ext/*", "aiohttp/.hash/*"),
    ),
    Rule("the packages' own tests", "not ours to run", drop=("*/tests/*", "Crypto/SelfTest/*")),
    Rule(
        "aiohttp's accelerators",
        "each has its pure Python twin beside it; only asynchronous calls, of which there are none, would be slower",
        drop=("aiohttp/*.so", "frozenlist/*.so", "multidict/*.so", "propcache/*.so", "yarl/*.so"),
    ),
    Rule(
        "elliptic curves and post-quantum keys of pycryptodome",
        "the OSS client imports it for AES and RSA of client-side encryption, which is not used either",
        drop=("Crypto/PublicKey/*.so",),
    ),
    Rule(
        "cffi's compiler",
        "cryptography needs its _cffi_backend alone; pycryptodome tries it and is quicker to import with ctypes",
        drop=("cffi/*",),
    ),
    Rule(
        "AVIF of Pillow",
        "not a format that is accepted; Pillow goes without",
        drop=("PIL/_avif.*", "pillow.libs/libavif-*"),
    ),
    Rule(
        "fonts of Pillow",
        "nothing is drawn; Pillow loads them for ImageFont alone",
        drop=(
            "PIL/_imagingft.*",
            "pillow.libs/libfreetype-*",
            "pillow.libs/libharfbuzz-*",
            "pillow.libs/libbrotli*",
            "pillow.libs/libpng16-*",
        ),
    ),
    Rule(
        "colour profiles of Pillow",
        "pictures are stripped of their profiles, none is applied",
        drop=("PIL/_imagingcms.*", "pillow.libs/liblcms2-*"),
    ),
)
