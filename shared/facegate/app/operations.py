"""The five functions that perform one operation over HTTP, and again what they handed over to themselves."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from facegate import log
from facegate.app.entries import (
    LEDGER,
    PICTURES,
    VERIFICATION,
    Function,
    answered,
    invocation,
    started,
    warmed,
    worked_off,
)
from facegate.app.parts import INTERACTIVE, PATIENT
from facegate.events.calls import Calls
from facegate.events.deferred import Deferral, is_handed_over
from facegate.operations import OPERATIONS


def operation(action: str, environment: Mapping[str, str] = os.environ) -> Function:
    """The function of one operation. Raises SettingError, at import."""
    performed, deployed = OPERATIONS[action], started(environment)
    log.without_stacks()

    def handler(event: bytes, context: Any) -> Any:
        handed_over = is_handed_over(event)
        policy = PATIENT if handed_over else INTERACTIVE
        parts, request_id, deadline = invocation(deployed, context, policy)
        deferral = Deferral(parts.invoker, parts.objects, deployed.function_name)
        calls = Calls(performed, parts.maker, parts.pipeline, deferral, parts.claims, deployed.max_body_bytes)
        if handed_over:
            return worked_off(request_id, lambda: calls.work_off(deferral.taken(event), request_id, deadline))
        return answered(event, request_id, lambda request: calls.answer(request, event, request_id, deadline))

    return Function(handler, warmed(*LEDGER, *VERIFICATION, *PICTURES))
