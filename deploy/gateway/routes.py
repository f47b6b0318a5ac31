"""deploy/routes.yaml, with what stands behind each function: an operation of the catalogue, or none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from facegate.operations import OPERATIONS, Operation

ROOT = Path(__file__).resolve().parents[2]
_OPERATION = re.compile(r'operation\("(\w+)"\)')
_PARAMETER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Route:
    """`operation` is what the function performs, None for look-ups, erasure and the description."""

    method: str
    path: str
    function: str
    operation: Operation | None

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names in the path."""
        return tuple(_PARAMETER.findall(self.path))


def read() -> tuple[Route, ...]:
    """All routes, in the file's order."""
    listed = yaml.safe_load((ROOT / "deploy" / "routes.yaml").read_text("utf-8"))["routes"]
    return tuple(Route(**entry, operation=_operation(entry["function"])) for entry in listed)


def _operation(function: str) -> Operation | None:
    """Each function's index.py names what it serves."""
    source = ROOT / "functions" / function.replace("-", "_") / "index.py"
    named = _OPERATION.search(source.read_text("utf-8"))
    return OPERATIONS[named[1]] if named else None
