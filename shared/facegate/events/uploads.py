"""The OSS trigger: each record of an event is one uploaded selfie, and becomes the same command as a POST to
add-face-record.

User and face group come from the key, `enroll/<MerchantUserId>/<file>` or
`enroll/<FaceGroupCode>/<MerchantUserId>/<file>`. The key wins over `x-oss-meta-merchantuserid` and
`x-oss-meta-facegroupcode`, since a policy that lets an app upload can fix the key; metadata that says otherwise is
refused rather than ignored.

Whether keys in events are percent-encoded is unconfirmed, so keys are confined to characters that would not be.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from msgspec import Struct

from facegate.errors import RequestError
from facegate.users import UserIds

PREFIX = "enroll/"
CREATED = frozenset({"ObjectCreated:PutObject", "ObjectCreated:PostObject", "ObjectCreated:CompleteMultipartUpload"})
_SEGMENT = r"[A-Za-z0-9_.@=-]{1,256}"
_KEY = re.compile(rf"enroll/(?:(?P<group>[A-Za-z0-9_-]{{1,64}})/)?(?P<user>{_SEGMENT})/(?P<file>{_SEGMENT})")
_META_USER, _META_GROUP = "merchantuserid", "facegroupcode"


class UnreadableEvent(RequestError):
    """The event is not an OSS event: it is refused whole."""

    code = "UnreadableEvent"


class Upload(Struct, frozen=True):
    """One record: `etag` names the version that was uploaded, `at_ms` when (Unix milliseconds; 0 when it does not
    say).
    """

    name: str
    bucket: str
    key: str
    etag: str
    size: int
    at_ms: int

    @property
    def is_ours(self) -> bool:
        """Whether the record is of an upload under the prefix: all else is skipped, so that nothing can loop."""
        return self.name in CREATED and self.key.startswith(PREFIX)

    def biz_id(self) -> str:
        """The idempotency key of the upload, which the uploader can compute as well."""
        return hashlib.sha256(f"{self.bucket}\n{self.key}\n{self.etag}".encode()).hexdigest()[:32]

    def owner(self, metadata: Mapping[str, str]) -> tuple[str, str | None]:
        """The user id and, where it is said, the face group. Raises RequestError."""
        form = _KEY.fullmatch(self.key)
        if form is None or set(form["user"]) == {"."}:
            raise RequestError(
                "the key must be enroll/<MerchantUserId>/<file> or enroll/<FaceGroupCode>/<MerchantUserId>/<file>, "
                "of letters, digits and _ . @ = -, at most 256 in a part (64 in the group)",
                code="InvalidObjectKey",
            )
        for name, value in ((_META_USER, form["user"]), (_META_GROUP, form["group"])):
            if value is not None and metadata.get(name, value) != value:
                raise RequestError(f"x-oss-meta-{name} contradicts the key", code="ContradictingMetadata")
        return form["user"], form["group"] or metadata.get(_META_GROUP)


def parse(event: bytes | str) -> list[tuple[Upload, dict[str, Any]]]:
    """Every record with its raw form, in the event's order. Raises UnreadableEvent."""
    try:
        records = json.loads(event)["events"]
        return [(_upload(record), record) for record in records]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UnreadableEvent("the event is not one of OSS") from None


def alone(raw: Mapping[str, Any]) -> str:
    """One record as an event of its own, as it is handed back after a failure."""
    return json.dumps({"events": [raw]}, ensure_ascii=False)


def folders(user_id: str, groups: Sequence[str]) -> list[str]:
    """Where the user's uploads can be. A folder may bear the name of a user and of a group at once: only what lies
    directly in it is the user's.
    """
    if not re.fullmatch(_SEGMENT, user_id):
        return []
    return [f"{PREFIX}{user_id}/", *(f"{PREFIX}{group}/{user_id}/" for group in groups)]


def user(upload: Upload, users: UserIds) -> str | None:
    """The keyed hash of the user that the key names, if it names one."""
    try:
        return users.pseudonym(upload.owner({})[0])
    except RequestError:
        return None


def _upload(record: Mapping[str, Any]) -> Upload:
    stored = record["oss"]
    found = stored["object"]
    return Upload(
        name=str(record["eventName"]),
        bucket=str(stored["bucket"]["name"]),
        key=str(found["key"]),
        etag=str(found.get("eTag", "")).strip('"'),
        size=int(found.get("size", 0)),
        at_ms=_milliseconds(record.get("eventTime")),
    )


def _milliseconds(text: object) -> int:
    try:
        at = datetime.strptime(str(text), "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)
    except ValueError:
        return 0
    return int(at.timestamp() * 1000)
