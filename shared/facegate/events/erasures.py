"""DELETE /v1/users/{MerchantUserId}: erasure, answered with its proof."""

from __future__ import annotations

from msgspec import Struct

from facegate.deadline import Deadline
from facegate.erasure import Eraser
from facegate.errors import NotFound, RequestError
from facegate.events import answers, uploads
from facegate.events.answers import HttpAnswer
from facegate.events.http import HttpRequest
from facegate.users import MAX_USER_ID, UserIds


class Erasures(Struct, frozen=True):
    """Erasure, as HTTP."""

    eraser: Eraser
    users: UserIds

    def answer(self, request: HttpRequest, request_id: str, deadline: Deadline) -> HttpAnswer:
        """Raises RequestError, NotFound, ErasureIncomplete, VerificationError, ObjectError, LedgerError."""
        match request.segments:
            case ("v1", "users", user_id) if request.method == "DELETE":
                return self._erase(user_id, request_id, deadline)
        raise NotFound("this function answers DELETE /v1/users/{MerchantUserId}")

    def _erase(self, user_id: str, request_id: str, deadline: Deadline) -> HttpAnswer:
        if not 1 <= len(user_id) <= MAX_USER_ID:
            raise RequestError(f"MerchantUserId must be 1 to {MAX_USER_ID} characters")
        user = self.users.pseudonym(user_id)
        erased = self.eraser.erase(user, uploads.folders(user_id, self.eraser.face_groups), deadline)
        result = {
            "Erased": "Y",
            "DeletedGroupCodes": erased.deleted_groups,
            "DeletedUploads": erased.uploads,
            "DeletedResults": erased.results,
            "DeletedFailures": erased.failures,
            "DeletedVerifications": erased.verifications,
            "Remaining": erased.remaining,
        }
        return answers.success(result, request_id, MerchantUserId=user)
