"""What the functions of one s.yaml must agree on: destinations that exist, and OSS triggers that do not conflict."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from local.function_compute.variables import TemplateError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from local.function_compute.function_spec import FunctionSpec


def check_destinations(functions: Mapping[str, FunctionSpec]) -> None:
    """Raises TemplateError where a destination is not one of the functions."""
    for spec in functions.values():
        config = spec.async_config
        for key, name in (("onSuccess", config.on_success), ("onFailure", config.on_failure)):
            if name is not None and name not in functions:
                where = f"resources.{spec.resource}.props.asyncInvokeConfig.destinationConfig.{key}.destination"
                raise TemplateError(where, f"there is no function {name!r}")


def check_conflicts(functions: Iterable[FunctionSpec]) -> None:
    """Raises TemplateError where two OSS triggers, of any functions, conflict."""
    placed = [(spec, trigger) for spec in functions for trigger in spec.oss_triggers]
    for (first, earlier), (second, later) in itertools.combinations(placed, 2):
        if earlier.conflicts_with(later):
            raise TemplateError(
                f"resources.{second.resource}.props.triggers",
                f"{later.name} conflicts with {earlier.name} of {first.name}: equal events, and prefixes and"
                " suffixes that can match one key",
            )
