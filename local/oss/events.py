"""The event that Function Compute gets of a change to an object."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from local.oss.wire import as_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.oss.attributes import Attributes

PUT = "ObjectCreated:PutObject"
POST = "ObjectCreated:PostObject"
COPY = "ObjectCreated:CopyObject"
INITIATE = "ObjectCreated:InitiateMultipartUpload"
UPLOAD_PART = "ObjectCreated:UploadPart"
COMPLETE = "ObjectCreated:CompleteMultipartUpload"
DELETE = "ObjectRemoved:DeleteObject"
DELETE_MULTIPLE = "ObjectRemoved:DeleteObjects"
ABORT = "ObjectRemoved:AbortMultipartUpload"


@dataclass(frozen=True)
class Origin:
    """The request that changes something; `variables` are the `x:` fields of a form."""

    request_id: str
    source_ip: str
    variables: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Change:
    """`size` and `delta_size` in bytes: what is there now, and how much more than before. A removed object counts
    as `size` with a negative difference (unconfirmed)."""

    name: str
    bucket: str
    key: str
    size: int
    delta_size: int
    etag: str
    attributes: Attributes


def iso_time(milliseconds: int) -> str:
    moment = datetime.fromtimestamp(milliseconds / 1000, timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03d}Z"


def event_document(change: Change, origin: Origin, *, region: str, account_id: str, now_ms: int) -> str:
    """JSON of one event; keys are not encoded (unconfirmed). The receiver's trigger is its `ruleId`'s business."""
    meta = {name: as_text(value) for name, value in change.attributes.meta.items()}
    oss: dict[str, Any] = {
        "bucket": {
            "arn": f"acs:oss:{region}:{account_id}:{change.bucket}",
            "name": change.bucket,
            "ownerIdentity": account_id,
            "virtualBucket": "",
        },
        "object": {
            "deltaSize": change.delta_size,
            "eTag": change.etag,
            "key": change.key,
            "objectMeta": {"mimeType": as_text(change.attributes.content_type), "userMeta": meta},
            "size": change.size,
        },
        "ossSchemaVersion": "1.0",
        "ruleId": "",
    }
    if origin.variables:
        oss["xVars"] = dict(origin.variables)
    event = {
        "eventName": change.name,
        "eventSource": "acs:oss",
        "eventTime": iso_time(now_ms),
        "eventVersion": "1.0",
        "oss": oss,
        "region": region,
        "requestParameters": {"sourceIPAddress": origin.source_ip},
        "responseElements": {"requestId": origin.request_id},
        "userIdentity": {"principalId": account_id},
    }
    return json.dumps({"events": [event]}, ensure_ascii=False)
