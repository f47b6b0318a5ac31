"""Parts of facegate, as the pipeline uses them."""

from __future__ import annotations

import json
import os
import uuid
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from benchmarks.probes.decision import decision_record
from benchmarks.probes.payload import payload
from benchmarks.probes.stopwatch import timed, weighed
from facegate import settings
from facegate.app.parts import INTERACTIVE, Parts
from facegate.credentials import of_invocation
from facegate.deadline import Deadline
from facegate.operations import OPERATIONS
from facegate.pictures.errors import PictureError
from facegate.pictures.normaliser import normalise
from facegate.settings import Endpoint
from facegate.verification.errors import VerificationError
from facegate.verification.form import Base64
from facegate.verification.service import ID_VERIFICATION, Call

_OPERATION = OPERATIONS["FaceCompare"]
_SECONDS = 30.0


def normaliser(event: bytes, _: Any) -> dict[str, Any]:
    """Order: `path`."""
    data = Path(json.loads(event)["path"]).read_bytes()
    return weighed(lambda: normalise(data, _OPERATION.profile), (PictureError,))


def sdk_call(event: bytes, context: Any) -> dict[str, Any]:
    """One FaceCompare with one picture. Order: `bytes` of it, and `endpoint`, a URL in place of the setting."""
    order = json.loads(event)
    picture, verification = payload(order["bytes"]), _parts(context).verification
    if "endpoint" in order:
        endpoint = Endpoint(*order["endpoint"].split("://"))
        verification = replace(verification, endpoints={ID_VERIFICATION.name: endpoint})
    call = Call(
        service=ID_VERIFICATION,
        action=_OPERATION.action,
        query={"MerchantBizId": uuid.uuid4().hex},
        body={"SourceFacePicture": Base64(picture)},
    )
    deadline = Deadline.after(_SECONDS)
    return timed(lambda: verification.call(call, _OPERATION.result, deadline), (VerificationError,))


def ledger(_: bytes, context: Any) -> dict[str, Any]:
    """A claim, and its result."""
    parts, biz_id = _parts(context), uuid.uuid4().hex

    def claim_and_result() -> None:
        parts.claims.acquire(biz_id, "0" * 64, int(_SECONDS * 1000), 0)
        parts.claims.results.write_once(decision_record(biz_id))

    return timed(claim_and_result)


def _parts(context: Any) -> Parts:
    return Parts(settings.from_environment(os.environ), lambda: of_invocation(context), INTERACTIVE)
