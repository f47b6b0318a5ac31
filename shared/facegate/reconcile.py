"""Was the user enrolled by a call whose outcome is unknown? The service is asked, by group and user, before
anything is repeated.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import msgspec

from facegate.commands import Command
from facegate.deadline import Deadline
from facegate.ledger.claims import CLOCK_SKEW_MS
from facegate.operations import Decision
from facegate.verification.client import VerificationClient
from facegate.verification.service import ID_VERIFICATION, Call

RULE = "reconciled: QueryFaceRecord shows the record of a call whose answer was lost"


class FaceRecord(msgspec.Struct, frozen=True):
    """One enrolled face, as QueryFaceRecord lists it; `GmtCreate` is UTC with a resolution of one second."""

    FaceId: str | None = None
    MerchantUserId: str | None = None
    GmtCreate: str | None = None


@dataclass(frozen=True, slots=True)
class Reconciler:
    verification: VerificationClient

    def enrolled_since(self, command: Command, since_ms: int, deadline: Deadline) -> Decision | None:
        """The decision that the lost answer held, if the user's record in the group is not older than `since_ms`.

        A record without a readable time counts as new: enrolling twice is worse than taking an older record for
        this one. Raises VerificationError.
        """
        query = {
            "CurrentPage": "1",
            "PageSize": "50",
            "FaceGroupCode": str(command.register_group),
            "MerchantUserId": str(command.user),
        }
        call = Call(ID_VERIFICATION, "QueryFaceRecord", query, {})
        records = self.verification.page(call, FaceRecord, deadline).result
        for record in records:
            if record.MerchantUserId == command.user and _is_new(record.GmtCreate, since_ms):
                return _decision(command, record)
        return None


def _is_new(created: str | None, since_ms: int) -> bool:
    try:
        at = datetime.strptime(created or "", "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    except ValueError:
        return True
    return at.timestamp() * 1000 >= since_ms - CLOCK_SKEW_MS - 1_000


def _decision(command: Command, record: FaceRecord) -> Decision:
    if command.operation.action == "AddFaceRecord":
        answer: dict[str, Any] = {"Passed": "Y"}
        return Decision("enrolled", RULE, answer)
    # Registration follows only a search without a hit; the score of the lost answer cannot be had again.
    answer = {"FacePassed": "Y", "FaceRegistrationResult": 1}
    if record.FaceId:
        answer["FaceRegistrationId"] = record.FaceId
    return Decision("unique", RULE, answer)
