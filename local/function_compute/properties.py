"""Reads values out of a YAML mapping, each checked, so that every complaint names the key it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.function_compute.variables import TemplateError

if TYPE_CHECKING:
    import re


class Properties:
    """A mapping of s.yaml and where it stands (`where` is empty for the whole document).

    Every method raises TemplateError for a value that is missing or of another kind.
    """

    def __init__(self, content: dict[str, Any], where: str) -> None:
        self.content = content
        self._where = where

    @classmethod
    def of(cls, value: Any, where: str) -> Properties:
        if not isinstance(value, dict):
            raise TemplateError(where, f"must be a mapping, not {value!r}")
        return cls(value, where)

    def error(self, key: object, problem: str) -> TemplateError:
        return TemplateError(self._path(key), problem)

    def block(self, key: str, words: tuple[str, ...] = ()) -> Properties:
        """The mapping at `key`. An absent one reads as empty, and so does one of `words` in its place."""
        value = self.content.get(key)
        return Properties.of({} if value is None or value in words else value, self._path(key))

    def blocks(self, key: str) -> list[Properties]:
        """The list of mappings at `key`; empty where it is absent."""
        return [Properties.of(item, f"{self._path(key)}[{i}]") for i, item in enumerate(self._list(key))]

    def text(self, key: str, form: re.Pattern[str] | None = None, shape: str = "", default: str | None = None) -> str:
        """A string that is not empty; `shape` says in words what `form` wants."""
        value = self.content.get(key, default)
        if value is None:
            raise self.error(key, "is missing")
        if not isinstance(value, str) or (not value and value != default):
            raise self.error(key, f"must be a string, not {value!r}")
        if form and not form.fullmatch(value):
            raise self.error(key, f"must be of the form {shape}, not {value!r}")
        return value

    def texts(self, key: str) -> list[str]:
        """A list of strings; empty where it is absent."""
        values = self._list(key)
        if not all(isinstance(value, str) for value in values):
            raise self.error(key, "must be a list of strings")
        return values

    def choice(self, key: str, choices: tuple[str, ...]) -> str:
        value = self.text(key)
        if value not in choices:
            raise self.error(key, f"{value!r} is not one of {', '.join(choices)}")
        return value

    def number(self, key: str, least: float, most: float, default: float) -> float:
        value = self.content.get(key, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
            raise self.error(key, f"must be a number from {least} to {most}, not {value!r}")
        return float(value)

    def integer(self, key: str, least: int, most: int, default: int | None = None) -> int:
        value = self.content.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self.error(key, f"must be an integer from {least} to {most}, not {value!r}")
        return value

    def flag(self, key: str) -> bool:
        """True or false; an absent one is false."""
        value = self.content.get(key, False)
        if not isinstance(value, bool):
            raise self.error(key, f"must be true or false, not {value!r}")
        return value

    def _list(self, key: str) -> list[Any]:
        value = self.content.get(key, [])
        if not isinstance(value, list):
            raise self.error(key, f"must be a list, not {value!r}")
        return value

    def _path(self, key: object) -> str:
        return f"{self._where}.{key}" if self._where else str(key)
