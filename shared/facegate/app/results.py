"""The function that looks stored decisions up, and shows the description of the contract."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from facegate.app.entries import LEDGER, Function, answered, invocation, started, warmed
from facegate.app.parts import INTERACTIVE
from facegate.events import description
from facegate.events.lookups import Lookups


def results(environment: Mapping[str, str] = os.environ) -> Function:
    """Raises SettingError, at import."""
    deployed = started(environment)

    def handler(event: bytes, context: Any) -> Any:
        parts, request_id, _ = invocation(deployed, context, INTERACTIVE)
        lookups = Lookups(parts.results, parts.claims, deployed.users)
        return answered(
            event, request_id, lambda request: description.answer(request) or lookups.answer(request, request_id)
        )

    return Function(handler, warmed(*LEDGER))
