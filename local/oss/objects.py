"""Operations on whole objects and on their tags."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from local.oss import events
from local.oss.answers import CRC64, Answer, Slice, description, document, quoted, validators
from local.oss.attributes import ENCRYPTION, tags_of_document
from local.oss.blobs import Blob
from local.oss.conditions import byte_range, is_unmodified
from local.oss.documents import optional_text_of, parse, text_of
from local.oss.errors import OssError, invalid_argument
from local.oss.events import iso_time
from local.oss.service import Content
from local.oss.wire import address, check_key

if TYPE_CHECKING:
    from local.oss.attributes import Attributes
    from local.oss.calling import Call
    from local.oss.catalogue import StoredObject

MAX_DELETED_KEYS = 1000
RESPONSE_HEADERS = (
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
)
DIRECTIVES = {"x-oss-metadata-directive": "COPY", "x-oss-tagging-directive": "COPY"}


async def put_object(call: Call) -> Answer:
    attributes = call.new_attributes()
    call.service.check_overwrite(call.bucket, call.key, forbidden=call.forbids_overwriting)
    blob = await call.body.blob(call.service.blobs)
    stored = call.service.store(
        events.PUT,
        call.bucket,
        call.key,
        Content(blob, blob.md5.hex().upper()),
        attributes=attributes,
        origin=call.origin,
        forbid_overwrite=call.forbids_overwriting,
    )
    return Answer(200, stored_headers(stored))


def stored_headers(stored: StoredObject) -> dict[str, str]:
    """What the answer to a write says about the new object."""
    encryption = {name: value for name, value in stored.attributes.headers.items() if name == ENCRYPTION}
    return {"etag": quoted(stored.etag), CRC64: str(stored.crc64), **encryption}


async def get_object(call: Call) -> Answer:
    """`response-*` parameters replace headers of the answer, in signed URLs and headers alike."""
    stored = call.service.object(call.bucket, call.key)
    if is_unmodified(stored, call.request.headers):
        return Answer(304, validators(stored))
    headers = description(stored)
    for name in RESPONSE_HEADERS:
        value = call.request.parameter(f"response-{name}")
        if value is not None:
            headers[name] = _header_value(name, value)
    part = byte_range(call.request.headers.get("range"), call.request.headers.get("x-oss-range-behavior"), stored.size)
    start, length = part or (0, stored.size)
    if part is not None:
        headers["content-range"] = f"bytes {start}-{start + length - 1}/{stored.size}"
    content = Slice(call.service.blobs.open(stored.blob), start, length)
    return Answer(200 if part is None else 206, headers, content)


def _header_value(name: str, value: str) -> str:
    if not value.isprintable() or not value.isascii():
        raise invalid_argument("A header's value is printable ASCII.", f"response-{name}", value)
    return value


async def head_object(call: Call) -> Answer:
    stored = call.service.object(call.bucket, call.key)
    if is_unmodified(stored, call.request.headers):
        return Answer(304, validators(stored))
    return Answer(200, description(stored), length=stored.size)


async def get_object_meta(call: Call) -> Answer:
    """Neither type nor user metadata (documented)."""
    stored = call.service.object(call.bucket, call.key)
    return Answer(200, validators(stored), length=stored.size)


async def delete_object(call: Call) -> Answer:
    call.service.remove(events.DELETE, call.bucket, call.key, call.origin)
    return Answer(204)


async def delete_multiple_objects(call: Call) -> Answer:
    """One event for each key (unconfirmed)."""
    if "content-md5" not in call.request.headers:
        raise OssError("InvalidArgument", "Content-MD5 is required.")
    encode, encoding = call.key_encoding()
    root = parse(await call.body.document(), "Delete")
    keys = [text_of(element, "Key") for element in root.findall("Object")]
    if not 1 <= len(keys) <= MAX_DELETED_KEYS:
        raise OssError("MalformedXML", f"1 to {MAX_DELETED_KEYS} objects can be deleted at a time.")
    for key in keys:
        check_key(key)
    for key in keys:
        call.service.remove(events.DELETE_MULTIPLE, call.bucket, key, call.origin)
    if optional_text_of(root, "Quiet") == "true":
        return Answer(200)
    deleted = [{"Key": encode(key)} for key in keys]
    return document("DeleteResult", {"EncodingType": encoding, "Deleted": deleted})


async def copy_object(call: Call) -> Answer:
    """Onto itself, an object gets the request's metadata whatever the directive says (documented)."""
    headers = call.request.headers
    for name, usual in DIRECTIVES.items():
        if headers.get(name, usual).upper() not in (usual, "REPLACE"):
            raise invalid_argument(f"{name} must be COPY or REPLACE.", name, headers[name])
    source_bucket, source_key = _copy_source(headers["x-oss-copy-source"])
    source = call.service.object(source_bucket, source_key)
    if is_unmodified(source, headers, "x-oss-copy-source-"):
        return Answer(304)
    to_itself = (source_bucket, source_key) == (call.bucket, call.key)
    attributes = _copied_attributes(call, source, to_itself=to_itself)
    blob = Blob(call.service.blobs.link(source.blob), source.size, b"", source.crc64)
    stored = call.service.store(
        events.COPY,
        call.bucket,
        call.key,
        Content(blob, source.etag, source.type),
        attributes=attributes,
        origin=call.origin,
        forbid_overwrite=call.forbids_overwriting,
    )
    result = {"ETag": quoted(stored.etag), "LastModified": iso_time(stored.modified_ms)}
    return document("CopyObjectResult", result, stored_headers(stored))


def _copy_source(text: str) -> tuple[str, str]:
    bucket, key = address(text.encode("latin-1"), None)
    if bucket is None or key is None or "?" in text:
        raise invalid_argument("The source must be /bucket/key, percent-encoded.", "x-oss-copy-source", text)
    return bucket, key


def _copied_attributes(call: Call, source: StoredObject, *, to_itself: bool) -> Attributes:
    new = call.new_attributes()
    replaces = {name: call.request.headers.get(name, "COPY").upper() == "REPLACE" for name in DIRECTIVES}
    described = new if to_itself or replaces["x-oss-metadata-directive"] else source.attributes
    return replace(described, tags=(new if replaces["x-oss-tagging-directive"] else source.attributes).tags)


async def put_object_tagging(call: Call) -> Answer:
    tags = tags_of_document(await call.body.document())
    stored = call.service.object(call.bucket, call.key)
    call.service.retag(call.bucket, stored, replace(stored.attributes, tags=tags))
    return Answer(200)


async def get_object_tagging(call: Call) -> Answer:
    tags = call.service.object(call.bucket, call.key).attributes.tags
    return document("Tagging", {"TagSet": {"Tag": [{"Key": key, "Value": value} for key, value in tags.items()]}})


async def delete_object_tagging(call: Call) -> Answer:
    stored = call.service.object(call.bucket, call.key)
    call.service.retag(call.bucket, stored, replace(stored.attributes, tags={}))
    return Answer(204)
