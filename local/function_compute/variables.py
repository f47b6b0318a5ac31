"""The variables of s.yaml, rendered as Serverless Devs renders them (checked against its 3.1.10).

A value that is one variable and nothing else keeps the variable's type: `${env('N', '4')}` is the string 4,
`${json(env('N', '4'))}` the number; inside a longer string a variable becomes text. An environment variable that is
empty counts as missing. The JSON of a file is rendered too. A missing variable without a default is an error.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from local.function_compute.expressions import Expression, Joined, NotUnderstood, Path, Text, parse

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Mapping

_REFERENCE = re.compile(r"\$\{([^{}]*)\}")
_UNDERSTOOD = "env('NAME'), env('NAME', 'default'), file('path'), json(…), vars.a.b and + are"


class TemplateError(Exception):
    """What is wrong in s.yaml, with the resource and the key, in one line."""

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"s.yaml: {where}: {problem}")
        self.where = where
        self.problem = problem


class Variables:
    """What the variables of one s.yaml stand for: its `vars`, a mapping in place of the environment, and the files of
    its `folder`."""

    def __init__(self, environment: Mapping[str, str], declared: Mapping[str, Any], folder: pathlib.Path) -> None:
        self._environment = environment
        self._declared = declared
        self._folder = folder

    def render(self, value: Any, where: str) -> Any:
        """`value` with every variable in it replaced. Raises TemplateError naming `where` and the
        variable."""
        return self._render(value, where, ())

    def _render(self, value: Any, where: str, within: tuple[str, ...]) -> Any:
        if isinstance(value, dict):
            return {key: self._render(item, f"{where}.{key}", within) for key, item in value.items()}
        if isinstance(value, list):
            return [self._render(item, f"{where}[{i}]", within) for i, item in enumerate(value)]
        if not isinstance(value, str):
            return value
        whole = _REFERENCE.fullmatch(value)
        if whole:
            return self._value(whole[1].strip(), where, within)
        return _REFERENCE.sub(lambda found: self._text(found[1].strip(), where, within), value)

    def _text(self, source: str, where: str, within: tuple[str, ...]) -> str:
        value = self._value(source, where, within)
        if isinstance(value, (dict, list)):
            raise TemplateError(where, f"${{{source}}} is not a single value and cannot stand inside a string")
        return str(value)

    def _value(self, source: str, where: str, within: tuple[str, ...]) -> Any:
        if source in within:
            raise TemplateError(where, f"${{{source}}} refers to itself")
        try:
            expression = parse(source)
        except NotUnderstood:
            raise TemplateError(where, f"${{{source}}} is not understood here; {_UNDERSTOOD}") from None
        within = (*within, source)
        value = self._evaluated(expression, source, where, within)
        nested = isinstance(expression, Path) or not isinstance(value, str)
        return self._render(value, where, within) if nested else value

    def _evaluated(self, expression: Expression, source: str, where: str, within: tuple[str, ...]) -> Any:
        if isinstance(expression, Text):
            return expression.value
        if isinstance(expression, Path):
            return self._look_up(expression.keys, source, where, within)
        if isinstance(expression, Joined):
            return "".join(str(self._evaluated(part, source, where, within)) for part in expression.parts)
        first, *rest = (self._evaluated(argument, source, where, within) for argument in expression.arguments)
        if expression.function == "json":
            return self._json(first, source, where)
        if expression.function == "file":
            return self._file(first, source, where)
        return self._env(first, next(iter(rest), None), where)

    def _json(self, text: Any, source: str, where: str) -> Any:
        try:
            return json.loads(text)
        except (ValueError, TypeError):
            raise TemplateError(where, f"${{{source}}}: {str(text)[:40]!r} is not JSON") from None

    def _file(self, path: Any, source: str, where: str) -> str:
        try:
            return (self._folder / str(path)).read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            raise TemplateError(where, f"${{{source}}}: the file {path} cannot be read") from None

    def _env(self, name: Any, default: Any, where: str) -> Any:
        value = self._environment.get(name) or default
        if value is None:
            raise TemplateError(where, f"the variable {name} has no value and no default")
        return value

    def _look_up(self, keys: tuple[str, ...], source: str, where: str, within: tuple[str, ...]) -> Any:
        value: Any = self._declared
        for key in keys:
            value = self._render(value, where, within) if isinstance(value, str) else value
            if not isinstance(value, dict) or key not in value:
                raise TemplateError(where, f"${{{source}}} is not declared under vars")
            value = value[key]
        return value
