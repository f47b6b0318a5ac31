"""The regular expressions that Python compiles at every cold start are compiled when the layer is built.

Python compiles regular expressions in Python. What the standard library and the SDKs compile while a function is
imported, some 115, is a sixth of the instructions of that import (counted, docs/performance.md). So the layer ships
their code as it ships the bytecode of modules (`deploy/layer/patterns.py` writes it), and here it is put where
`re.compile` looks first: into CPython's own cache, under the very keys.

`re._cache` and `_sre.compile` are not public. So this is done by the one version of CPython for which the file was
written; `_sre.compile` itself refuses code that is none; and without the file all is compiled as ever.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any, Final

VERSION: Final = (3, 10)
FILE: Final = Path(__file__).with_name("patterns.json")


def install(file: Path = FILE) -> int:
    """To be called before anything compiles. How many are known from now on."""
    if sys.implementation.name != "cpython" or sys.version_info[:2] != VERSION or not file.exists():
        return 0
    import _sre

    from msgspec.json import decode

    written = decode(file.read_bytes())
    if written["magic"] != _sre.MAGIC:
        return 0
    known: dict[Any, re.Pattern[Any]] = re._cache  # type: ignore[attr-defined]  # see above
    for is_bytes, text, flags, all_flags, code, groups, names, index in written["patterns"]:
        pattern = text.encode("latin-1") if is_bytes else text
        known[type(pattern), pattern, flags] = _sre.compile(pattern, all_flags, code, groups, names, tuple(index))
    return len(written["patterns"])
