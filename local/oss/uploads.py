"""Multipart uploads."""

from __future__ import annotations

import asyncio
import hashlib
import re
from typing import TYPE_CHECKING

from local.oss import events
from local.oss.answers import CRC64, Answer, document, quoted
from local.oss.documents import parse, text_of
from local.oss.errors import OssError, invalid_argument
from local.oss.objects import stored_headers
from local.oss.service import Content

if TYPE_CHECKING:
    from local.oss.calling import Call
    from local.oss.catalogue import Part, Upload

MAX_PARTS = 10_000
MIN_PART_BYTES = 100 * 1024
"""Of every part but the last (documented)."""


async def initiate_multipart_upload(call: Call) -> Answer:
    encode, encoding = call.key_encoding()
    attributes = call.new_attributes()
    call.service.check_overwrite(call.bucket, call.key, forbidden=call.forbids_overwriting)
    upload = call.service.start_upload(call.bucket, call.key, attributes, call.origin)
    return document(
        "InitiateMultipartUploadResult",
        {"EncodingType": encoding, "Bucket": call.bucket, "Key": encode(call.key), "UploadId": upload.id},
    )


async def upload_part(call: Call) -> Answer:
    number = _part_number(call.request.parameter("partNumber") or "")
    upload = _upload(call)
    blob = await call.body.blob(call.service.blobs)
    part = call.service.store_part(upload, number, blob, call.origin)
    return Answer(200, {"etag": quoted(part.etag), CRC64: str(blob.crc64)})


async def complete_multipart_upload(call: Call) -> Answer:
    encode, encoding = call.key_encoding()
    upload = _upload(call)
    body = await call.body.document()
    stored_parts = call.service.catalogue.parts(upload.id)
    complete_all = call.request.headers.get("x-oss-complete-all", "").lower() == "yes"
    if complete_all and body:
        raise invalid_argument("With x-oss-complete-all the body must be empty.", "x-oss-complete-all", "yes")
    parts = list(stored_parts.values()) if complete_all else _listed_parts(body, stored_parts)
    _check_sizes(parts)
    blob = await asyncio.to_thread(call.service.blobs.join, [part.blob for part in parts])
    stored = call.service.store(
        events.COMPLETE,
        call.bucket,
        call.key,
        Content(blob, _etag(parts), "Multipart"),
        attributes=upload.attributes,
        origin=call.origin,
        forbid_overwrite=call.forbids_overwriting,
        upload=upload,
    )
    result = {
        "EncodingType": encoding,
        "Location": f"http://{call.request.host}/{encode(call.key)}",
        "Bucket": call.bucket,
        "Key": encode(call.key),
        "ETag": quoted(stored.etag),
    }
    return document("CompleteMultipartUploadResult", result, stored_headers(stored))


async def abort_multipart_upload(call: Call) -> Answer:
    call.service.abort_upload(_upload(call), call.origin)
    return Answer(204)


def _upload(call: Call) -> Upload:
    return call.service.upload(call.bucket, call.key, call.request.parameter("uploadId") or "")


def _part_number(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,4}", text) or int(text) > MAX_PARTS:
        raise invalid_argument(f"Part numbers are 1 to {MAX_PARTS}.", "partNumber", text)
    return int(text)


def _listed_parts(body: bytes, stored: dict[int, Part]) -> list[Part]:
    """The parts that the document lists, in ascending order and with their ETags."""
    listed = [
        (_part_number(text_of(element, "PartNumber")), text_of(element, "ETag").strip('"'))
        for element in parse(body, "CompleteMultipartUpload").findall("Part")
    ]
    numbers = [number for number, _ in listed]
    if numbers != sorted(set(numbers)):
        raise OssError("InvalidPartOrder")
    for number, etag in listed:
        if number not in stored or stored[number].etag != etag.upper():
            raise OssError("InvalidPart", details={"PartNumber": str(number)})
    return [stored[number] for number in numbers]


def _check_sizes(parts: list[Part]) -> None:
    if not parts:
        raise OssError("InvalidPart", "An upload is completed from at least one part.")
    for part in parts[:-1]:
        if part.size < MIN_PART_BYTES:
            details = {"PartNumber": str(part.number), "ProposedSize": str(part.size)}
            raise OssError(
                "EntityTooSmall", f"Parts but the last have at least {MIN_PART_BYTES} bytes.", details=details
            )


def _etag(parts: list[Part]) -> str:
    """Not an MD5 of the content (documented); which digest it is instead is unconfirmed."""
    digests = b"".join(bytes.fromhex(part.etag) for part in parts)
    return f"{hashlib.md5(digests, usedforsecurity=False).hexdigest().upper()}-{len(parts)}"
