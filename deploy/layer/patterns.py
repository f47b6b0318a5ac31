"""Writes the code of the regular expressions that functions compile at their start, for `facegate.patterns`. A script
of its own, since the layer's interpreter runs it, with the layer alone on its path:

    python3.10 -S patterns.py FUNCTION_FOLDER... > patterns.json

imports each function as Function Compute does, and takes from CPython's cache what was compiled meanwhile. The same
layer gives the same bytes.
"""

from __future__ import annotations

import _sre
import json
import os
import re
import runpy
import sre_compile
import sre_parse
import sys
from pathlib import Path
from typing import Any

from facegate.settings import EXAMPLES


def imported(folders: list[str]) -> None:
    """Runs each function's module and its initializer, with examples in place of the deployment's settings."""
    os.environ.update(EXAMPLES)
    for folder in folders:
        runpy.run_path(str(Path(folder) / "index.py"))["initialize"](None)


def compiled(pattern: str | bytes, flags: int) -> list[Any]:
    """What `sre_compile.compile` hands to `_sre.compile`, as JSON can hold it."""
    parsed = sre_parse.parse(pattern, flags)  # type: ignore[arg-type]  # takes both
    names: dict[str, int] = parsed.state.groupdict
    index: list[str | None] = [None] * parsed.state.groups
    for name, group in names.items():
        index[group] = name
    text = pattern if isinstance(pattern, str) else pattern.decode("latin-1")
    all_flags = int(flags | parsed.state.flags)
    code = list(map(int, sre_compile._code(parsed, flags)))  # type: ignore[attr-defined]  # not public
    return [isinstance(pattern, bytes), text, int(flags), all_flags, code, parsed.state.groups - 1, names, index]


def main() -> None:
    imported(sys.argv[1:])
    cached = [(pattern, flags) for _, pattern, flags in re._cache]  # type: ignore[attr-defined]  # not public
    patterns = sorted((compiled(pattern, flags) for pattern, flags in cached), key=lambda row: row[:3])
    json.dump({"magic": _sre.MAGIC, "patterns": patterns}, sys.stdout, separators=(",", ":"))


if __name__ == "__main__":
    main()
