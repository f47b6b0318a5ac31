"""Selfies under enroll/, and what the function that enrols them leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from facegate.ledger.failures import Failure
from tests.cloud import Cloud, photo_bytes, upload_id

FUNCTION = "enroll-on-upload"
SELFIE = photo_bytes("obama")
NewUser = Callable[[], str]


def uploaded(cloud: Cloud, key: str, picture: str = "obama", **meta: str) -> str:
    """PutObject of a photograph, and the end of all that follows from it; the id of the result."""
    etag = cloud.upload(key, photo_bytes(picture), **meta)
    cloud.idle()
    return upload_id(cloud.bucket, key, etag)


def failures_of(cloud: Cloud, record: dict[str, Any]) -> list[Failure]:
    """The rows of the failure table that hold this version of this object."""
    stored = record["oss"]["object"]
    return [row for row in cloud.failures() if all(f'"{stored[name]}"' in row.event for name in ("key", "eTag"))]
