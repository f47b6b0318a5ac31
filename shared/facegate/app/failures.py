"""The failure destination of the asynchronous functions."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from facegate import log
from facegate.app.entries import LEDGER, Function, invocation, started, warmed, worked_off
from facegate.app.parts import INTERACTIVE, now_ms
from facegate.events import failures


def failure(environment: Mapping[str, str] = os.environ) -> Function:
    """Raises SettingError, at import."""
    deployed = started(environment)
    log.without_stacks()

    def handler(event: bytes, context: Any) -> Any:
        parts, request_id, _ = invocation(deployed, context, INTERACTIVE)
        failed, results = parts.failures, parts.results
        return worked_off(request_id, lambda: failures.record(event, failed, results, deployed.users, now_ms()))

    return Function(handler, warmed(*LEDGER))
