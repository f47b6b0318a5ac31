"""Reads YAML more strictly than the library does by itself: a key that is given twice is refused, as `s` refuses it."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import yaml


class DocumentError(Exception):
    """Why the text is not what can be checked, in one line."""


class _Loader(yaml.SafeLoader):
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise DocumentError(f"line {key.start_mark.line + 1} has a key that is no text")
            if key.value in seen and key.tag != "tag:yaml.org,2002:merge":
                raise DocumentError(f"line {key.start_mark.line + 1} gives {key.value} a second time")
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def read(text: str) -> dict[str, Any]:
    """The mapping that `text` is, aliases and merges resolved. Raises DocumentError."""
    try:
        document = yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        raise DocumentError(" ".join(str(error).split())) from None
    if not isinstance(document, dict):
        raise DocumentError("is not a YAML mapping")
    return document
