"""Compiles a layer's modules. A script of its own, since the layer's interpreter runs it: it uses nothing but the
standard library.

    PYTHONHASHSEED=0 python3.10 -I bytecode.py FOLDER DEPLOYED

writes `__pycache__/<module>.cpython-310.pyc` beside every module in FOLDER, with paths as if FOLDER were DEPLOYED, and
never to be checked against its source ("unchecked-hash", PEP 552). Exit status 1, and one line for each module that
cannot be compiled.

The bytes follow from the source alone. CPython's own `marshal.dumps` does not promise that: it marks what has more than
one reference in the process at that moment, and writes a constant set in the order of its hashes, which for None is an
address. Both are undone here for the version that is deployed; for any other it is marshal's own output.
"""

from __future__ import annotations

import importlib.util
import marshal
import re
import sys
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from struct import pack
from types import CodeType
from typing import Any

DEPLOYED_PYTHON = (3, 10)
UNCHECKED_HASH = 0b01
REFERABLE = 0x80
INTERNED = re.compile(r"[A-Za-z0-9_]*")
"""Which strings the compiler interns: what could be a name."""


def compiled(source: bytes, filename: str) -> bytes:
    """The module's .pyc. Raises SyntaxError or ValueError."""
    code = compile(source, filename, "exec", dont_inherit=True, optimize=0)
    if sys.version_info[:2] == DEPLOYED_PYTHON:
        body = _Writer().bytes_of(code)
        if marshal.loads(body) != code:  # noqa: S302 - written two lines above
            raise ValueError("its bytecode would not be read back as it is")
    else:
        body = marshal.dumps(code)
    header = importlib.util.MAGIC_NUMBER + pack("<I", UNCHECKED_HASH) + importlib.util.source_hash(source)
    return header + body


class _Writer:
    """marshal's format for CPython 3.10 (Python/marshal.c). Equal strings, bytes and tuples of strings are written
    once, then referred to; constant sets are sorted.
    """

    def __init__(self) -> None:
        self._written: dict[object, int] = {}

    def bytes_of(self, value: object) -> bytes:
        if isinstance(value, CodeType):
            return self._code(value)
        if isinstance(value, frozenset):
            return b">" + pack("<i", len(value)) + self._each(sorted(value, key=_order))
        if isinstance(value, tuple) and not all(isinstance(item, str) for item in value):
            return self._tuple(value)
        if isinstance(value, (str, bytes, tuple)):
            return self._once(value)
        number: Any = value
        return marshal.dumps(number, 2)

    def _once(self, value: str | bytes | tuple[object, ...]) -> bytes:
        if value in self._written:
            return b"r" + pack("<i", self._written[value])
        self._written[value] = len(self._written)
        if isinstance(value, str):
            written = self._string(value)
        elif isinstance(value, tuple):
            written = self._tuple(value)
        else:
            written = b"s" + pack("<i", len(value)) + value
        return bytes([written[0] | REFERABLE]) + written[1:]

    def _tuple(self, values: tuple[object, ...]) -> bytes:
        size = b")" + bytes([len(values)]) if len(values) < 256 else b"(" + pack("<i", len(values))
        return size + self._each(values)

    def _each(self, values: Iterable[object]) -> bytes:
        return b"".join(map(self.bytes_of, values))

    def _string(self, text: str) -> bytes:
        encoded = text.encode("utf-8", "surrogatepass")
        if not text.isascii():
            return b"u" + pack("<i", len(encoded)) + encoded
        interned = INTERNED.fullmatch(text)
        if len(encoded) < 256:
            return (b"Z" if interned else b"z") + bytes([len(encoded)]) + encoded
        return (b"A" if interned else b"a") + pack("<i", len(encoded)) + encoded

    def _code(self, code: CodeType) -> bytes:
        counts = (
            code.co_argcount,
            code.co_posonlyargcount,
            code.co_kwonlyargcount,
            code.co_nlocals,
            code.co_stacksize,
            code.co_flags,
        )
        objects = (
            code.co_code,
            code.co_consts,
            code.co_names,
            code.co_varnames,
            code.co_freevars,
            code.co_cellvars,
            code.co_filename,
            code.co_name,
        )
        before = b"c" + pack("<6i", *counts) + self._each(objects)
        return before + pack("<i", code.co_firstlineno) + self.bytes_of(code.co_linetable)


def _order(constant: object) -> tuple[str, str]:
    return type(constant).__name__, repr(constant)


def compile_module(folder: Path, deployed: str, module: Path) -> str | None:
    """Writes the module's .pyc; None, or in one line why it cannot be compiled."""
    name = module.relative_to(folder)
    try:
        content = compiled(module.read_bytes(), f"{deployed}/{name.as_posix()}")
    except (SyntaxError, ValueError) as error:
        return f"{name}: {error}"
    target = Path(importlib.util.cache_from_source(str(module), optimization=""))
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(content)
    return None


def main() -> int:
    folder, deployed = Path(sys.argv[1]), sys.argv[2]
    modules = sorted(folder.rglob("*.py"))
    with ProcessPoolExecutor() as pool:
        refusals = [line for line in pool.map(partial(compile_module, folder, deployed), modules, chunksize=16) if line]
    sys.stderr.writelines(f"{line}\n" for line in refusals)
    return int(bool(refusals))


if __name__ == "__main__":
    sys.exit(main())
