"""Every operation that is served, by the request that asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from local.oss import bucket_settings, buckets, form_upload, objects, uploads
from local.oss.errors import OssError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from local.oss.answers import Answer
    from local.oss.calling import Call
    from local.oss.wire import WireRequest

READABLE = frozenset(("public-read", "public-read-write"))
WRITABLE = frozenset(("public-read-write",))


@dataclass(frozen=True)
class Operation:
    """`anonymous`: the bucket ACLs under which it needs no signature. `signs_body`: it carries its signature in a
    form. `makes_bucket`: it does not need the bucket to exist."""

    name: str
    run: Callable[[Call], Awaitable[Answer]]
    anonymous: frozenset[str] = frozenset()
    signs_body: bool = False
    makes_bucket: bool = False


class _Asked(NamedTuple):
    method: str
    level: str
    parameters: frozenset[str]


def _asked(method: str, level: str, *parameters: str) -> _Asked:
    return _Asked(method, level, frozenset(parameters))


_BUCKET, _OBJECT = "bucket", "object"

TABLE: dict[_Asked, Operation] = {
    _asked("PUT", _BUCKET): Operation("PutBucket", buckets.put_bucket, makes_bucket=True),
    _asked("GET", _BUCKET): Operation("ListObjects", buckets.list_objects),
    _asked("GET", _BUCKET, "list-type"): Operation("ListObjectsV2", buckets.list_objects_v2),
    _asked("GET", _BUCKET, "bucketInfo"): Operation("GetBucketInfo", buckets.get_bucket_info),
    _asked("PUT", _BUCKET, "acl"): Operation("PutBucketAcl", bucket_settings.put_bucket_acl),
    _asked("GET", _BUCKET, "acl"): Operation("GetBucketAcl", bucket_settings.get_bucket_acl),
    _asked("PUT", _BUCKET, "lifecycle"): Operation("PutBucketLifecycle", bucket_settings.put_bucket_lifecycle),
    _asked("GET", _BUCKET, "lifecycle"): Operation("GetBucketLifecycle", bucket_settings.get_bucket_lifecycle),
    _asked("DELETE", _BUCKET, "lifecycle"): Operation("DeleteBucketLifecycle", bucket_settings.delete_bucket_lifecycle),
    _asked("PUT", _BUCKET, "encryption"): Operation("PutBucketEncryption", bucket_settings.put_bucket_encryption),
    _asked("GET", _BUCKET, "encryption"): Operation("GetBucketEncryption", bucket_settings.get_bucket_encryption),
    _asked("DELETE", _BUCKET, "encryption"): Operation(
        "DeleteBucketEncryption", bucket_settings.delete_bucket_encryption
    ),
    _asked("PUT", _BUCKET, "publicAccessBlock"): Operation(
        "PutBucketPublicAccessBlock", bucket_settings.put_bucket_public_access_block
    ),
    _asked("GET", _BUCKET, "publicAccessBlock"): Operation(
        "GetBucketPublicAccessBlock", bucket_settings.get_bucket_public_access_block
    ),
    _asked("DELETE", _BUCKET, "publicAccessBlock"): Operation(
        "DeleteBucketPublicAccessBlock", bucket_settings.delete_bucket_public_access_block
    ),
    _asked("GET", _BUCKET, "versioning"): Operation("GetBucketVersioning", bucket_settings.get_bucket_versioning),
    _asked("POST", _BUCKET, "delete"): Operation("DeleteMultipleObjects", objects.delete_multiple_objects),
    _asked("POST", _BUCKET): Operation("PostObject", form_upload.post_object, WRITABLE, signs_body=True),
    _asked("PUT", _OBJECT): Operation("PutObject", objects.put_object, WRITABLE),
    _asked("GET", _OBJECT): Operation("GetObject", objects.get_object, READABLE),
    _asked("HEAD", _OBJECT): Operation("HeadObject", objects.head_object, READABLE),
    _asked("HEAD", _OBJECT, "objectMeta"): Operation("GetObjectMeta", objects.get_object_meta, READABLE),
    _asked("DELETE", _OBJECT): Operation("DeleteObject", objects.delete_object, WRITABLE),
    _asked("PUT", _OBJECT, "tagging"): Operation("PutObjectTagging", objects.put_object_tagging),
    _asked("GET", _OBJECT, "tagging"): Operation("GetObjectTagging", objects.get_object_tagging),
    _asked("DELETE", _OBJECT, "tagging"): Operation("DeleteObjectTagging", objects.delete_object_tagging),
    _asked("POST", _OBJECT, "uploads"): Operation("InitiateMultipartUpload", uploads.initiate_multipart_upload),
    _asked("PUT", _OBJECT, "partNumber", "uploadId"): Operation("UploadPart", uploads.upload_part),
    _asked("POST", _OBJECT, "uploadId"): Operation("CompleteMultipartUpload", uploads.complete_multipart_upload),
    _asked("DELETE", _OBJECT, "uploadId"): Operation("AbortMultipartUpload", uploads.abort_multipart_upload),
}
COPY_OBJECT = Operation("CopyObject", objects.copy_object)

NAMES = frozenset((*(operation.name for operation in TABLE.values()), COPY_OBJECT.name))

_PLAIN_PARAMETERS = frozenset(
    (
        *("x-oss-signature-version", "x-oss-credential", "x-oss-date", "x-oss-expires", "x-oss-signature"),
        *("x-oss-security-token", "x-oss-additional-headers"),
        *("prefix", "delimiter", "marker", "start-after", "continuation-token", "max-keys", "fetch-owner"),
        *("encoding-type", *(f"response-{name}" for name in objects.RESPONSE_HEADERS)),
    )
)
"""Those that do not make another operation. All others do, or change what it does, and must not be overlooked."""


def find(request: WireRequest) -> Operation:
    """Raises NotImplemented, or MethodNotAllowed."""
    if request.bucket is None:
        raise OssError("NotImplemented", "The local OSS serves no operation without a bucket.")
    level = _BUCKET if request.key is None else _OBJECT
    asked = request.parameters - _PLAIN_PARAMETERS
    operation = TABLE.get(_Asked(request.method, level, asked))
    if operation is None and asked:
        listed = ", ".join(sorted(asked))
        raise OssError("NotImplemented", f"The local OSS does not serve {request.method} with {listed}.")
    if operation is None:
        raise OssError("MethodNotAllowed", details={"Method": request.method, "ResourceType": level})
    if "x-oss-copy-source" not in request.headers:
        return operation
    if operation.name != "PutObject":
        raise OssError("NotImplemented", f"The local OSS does not serve x-oss-copy-source with {operation.name}.")
    return COPY_OBJECT
