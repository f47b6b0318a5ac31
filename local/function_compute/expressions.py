"""What stands between `${` and `}` in s.yaml, parsed.

Serverless Devs takes any JavaScript there. Here: `env('X')`, `env('X', 'default')`, `file('path')`, `json(…)` of one of
these, `vars.a.b`, a quoted string, and `+` between them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""\s*(?: (?P<text>'[^']*'|"[^"]*") | (?P<path>vars(?:\.[\w-]+)+) | (?P<name>[a-z]+) | (?P<mark>[(),+]) )\s*""",
    re.VERBOSE,
)
_ARGUMENTS = {"env": (1, 2), "file": (1, 1), "json": (1, 1)}


class NotUnderstood(ValueError):
    """The expression is no such one."""


@dataclass(frozen=True, slots=True)
class Text:
    value: str


@dataclass(frozen=True, slots=True)
class Path:
    """`keys` below `vars`."""

    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """`function` is env, file or json, with as many arguments as it takes."""

    function: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Joined:
    """Texts put together by `+`."""

    parts: tuple[Expression, ...]


Expression = Text | Path | Call | Joined


def parse(source: str) -> Expression:
    """Raises NotUnderstood."""
    reader = _Reader(_tokens(source))
    expression = reader.expression()
    if reader.kind is not None:
        raise NotUnderstood(source)
    return expression


def _tokens(source: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(source):
        token = _TOKEN.match(source, at)
        if token is None or token.lastgroup is None:
            raise NotUnderstood(source)
        found.append((token.lastgroup, token[token.lastgroup]))
        at = token.end()
    return found


class _Reader:
    """Takes tokens from the front. Every method raises NotUnderstood."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens

    @property
    def kind(self) -> str | None:
        """Of the next token; None at the end."""
        return self._tokens[0][0] if self._tokens else None

    def expression(self) -> Expression:
        parts = [self._term()]
        while self._next_is("+"):
            self._take("mark")
            parts.append(self._term())
        return parts[0] if len(parts) == 1 else Joined(tuple(parts))

    def _term(self) -> Expression:
        if self.kind == "text":
            return Text(self._take("text")[1:-1])
        if self.kind == "path":
            return Path(tuple(self._take("path").split(".")[1:]))
        return self._call(self._take("name"))

    def _call(self, function: str) -> Call:
        least, most = _ARGUMENTS.get(function, (1, 0))
        self._mark("(")
        arguments = [self.expression()]
        while self._next_is(","):
            self._take("mark")
            arguments.append(self.expression())
        self._mark(")")
        if not least <= len(arguments) <= most:
            raise NotUnderstood(function)
        return Call(function, tuple(arguments))

    def _next_is(self, mark: str) -> bool:
        return self._tokens[:1] == [("mark", mark)]

    def _mark(self, mark: str) -> None:
        if self._take("mark") != mark:
            raise NotUnderstood(mark)

    def _take(self, kind: str) -> str:
        if self.kind != kind:
            raise NotUnderstood(kind)
        return self._tokens.pop(0)[1]
