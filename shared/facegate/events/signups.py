"""Sign-up messages: a duplicate check for each new user, and enrolment of the face if the message asks for it.

One message, three envelopes: an MNS topic's notification (JSON, or STREAM with and without attributes), a
CloudEvent from an EventBridge rule, and a direct asynchronous invocation with the message itself. The message is
versioned:

    {"version": 1, "MerchantUserId": "…", "SourceFacePictureObject": "…" or "SourceFacePictureUrl": "…",
     "FaceGroupCodes": "…", "AutoRegistration": true, "FaceRegisterGroupCode": "…", "Liveness": "1",
     "MerchantBizId": "…", "occurredAt": 1790000000000}

All but version, MerchantUserId and the picture may be left out. Unknown fields are ignored, so that a publisher may
add some; an unknown version is refused. `occurredAt` (Unix milliseconds) tells a late message of an erased user.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from facegate.errors import RequestError
from facegate.invocation import MAX_RETURNABLE_BYTES
from facegate.users import UserIds

VERSION = 1
_FIELDS = (
    "MerchantBizId",
    "MerchantUserId",
    "SceneCode",
    "FaceGroupCodes",
    "AutoRegistration",
    "FaceRegisterGroupCode",
    "UpdateFaceIfUserExists",
    "Liveness",
    "ReturnFaces",
    "SourceFacePictureObject",
    "SourceFacePictureUrl",
)
_SEARCH = "0"


class SignUp(Struct, frozen=True):
    """`fields` are those of a POST to face-duplication-check; `key` makes the message unique; `at_ms` as in the
    message, or 0.
    """

    fields: Mapping[str, Any]
    key: str
    at_ms: int
    source: str

    def biz_id(self) -> str:
        """The message's own MerchantBizId, or one derived from what makes the message unique."""
        given = self.fields.get("MerchantBizId")
        return str(given) if given is not None else hashlib.sha256(self.key.encode()).hexdigest()[:32]


def parse(event: bytes | str) -> SignUp:
    """Raises RequestError: the message is too large, cannot be read, or is of an unknown version."""
    if len(event) > MAX_RETURNABLE_BYTES:
        raise RequestError(f"the event has more than {MAX_RETURNABLE_BYTES} bytes", code="MessageTooLarge")
    source, key, message = _unwrapped(_object(_text(event)))
    version = message.get("version")
    if version != VERSION or isinstance(version, bool):
        raise RequestError(f"version must be {VERSION}", code="UnknownVersion")
    at_ms = _occurred_at(message)
    fields = {name: message[name] for name in _FIELDS if message.get(name) is not None}
    return SignUp({**fields, "VerifyModel": _SEARCH}, key or _key(fields), at_ms, source)


def user(event: bytes | str, users: UserIds) -> str | None:
    """The keyed hash of the user that the message names, if it names one: also where it breaks a rule, so that its
    failure is erased with the user.
    """
    try:
        _, _, message = _unwrapped(_object(_text(event)))
        user_id = message.get("MerchantUserId")
        return users.pseudonym(user_id) if isinstance(user_id, str) else None
    except RequestError:
        return None


def arose_at_ms(event: bytes | str) -> int | None:
    """When the sign-up occurred, in Unix milliseconds, if the message tells."""
    try:
        return _occurred_at(_unwrapped(_object(_text(event)))[2]) or None
    except RequestError:
        return None


def _occurred_at(message: Mapping[str, Any]) -> int:
    at_ms = message.get("occurredAt", 0)
    if not isinstance(at_ms, int) or isinstance(at_ms, bool) or at_ms < 0:
        raise RequestError("occurredAt must be Unix milliseconds")
    return at_ms


def _unwrapped(outer: Mapping[str, Any]) -> tuple[str, str, Mapping[str, Any]]:
    """The message with its source and, where the envelope has one, the delivery-proof key."""
    if "specversion" in outer:
        data = outer.get("data")
        message = data if isinstance(data, dict) else _object(str(data))
        return "cloudevent", f"cloudevent\n{outer.get('source')}\n{outer.get('id')}", message
    if "MessageId" in outer and "Message" in outer:
        return "mns", f"mns\n{outer.get('TopicName')}\n{outer['MessageId']}", _object(str(outer["Message"]))
    if "body" in outer and "attrs" in outer:
        return "mns", "", _object(str(outer["body"]))
    return "direct", "", outer


def _key(fields: Mapping[str, Any]) -> str:
    """Without a message id, user and picture make the message unique."""
    return "sign-up\n" + json.dumps(fields, sort_keys=True)


def _text(event: bytes | str) -> str:
    return event.decode("utf-8", "replace") if isinstance(event, bytes) else event


def _object(text: str) -> dict[str, Any]:
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        raise RequestError("the message is not JSON") from None
    if not isinstance(parsed, dict):
        raise RequestError("the message must be a JSON object")
    return parsed
