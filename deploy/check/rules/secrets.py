"""No secret stands in the file, however it is deployed: the file is committed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from deploy.check.deployment import Deployment, Problems

_SECRET_NAME = re.compile(r"(?i)(secret|password|passwd|token|access_?key(_?id)?|user_id_key|private_?key)$")
_VARIABLE = re.compile(r"\$\{env\('\w+'\)\}")
_ACCESS_KEY = re.compile(r"\b(LTAI[A-Za-z0-9]{12,}|STS\.[A-Za-z0-9]{16,})")


def a_secret_comes_from_the_environment(deployment: Deployment) -> Problems:
    """What has a secret's name is a variable and nothing else, without a default."""
    for where, name, value in _values(deployment.written):
        if _SECRET_NAME.search(name) and not _VARIABLE.fullmatch(value):
            yield where, "a secret stands in the file: expected ${env('NAME')}, without a default"


def no_access_key_is_in_the_file(deployment: Deployment) -> Problems:
    """The functions have their role's temporary credentials; nothing needs a key."""
    for where, _, value in _values(deployment.written):
        if _ACCESS_KEY.search(value):
            yield where, "an access key stands in the file: remove it here, and disable it, since it was seen"


def _values(document: Any) -> Iterator[tuple[str, str, str]]:
    """Where, under which key and what: every text of the file, one that is used in several places at its first."""
    seen: set[int] = set()

    def walk(value: Any, where: str, name: str) -> Iterator[tuple[str, str, str]]:
        if isinstance(value, str):
            yield where, name, value
            return
        if not isinstance(value, dict | list) or id(value) in seen:
            return
        seen.add(id(value))
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            at = f"{where}[{key}]" if isinstance(value, list) else f"{where}.{key}".lstrip(".")
            yield from walk(item, at, name if isinstance(value, list) else str(key))

    return walk(document, "", "")
