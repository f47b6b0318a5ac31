"""Was the user enrolled by a call whose outcome is unknown? The service is asked, by group and user, before
anything is repeated.
"""

from __future__ import annotations

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


class DeletedRecords(msgspec.Struct, frozen=True):
    """`DeletedGroupCodes` lists groups, separated by commas."""

    Deleted: str | None = None
    DeletedGroupCodes: str | None = None


class Reconciler(msgspec.Struct, frozen=True):
    """Asks the service what it knows of a user's face."""

    verification: VerificationClient

    def enrolled_since(self, command: Command, since_ms: int, deadline: Deadline) -> Decision | None:
        """The decision that the lost answer held, if the user's record in the group is not older than `since_ms`.

        A record without a readable time counts as new: enrolling twice is worse than taking an older record for
        this one. Raises VerificationError.
        """
        records = self.records(str(command.user), str(command.register_group), deadline)
        for record in records:
            if _is_new(record.GmtCreate, since_ms):
                return _decision(command, record)
        return None

    def forget(self, user: str, deadline: Deadline) -> list[str]:
        """Deletes the user's face records in all groups; the codes of those that had one. Raises VerificationError."""
        call = Call(ID_VERIFICATION, "DeleteFaceRecordV2", {"MerchantUserId": user}, {})
        deleted = self.verification.call(call, DeletedRecords, deadline).result
        return [code for code in (deleted.DeletedGroupCodes or "").split(",") if code]

    def records(self, user: str, group: str, deadline: Deadline) -> list[FaceRecord]:
        """The user's face records in a group. Raises VerificationError."""
        query = {"CurrentPage": "1", "PageSize": "50", "FaceGroupCode": group, "MerchantUserId": user}
        found = self.verification.page(Call(ID_VERIFICATION, "QueryFaceRecord", query, {}), FaceRecord, deadline).result
        return [record for record in found if record.MerchantUserId == user]


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
