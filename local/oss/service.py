"""The one place where objects change: content, catalogue and event together."""

from __future__ import annotations

import contextlib
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from local.oss import events
from local.oss.attributes import Attributes
from local.oss.catalogue import Part, StoredObject, Upload
from local.oss.errors import OssError
from local.oss.events import Change
from local.oss.lifecycle import Rule, rules_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.oss.blobs import Blob, Blobs
    from local.oss.catalogue import Catalogue
    from local.oss.events import Origin

LIFECYCLE = "lifecycle"


@dataclass(frozen=True)
class Identity:
    """What the account and its one region are called."""

    region: str
    account_id: str


@dataclass(frozen=True)
class Content:
    """New content for an object. `etag` without quotes."""

    blob: Blob
    etag: str
    type: str = "Normal"


class Service:
    """`now_ms` stamps and ages objects (milliseconds since 1970). `notify` is called after an event was committed;
    None: there is no receiver, so no event is kept. `taken` are names of buckets that another account has."""

    def __init__(
        self,
        catalogue: Catalogue,
        blobs: Blobs,
        identity: Identity,
        now_ms: Callable[[], int],
        notify: Callable[[], None] | None,
        *,
        taken: frozenset[str] = frozenset(),
    ) -> None:
        self.catalogue = catalogue
        self.blobs = blobs
        self.identity = identity
        self.now_ms = now_ms
        self.taken = taken
        self._notify = notify
        self._rules: dict[str, list[Rule]] = {}

    def check_bucket(self, bucket: str) -> None:
        """Raises NoSuchBucket, or AccessDenied for another account's."""
        if bucket in self.taken:
            raise OssError("AccessDenied", "You have no right to access this bucket.", ec="0003-00000001")
        if self.catalogue.bucket_created(bucket) is None:
            raise OssError("NoSuchBucket", details={"BucketName": bucket})

    def object(self, bucket: str, key: str) -> StoredObject:
        """Raises NoSuchBucket or NoSuchKey."""
        self.check_bucket(bucket)
        found = self.catalogue.find_object(bucket, key)
        if found is None:
            raise OssError("NoSuchKey", details={"Key": key})
        return found

    def check_overwrite(self, bucket: str, key: str, *, forbidden: bool) -> None:
        """Raises NoSuchBucket, or FileAlreadyExists where overwriting is forbidden."""
        self.check_bucket(bucket)
        if forbidden and self.catalogue.find_object(bucket, key) is not None:
            raise OssError("FileAlreadyExists", details={"Key": key})

    def store(
        self,
        event: str,
        bucket: str,
        key: str,
        content: Content,
        *,
        attributes: Attributes,
        origin: Origin,
        forbid_overwrite: bool = False,
        upload: Upload | None = None,
    ) -> StoredObject:
        """Makes the content the object; ends the upload that it came from. Raises NoSuchBucket,
        FileAlreadyExists and NoSuchUpload; the content is gone then."""
        blob = content.blob
        stored = StoredObject(
            key, blob.name, blob.size, content.etag, blob.crc64, content.type, self.now_ms(), attributes
        )
        with self._keeping(blob), self.catalogue.transaction():
            self.check_overwrite(bucket, key, forbidden=forbid_overwrite)
            before = self.catalogue.find_object(bucket, key)
            self.catalogue.put_object(bucket, stored)
            unused = [before.blob] if before else []
            if upload is not None:
                unused += self._end(upload)
            delta = blob.size - (before.size if before else 0)
            self._tell(Change(event, bucket, key, blob.size, delta, content.etag, attributes), origin)
        self._committed(*unused)
        return stored

    def retag(self, bucket: str, stored: StoredObject, attributes: Attributes) -> None:
        """Changes what is kept beside the content; no event is seen for it in the lists (documented)."""
        self.catalogue.put_object(bucket, replace(stored, attributes=attributes))

    def remove(self, event: str, bucket: str, key: str, origin: Origin) -> None:
        """Removing what is not there succeeds, and sends no event (unconfirmed). Raises NoSuchBucket."""
        with self.catalogue.transaction():
            self.check_bucket(bucket)
            stored = self.catalogue.find_object(bucket, key)
            if stored is None:
                return
            self.catalogue.delete_object(bucket, key)
            self._tell(Change(event, bucket, key, stored.size, -stored.size, stored.etag, stored.attributes), origin)
        self._committed(stored.blob)

    def upload(self, bucket: str, key: str, upload_id: str) -> Upload:
        """Raises NoSuchBucket or NoSuchUpload."""
        self.check_bucket(bucket)
        upload = self.catalogue.upload(upload_id)
        if upload is None or (upload.bucket, upload.key) != (bucket, key):
            raise OssError("NoSuchUpload", details={"UploadId": upload_id})
        return upload

    def start_upload(self, bucket: str, key: str, attributes: Attributes, origin: Origin) -> Upload:
        upload = Upload(secrets.token_hex(16).upper(), bucket, key, self.now_ms(), attributes)
        with self.catalogue.transaction():
            self.catalogue.add_upload(upload)
            self._tell(Change(events.INITIATE, bucket, key, 0, 0, "", attributes), origin)
        self._committed()
        return upload

    def store_part(self, upload: Upload, number: int, blob: Blob, origin: Origin) -> Part:
        """Raises NoSuchUpload for one that has ended meanwhile."""
        part = Part(number, blob.name, blob.size, blob.md5.hex().upper(), self.now_ms())
        with self._keeping(blob), self.catalogue.transaction():
            self.upload(upload.bucket, upload.key, upload.id)
            before = self.catalogue.parts(upload.id).get(number)
            self.catalogue.put_part(upload.id, part)
            change = Change(
                events.UPLOAD_PART, upload.bucket, upload.key, part.size, part.size, part.etag, upload.attributes
            )
            self._tell(change, origin)
        self._committed(*([before.blob] if before else []))
        return part

    def abort_upload(self, upload: Upload, origin: Origin) -> None:
        with self.catalogue.transaction():
            unused = self._end(upload)
            self._tell(Change(events.ABORT, upload.bucket, upload.key, 0, 0, "", upload.attributes), origin)
        self._committed(*unused)

    def set_lifecycle(self, bucket: str, document: str | None) -> None:
        """None: no rules."""
        if document is None:
            self.catalogue.clear_setting(bucket, LIFECYCLE)
        else:
            self.catalogue.set_setting(bucket, LIFECYCLE, document)
        self._rules.pop(bucket, None)

    def expire(self, bucket: str) -> None:
        """Removes what the bucket's rules say has had its time."""
        if bucket not in self._rules:
            document = self.catalogue.setting(bucket, LIFECYCLE)
            self._rules[bucket] = rules_of(document) if document else []
        for rule in self._rules[bucket]:
            self._apply(bucket, rule)

    def _apply(self, bucket: str, rule: Rule) -> None:
        now_ms = self.now_ms()
        if rule.expiration is not None:
            for stored in self.catalogue.objects_until(bucket, rule.expiration.limit(now_ms), rule.prefix):
                if rule.covers(stored.key, stored.attributes.tags):
                    self.catalogue.delete_object(bucket, stored.key)
                    self.blobs.remove(stored.blob)
        if rule.abort is not None:
            for upload in self.catalogue.uploads_until(bucket, rule.abort.limit(now_ms)):
                if rule.covers(upload.key, upload.attributes.tags):
                    with self.catalogue.transaction():
                        unused = self._end(upload)
                    self.blobs.remove(*unused)

    def _end(self, upload: Upload) -> list[str]:
        """The blobs of its parts. Raises NoSuchUpload for one that has ended meanwhile."""
        self.upload(upload.bucket, upload.key, upload.id)
        parts = self.catalogue.parts(upload.id)
        self.catalogue.delete_upload(upload.id)
        return [part.blob for part in parts.values()]

    @contextlib.contextmanager
    def _keeping(self, blob: Blob) -> Iterator[None]:
        """Removes the new blob if it is refused."""
        try:
            yield
        except OssError:
            self.blobs.remove(blob.name)
            raise

    def _tell(self, change: Change, origin: Origin) -> None:
        if self._notify is not None:
            document = events.event_document(
                change,
                origin,
                region=self.identity.region,
                account_id=self.identity.account_id,
                now_ms=self.now_ms(),
            )
            self.catalogue.add_event(document)

    def _committed(self, *unused: str) -> None:
        self.blobs.remove(*unused)
        if self._notify is not None:
            self._notify()
