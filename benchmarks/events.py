"""Events for functions, made of the recorded ones (`events/`) with pictures of choice."""

from __future__ import annotations

import base64
import itertools
import json
import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import alibabacloud_oss_v2 as oss

from benchmarks.cloud import ROOT
from benchmarks.services import Services
from local import deployment

EVENTS = ROOT / "events"
_PHOTO = re.compile(r"\{\{photo:[a-z0-9_]+\}\}")
_ID = "{{new id}}"
_NO_ID = "0" * 32
_OBJECT = "benchmark.jpg"

NextEvent = Callable[[], bytes]
"""Gives an event that was not given before: its id, or its object, is new."""


def recorded(name: str, pictures: Sequence[bytes] = ()) -> NextEvent:
    """`events/<name>.json` with its pictures replaced, in their order, and a new id each time."""
    text = (EVENTS / f"{name}.json").read_text("utf-8")
    if pictures:
        encoded = itertools.cycle([base64.b64encode(picture).decode() for picture in pictures])
        text = _PHOTO.sub(lambda _: next(encoded), text)
    head, *rest = text.encode().split(_ID.encode())

    def following() -> bytes:
        return uuid.uuid4().hex.encode().join([head, *rest])

    return following


def with_stored_id(name: str, biz_id: str) -> NextEvent:
    """`events/<name>.json`, asking for this id."""
    event = (EVENTS / f"{name}.json").read_text("utf-8").replace(_NO_ID, biz_id).encode()
    return lambda: event


@dataclass(frozen=True)
class Bucket:
    """The bucket of uploads; puts reach no trigger here."""

    client: oss.Client

    @classmethod
    def of(cls, services: Services) -> Bucket:
        config = oss.config.load_default()
        config.region, config.endpoint = deployment.REGION, services.oss
        account = services.account
        config.credentials_provider = oss.credentials.StaticCredentialsProvider(
            account.access_key_id, account.access_key_secret
        )
        return cls(oss.Client(config))

    def put(self, key: str, data: bytes) -> str:
        """The eTag, as events carry it."""
        put = self.client.put_object(oss.PutObjectRequest(deployment.BUCKET, key, body=data))
        return str(put.etag).strip('"')

    def uploads(self, picture: bytes) -> NextEvent:
        """Events of OSS, each for a user of its own whose selfie has just been put there."""
        event: dict[str, Any] = json.loads((EVENTS / "enroll-on-upload.oss.json").read_text("utf-8"))
        uploaded = event["events"][0]["oss"]["object"]

        def following() -> bytes:
            key = f"enroll/raw-user-{uuid.uuid4().hex}/{_OBJECT}"
            uploaded.update(key=key, eTag=self.put(key, picture), size=len(picture), deltaSize=len(picture))
            return json.dumps(event).encode()

        return following

    def sign_ups(self, picture: bytes) -> NextEvent:
        """Messages of sign-ups whose picture is an object."""
        name = "dedup-on-signup.mns"
        text = (EVENTS / f"{name}.json").read_text("utf-8")
        found = re.search(r"pictures/[A-Za-z0-9_/.-]+", text)
        if found is None:
            raise ValueError(f"events/{name}.json names no object")
        self.put(found[0], picture)
        return recorded(name)
