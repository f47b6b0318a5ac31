"""The function that forgets a person."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from facegate.app.entries import LEDGER, OBJECTS, VERIFICATION, Function, answered, invocation, started, warmed
from facegate.app.parts import INTERACTIVE
from facegate.erasure import Eraser
from facegate.events.erasures import Erasures


def erasure(environment: Mapping[str, str] = os.environ) -> Function:
    """Raises SettingError, at import."""
    deployed = started(environment)

    def handler(event: bytes, context: Any) -> Any:
        parts, request_id, deadline = invocation(deployed, context, INTERACTIVE)
        eraser = Eraser(
            parts.claims,
            parts.failures,
            parts.tombstones,
            parts.verification,
            parts.reconciler,
            parts.objects,
            deployed.face_groups,
        )
        erasures = Erasures(eraser, deployed.users)
        return answered(event, request_id, lambda request: erasures.answer(request, request_id, deadline))

    return Function(handler, warmed(*LEDGER, *VERIFICATION, *OBJECTS))
