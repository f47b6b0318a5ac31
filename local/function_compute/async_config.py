"""`asyncInvokeConfig` of s.yaml: how often, for how long and to what end an asynchronous invocation is tried."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local.function_compute.properties import Properties

RETRIES = 3
"""After the first attempt, for errors of the function (documented default)."""

AGE_SECONDS = 86_400
"""Documented default. The deployment's own schema says 18,000: which of them holds is UNCONFIRMED, so set it."""

_FUNCTION = re.compile(r"acs:fc:(?P<region>[^:]+):(?P<account>\d+):functions/(?P<name>[_a-zA-Z][-_a-zA-Z0-9]{0,127})")
_FORM = "acs:fc:<region>:<account>:functions/<function>: no other destination exists here"


@dataclass(frozen=True)
class AsyncInvokeConfig:
    """`retries` 0 to 8. `task` allows task ids (asyncTask). Destinations are function names, None: there is none."""

    retries: int = RETRIES
    age_seconds: int = AGE_SECONDS
    task: bool = False
    on_success: str | None = None
    on_failure: str | None = None


def async_invoke_config(props: Properties, region: str) -> AsyncInvokeConfig:
    """Reads the block; documented defaults where it is absent. Raises TemplateError."""
    block = props.block("asyncInvokeConfig")
    if not block.content:
        return AsyncInvokeConfig()
    destinations = block.block("destinationConfig")
    return AsyncInvokeConfig(
        retries=block.integer("maxAsyncRetryAttempts", 0, 8, RETRIES),
        age_seconds=block.integer("maxAsyncEventAgeInSeconds", 1, 2_592_000, AGE_SECONDS),
        task=block.flag("asyncTask"),
        on_success=_destination(destinations.block("onSuccess"), region),
        on_failure=_destination(destinations.block("onFailure"), region),
    )


def _destination(block: Properties, region: str) -> str | None:
    if not block.content:
        return None
    found = _FUNCTION.fullmatch(block.text("destination", _FUNCTION, _FORM))
    if found is None or found["region"] != region:
        raise block.error("destination", f"must be in the function's region, {region}")
    return found["name"]
