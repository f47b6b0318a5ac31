"""The ways to enrol a person, the ends that a call can have, and what the service then tells of the person."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from facegate.commands import Command
from facegate.errors import FacegateError
from facegate.verification.errors import (
    MalformedAnswer,
    ServiceDisconnected,
    ServiceRefused,
    ServiceTimedOut,
    ServiceUnreachable,
    VerificationError,
)
from tests.unit import layer_samples as samples
from tests.unit.layer_world import World, command

ENROL, CHECK, QUERY, DELETE = "AddFaceRecord", "FaceDuplicationCheckIntl", "QueryFaceRecord", "DeleteFaceRecordV2"
WAYS: dict[str, tuple[str, dict[str, Any]]] = {
    "picture": (ENROL, {}),
    "url": (ENROL, {"FacePicture": None, "FacePictureUrl": samples.URL}),
    "registration": (CHECK, {"AutoRegistration": True}),
}
OUTCOME = {"picture": "enrolled", "url": "enrolled", "registration": "unique"}
UNKNOWN: dict[str, VerificationError] = {
    "timed out": ServiceTimedOut("m"),
    "disconnected": ServiceDisconnected("m"),
    "malformed": MalformedAnswer("m"),
    "malformed success": MalformedAnswer("m", executed=True),
    "broken": ServiceRefused("InternalError", 500),
    "unavailable": ServiceRefused("ServiceUnavailable", 503),
}
NOT_EXECUTED: dict[str, VerificationError] = {
    "throttled": ServiceRefused("Throttling.Api", 403),
    "invalid": ServiceRefused("InvalidParameter", 400),
    "download": ServiceRefused("DownloadTimeout", 401),
    "unreachable": ServiceUnreachable("m"),
}
OTHER_ID = "C" * 32
THIRD_ID = "D" * 32


def enrolment(way: str, **changes: Any) -> Command:
    action, own = WAYS[way]
    return command(action, **{**own, **changes})


def good(way: str) -> dict[str, Any]:
    return {**samples.RESULTS[WAYS[way][0]], **({"FaceRegistrationResult": 1} if way == "registration" else {})}


def face(world: World, *, after_ms: int = 0, user: str = samples.PSEUDONYM) -> dict[str, Any]:
    """As QueryFaceRecord lists it; created `after_ms` from now."""
    at = datetime.fromtimestamp((world.clock.ms + after_ms) / 1000, timezone.utc)
    return {"FaceId": "face-1", "MerchantUserId": user, "GmtCreate": at.strftime("%Y-%m-%dT%H:%M:%SZ")}


def refused(world: World, asked: Command, remaining_ms: int = 20_000) -> FacegateError:
    with pytest.raises(FacegateError) as raised:
        world.run(asked, remaining_ms)
    return raised.value


def erase(world: World) -> None:
    """Only what an enrolment can notice of an erasure."""
    world.tombstones.set(samples.PSEUDONYM)


def abandoned(world: World, way: str) -> None:
    """An instance died after it had made its call: claims stay, the answer is gone."""
    world.verification.will(WAYS[way][0], UNKNOWN["timed out"])
    world.verification.will(QUERY, UNKNOWN["timed out"])
    refused(world, enrolment(way))
    world.die()
    world.verification.asked.clear()


def occurred(way: str, at_ms: int) -> Command:
    action, own = WAYS[way]
    return samples.command(action, occurred_at_ms=at_ms, **{"MerchantBizId": samples.BIZ_ID, **own})
