"""The function that checks sign-ups for duplicates."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from facegate import log
from facegate.app.entries import (
    LEDGER,
    OBJECTS,
    PICTURES,
    VERIFICATION,
    Function,
    invocation,
    started,
    warmed,
    worked_off,
)
from facegate.app.parts import PATIENT, now_ms
from facegate.events.checks import Checks
from facegate.operations import OPERATIONS


def check(environment: Mapping[str, str] = os.environ) -> Function:
    """Raises SettingError, at import."""
    operation, deployed = OPERATIONS["FaceDuplicationCheckIntl"], started(environment)
    log.without_stacks()

    def handler(event: bytes, context: Any) -> Any:
        parts, request_id, deadline = invocation(deployed, context, PATIENT)
        checks = Checks(operation, parts.maker, parts.pipeline, parts.failures, deployed.function_name, now_ms)
        return worked_off(request_id, lambda: checks.handle(event, request_id, deadline))

    return Function(handler, warmed(*LEDGER, *OBJECTS, *VERIFICATION, *PICTURES))
