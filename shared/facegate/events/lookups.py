"""GET /v1/results/{MerchantBizId} and GET /v1/users/{MerchantUserId}/results: what is stored, never a picture."""

from __future__ import annotations

import re

from msgspec import Struct

from facegate.errors import NotFound, RequestError
from facegate.events import answers
from facegate.events.answers import HttpAnswer
from facegate.events.http import HttpRequest
from facegate.ledger.claims import Claims
from facegate.ledger.results import MAX_PAGE, Results
from facegate.users import MAX_USER_ID, UserIds

DEFAULT_PAGE = 20
TOKEN = re.compile(r"([0-9]{1,18})-([0-9a-f]{32})")


class Lookups(Struct, frozen=True):
    """Reads of the ledger, as HTTP."""

    results: Results
    claims: Claims
    users: UserIds

    def answer(self, request: HttpRequest, request_id: str) -> HttpAnswer:
        """Raises RequestError, NotFound, LedgerError."""
        match request.segments:
            case ("v1", "results", biz_id) if request.method == "GET":
                return self._by_id(biz_id, request_id)
            case ("v1", "users", user_id, "results") if request.method == "GET":
                return self._of_user(user_id, request, request_id)
        raise NotFound("this function answers GET /v1/results/{MerchantBizId} and /v1/users/{MerchantUserId}/results")

    def _by_id(self, biz_id: str, request_id: str) -> HttpAnswer:
        if not (1 <= len(biz_id) <= 32 and biz_id.isascii() and biz_id.isalnum()):
            raise RequestError("MerchantBizId must be 1 to 32 letters and digits")
        record = self.results.find(biz_id)
        if record is not None:
            return answers.success(answers.stored(record), request_id, MerchantBizId=biz_id)
        if self.claims.in_progress(biz_id):
            body = {
                "RequestId": request_id,
                "Code": "RequestInProgress",
                "Message": "the request is in progress",
                "MerchantBizId": biz_id,
            }
            return HttpAnswer(202, body, {"Retry-After": "2"})
        raise NotFound("no result is stored under this MerchantBizId")

    def _of_user(self, user_id: str, request: HttpRequest, request_id: str) -> HttpAnswer:
        if not 1 <= len(user_id) <= MAX_USER_ID:
            raise RequestError(f"MerchantUserId must be 1 to {MAX_USER_ID} characters")
        limit = _limit(request.query.get("MaxResults"))
        after = _position(request.query.get("NextToken"))
        user = self.users.pseudonym(user_id)
        page = self.results.of_user(user, limit, after)
        result: dict[str, object] = {"Items": [answers.stored(record) for record in page.records]}
        if page.next is not None:
            result["NextToken"] = "{}-{}".format(*page.next)
        return answers.success(result, request_id, MerchantUserId=user)


def _limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_PAGE
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= MAX_PAGE):
        raise RequestError(f"MaxResults must be a whole number from 1 to {MAX_PAGE}")
    return int(text)


def _position(token: str | None) -> tuple[int, str] | None:
    """A NextToken says where the last page ended; it is checked, since it comes back from outside."""
    if token is None:
        return None
    form = TOKEN.fullmatch(token)
    if form is None:
        raise RequestError("NextToken is not one that was given out")
    return int(form[1]), form[2]
