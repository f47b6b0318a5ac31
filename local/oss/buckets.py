"""Operations on a bucket itself: making it, describing it, listing its keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.oss.answers import Answer, document, quoted
from local.oss.bucket_settings import acl_of, check_acl, is_blocked, keep_acl, owner
from local.oss.bucket_settings import encryption_of as default_encryption
from local.oss.errors import OssError, invalid_argument
from local.oss.events import iso_time
from local.oss.listing import Page, max_keys_of, page, position_after, position_beyond, position_of, token_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.oss.calling import Call
    from local.oss.documents import Content


async def put_bucket(call: Call) -> Answer:
    """Creating one's own bucket again changes nothing but its ACL, where one is given (unconfirmed)."""
    if call.bucket in call.service.taken:
        raise OssError("BucketAlreadyExists", details={"BucketName": call.bucket})
    acl = call.request.headers.get("x-oss-acl")
    if acl is not None:
        check_acl(call, acl)
    await call.body.document()
    call.service.catalogue.add_bucket(call.bucket, call.service.now_ms())
    if acl is not None:
        keep_acl(call, acl)
    return Answer(200, {"location": f"/{call.bucket}"})


async def get_bucket_info(call: Call) -> Answer:
    region = call.service.identity.region
    created_ms = call.service.catalogue.bucket_created(call.bucket) or 0
    info: dict[str, Content] = {
        "CreationDate": iso_time(created_ms),
        "ExtranetEndpoint": f"oss-{region}.aliyuncs.com",
        "IntranetEndpoint": f"oss-{region}-internal.aliyuncs.com",
        "Location": f"oss-{region}",
        "StorageClass": "Standard",
        "DataRedundancyType": "LRS",
        "Name": call.bucket,
        "BlockPublicAccess": is_blocked(call),
        "Owner": owner(call),
        "AccessControlList": {"Grant": acl_of(call)},
        "ServerSideEncryptionRule": default_encryption(call) or {"SSEAlgorithm": "None"},
    }
    return document("BucketInfo", {"Bucket": info})


async def list_objects_v2(call: Call) -> Answer:
    if call.request.parameter("list-type") != "2":
        raise invalid_argument("list-type must be 2.", "list-type", call.request.parameter("list-type") or "")
    token, start_after = call.request.parameter("continuation-token"), call.request.parameter("start-after")
    start = position_of(token) if token else position_after(start_after) if start_after else b""
    found = _page(call, start)
    encode, encoding = call.key_encoding()
    listed_owner = owner(call) if call.request.parameter("fetch-owner") == "true" else None
    next_token = None if found.next_position is None else encode(token_of(found.next_position))
    return document(
        "ListBucketResult",
        {
            **_common(call, found, encode, encoding),
            "StartAfter": encode(start_after or "") or None,
            "ContinuationToken": encode(token or "") or None,
            "NextContinuationToken": next_token,
            "KeyCount": len(found.objects) + len(found.prefixes),
            **_entries(found, encode, listed_owner),
        },
    )


async def list_objects(call: Call) -> Answer:
    """The older list, which oss2 uses; its marker is the last key or common prefix of the page before."""
    marker, delimiter = call.request.parameter("marker") or "", call.request.parameter("delimiter") or ""
    skips = bool(delimiter) and marker.endswith(delimiter)
    start = position_beyond(marker) if skips else position_after(marker) if marker else b""
    found = _page(call, start)
    encode, encoding = call.key_encoding()
    return document(
        "ListBucketResult",
        {
            **_common(call, found, encode, encoding),
            "Marker": encode(marker),
            "NextMarker": None if found.next_position is None else encode(found.last),
            **_entries(found, encode, owner(call)),
        },
    )


def _page(call: Call, start: bytes) -> Page:
    return page(
        lambda position: call.service.catalogue.objects(call.bucket, position),
        call.request.parameter("prefix") or "",
        call.request.parameter("delimiter") or "",
        start,
        max_keys_of(call.request.parameter("max-keys")),
    )


def _common(call: Call, found: Page, encode: Callable[[str], str], encoding: str | None) -> dict[str, Content]:
    return {
        "Name": call.bucket,
        "Prefix": encode(call.request.parameter("prefix") or ""),
        "MaxKeys": max_keys_of(call.request.parameter("max-keys")),
        "Delimiter": encode(call.request.parameter("delimiter") or ""),
        "EncodingType": encoding,
        "IsTruncated": found.next_position is not None,
    }


def _entries(found: Page, encode: Callable[[str], str], owner: Content) -> dict[str, Content]:
    contents: list[Content] = [
        {
            "Key": encode(stored.key),
            "LastModified": iso_time(stored.modified_ms // 1000 * 1000),
            "ETag": quoted(stored.etag),
            "Type": stored.type,
            "Size": stored.size,
            "StorageClass": "Standard",
            "Owner": owner,
        }
        for stored in found.objects
    ]
    return {"Contents": contents, "CommonPrefixes": [{"Prefix": encode(prefix)} for prefix in found.prefixes]}
