"""The rules: each looks at the whole deployment and yields where it is broken and how.

A rule's name is its function's; its docstring is what it says. A new rule is a function in one of these modules.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import ModuleType

from deploy.check.deployment import Deployment, Problems
from deploy.check.rules import access, asynchronous, code, events, http, naming, secrets, settings, sizing

Rule = Callable[[Deployment], Problems]
MODULES = (naming, code, settings, secrets, access, http, events, asynchronous, sizing)


def name_of(rule: Rule) -> str:
    return rule.__name__.replace("_", "-")


def _rules(module: ModuleType) -> list[Rule]:
    return [
        value
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_")
    ]


RULES: tuple[Rule, ...] = tuple(rule for module in MODULES for rule in _rules(module))
