"""Serverless Devs variables: `${env('X')}`, `${env('X', 'default')}` and `${vars.a.b}`, rendered as `s` does.

A value that is one variable and nothing else keeps the variable's type (a number in `vars` stays a number);
inside a longer string the variable becomes text. As in `s`, a missing variable without a default is an error.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_REFERENCE = re.compile(r"\$\{([^{}]*)\}")
_ENV = re.compile(r"""env\(\s*(?P<q>['"])(?P<name>\w+)(?P=q)\s*(?:,\s*(?P<d>['"])(?P<default>.*)(?P=d)\s*)?\)""")
_VARS = re.compile(r"vars((?:\.[\w-]+)+)")


class TemplateError(Exception):
    """What is wrong in s.yaml, with the resource and the key, in one line."""

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"s.yaml: {where}: {problem}")


class Variables:
    """What the variables of one s.yaml stand for: its `vars`, and a mapping in place of the environment."""

    def __init__(self, environment: Mapping[str, str], declared: Mapping[str, Any]) -> None:
        self._environment = environment
        self._declared = declared

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

    def _text(self, expression: str, where: str, within: tuple[str, ...]) -> str:
        value = self._value(expression, where, within)
        if isinstance(value, (dict, list)):
            raise TemplateError(where, f"${{{expression}}} is not a single value and cannot stand inside a string")
        return str(value)

    def _value(self, expression: str, where: str, within: tuple[str, ...]) -> Any:
        if found := _ENV.fullmatch(expression):
            value = self._environment.get(found["name"], found["default"])
            if value is None:
                raise TemplateError(where, f"the variable {found['name']} has no value and no default")
            return value
        if found := _VARS.fullmatch(expression):
            if expression in within:
                raise TemplateError(where, f"${{{expression}}} refers to itself")
            return self._render(self._look_up(expression, found[1], where), where, (*within, expression))
        raise TemplateError(
            where,
            f"${{{expression}}} is not understood here; env('NAME'), env('NAME', 'default') and vars.a.b are",
        )

    def _look_up(self, expression: str, path: str, where: str) -> Any:
        value: Any = self._declared
        for key in path.removeprefix(".").split("."):
            if not isinstance(value, dict) or key not in value:
                raise TemplateError(where, f"${{{expression}}} is not declared under vars")
            value = value[key]
        return value
