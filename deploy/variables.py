"""The deployment's variables: what deployment.env says, under what the environment says."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

FILE = Path("deployment.env")
_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)")
_QUOTED = re.compile(r"""(["'])(.*)\1""")


class VariablesError(Exception):
    """deployment.env cannot be read; one line."""


def read(path: Path = FILE, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """All variables; a file that is not there says nothing. Raises VariablesError, naming the line."""
    found: dict[str, str] = {}
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        match = _LINE.fullmatch(text)
        if match is None:
            raise VariablesError(f"{path}, line {number}: expected NAME=value")  # the line may hold a secret
        value = match[2].strip()
        quoted = _QUOTED.fullmatch(value)
        found[match[1]] = quoted[2] if quoted else value
    return {**found, **environment}
