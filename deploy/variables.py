"""The deployment's variables: those of deployment.env, over which the process's environment goes.

deployment.env.example is the only list of them: what is not commented out there is required, the rest is not. A
deployment.env that a shell would read differently is refused.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FILE = "deployment.env"
EXAMPLE = "deployment.env.example"

_LINE = re.compile(
    r"""(?P<name>[A-Z][A-Z0-9_]*) = (?P<value>[\w./:,@%+=-]* | '[^']*' | "[^"$`\\]*") \s* (\s\#.*)?""",
    re.VERBOSE | re.ASCII,
)
_COMMENTED_OUT = re.compile(r"#(?=[A-Z][A-Z0-9_]*=)")


class VariablesError(Exception):
    """What is wrong with the variables, in one line."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What the example lists, by name: a value for each required one, the default of each other one (empty: none)."""

    required: Mapping[str, str]
    optional: Mapping[str, str]

    @property
    def names(self) -> Collection[str]:
        return {**self.required, **self.optional}.keys()


@dataclass(frozen=True, slots=True)
class Variables:
    """`values` has no empty ones. `file` is None where there is no deployment.env; `from_environment` names what the
    process's environment set."""

    values: Mapping[str, str]
    file: Path | None
    from_environment: tuple[str, ...]

    def required(self, *names: str) -> tuple[str, ...]:
        """The values of `names`. Raises VariablesError naming each that has none."""
        if missing := [name for name in names if name not in self.values]:
            raise VariablesError(f"{', '.join(missing)}: no value in {FILE} or the environment; see {EXAMPLE}")
        return tuple(self.values[name] for name in names)


def declared(folder: Path = ROOT) -> Declared:
    """Raises VariablesError."""
    lines = _read(folder / EXAMPLE).splitlines()
    commented = [_COMMENTED_OUT.sub("", line) for line in lines if _COMMENTED_OUT.match(line)]
    return Declared(_assignments(lines, EXAMPLE), _assignments(commented, EXAMPLE))


def load(environment: Mapping[str, str], folder: Path = ROOT) -> Variables:
    """What is set for this deployment. Raises VariablesError."""
    known = declared(folder).names
    path = folder / FILE
    file = path if path.exists() else None
    values = _assignments(_read(path).splitlines(), FILE) if file else {}
    for name in values:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            raise VariablesError(f"{FILE}: {name} is no variable{f': {near[0]}?' if near else f' of {EXAMPLE}'}")
    given = {name: environment[name] for name in sorted(known) if environment.get(name)}
    merged = {name: value for name, value in {**values, **given}.items() if value}
    return Variables(merged, file, tuple(given))


def _assignments(lines: list[str], name: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        assignment = _LINE.fullmatch(line)
        if assignment is None:
            # The line itself is not shown: it may be a secret's.
            raise VariablesError(
                f"{name}: line {number} is not NAME=value, plain, in '…', or in \"…\" without $, ` and \\"
            )
        if assignment["name"] in found:
            raise VariablesError(f"{name}: line {number} sets {assignment['name']} a second time")
        value = assignment["value"]
        found[assignment["name"]] = value[1:-1] if value[:1] in {"'", '"'} else value
    return found


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise VariablesError(f"{path.name} cannot be read") from None
