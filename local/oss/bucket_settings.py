"""Operations on what is set for a whole bucket: ACL, public access block, encryption, versioning, lifecycle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.oss.answers import XML, Answer, document
from local.oss.attributes import ALLOWED_VALUES, ENCRYPTION
from local.oss.documents import optional_text_of, parse, text_of
from local.oss.errors import OssError, invalid_argument
from local.oss.lifecycle import complete
from local.oss.service import LIFECYCLE

if TYPE_CHECKING:
    from local.oss.calling import Call
    from local.oss.documents import Content

ACL = "acl"
ACLS = ("private", "public-read", "public-read-write")
DEFAULT_ACL = "private"
KMS_KEY = "kms-master-key-id"
PUBLIC_ACCESS_BLOCK = "public-access-block"
_BOOLEANS = {"true": True, "false": False}


def owner(call: Call) -> dict[str, Content]:
    account_id = call.service.identity.account_id
    return {"ID": account_id, "DisplayName": account_id}


def acl_of(call: Call) -> str:
    return call.service.catalogue.setting(call.bucket, ACL) or DEFAULT_ACL


def granted_acl(call: Call) -> str:
    """The ACL that counts: a public access block overrides it (documented)."""
    return DEFAULT_ACL if is_blocked(call) else acl_of(call)


def check_acl(call: Call, acl: str) -> None:
    """Raises InvalidArgument; AccessDenied for a public one where public access is blocked (its code unconfirmed)."""
    if acl not in ACLS:
        raise invalid_argument(f"x-oss-acl must be {' or '.join(ACLS)}.", "x-oss-acl", acl)
    if acl != DEFAULT_ACL and is_blocked(call):
        raise OssError("AccessDenied", "Put public bucket acl is not allowed.")


def keep_acl(call: Call, acl: str) -> None:
    call.service.catalogue.set_setting(call.bucket, ACL, acl)


async def put_bucket_acl(call: Call) -> Answer:
    acl = call.request.headers.get("x-oss-acl", "")
    check_acl(call, acl)
    keep_acl(call, acl)
    return Answer(200)


async def get_bucket_acl(call: Call) -> Answer:
    return document("AccessControlPolicy", {"Owner": owner(call), "AccessControlList": {"Grant": acl_of(call)}})


def is_blocked(call: Call) -> bool:
    return call.service.catalogue.setting(call.bucket, PUBLIC_ACCESS_BLOCK) == "true"


async def put_bucket_public_access_block(call: Call) -> Answer:
    root = parse(await call.body.document(), "PublicAccessBlockConfiguration")
    wanted = text_of(root, "BlockPublicAccess")
    if wanted not in _BOOLEANS:
        raise OssError("MalformedXML", "BlockPublicAccess must be true or false.")
    call.service.catalogue.set_setting(call.bucket, PUBLIC_ACCESS_BLOCK, wanted)
    return Answer(200)


async def get_bucket_public_access_block(call: Call) -> Answer:
    """A bucket for which none was ever set answers false (unconfirmed)."""
    return document("PublicAccessBlockConfiguration", {"BlockPublicAccess": is_blocked(call)})


async def delete_bucket_public_access_block(call: Call) -> Answer:
    call.service.catalogue.clear_setting(call.bucket, PUBLIC_ACCESS_BLOCK)
    return Answer(204)


async def get_bucket_versioning(_: Call) -> Answer:
    """Empty, as of a bucket that never had versioning: it cannot be switched on here."""
    return document("VersioningConfiguration", {})


def encryption_of(call: Call) -> dict[str, Content] | None:
    """The elements of the rule; None without one."""
    algorithm = call.service.catalogue.setting(call.bucket, ENCRYPTION)
    if algorithm is None:
        return None
    return {"SSEAlgorithm": algorithm, "KMSMasterKeyID": call.service.catalogue.setting(call.bucket, KMS_KEY)}


async def put_bucket_encryption(call: Call) -> Answer:
    """Applies to objects written from now on; nothing is really encrypted, and no KMS is asked for the key."""
    root = parse(await call.body.document(), "ServerSideEncryptionRule")
    default = root.find("ApplyServerSideEncryptionByDefault")
    if default is None:
        raise OssError("MalformedXML", "ApplyServerSideEncryptionByDefault is required.")
    algorithm, key = text_of(default, "SSEAlgorithm"), optional_text_of(default, "KMSMasterKeyID")
    if algorithm not in ALLOWED_VALUES[ENCRYPTION]:
        raise invalid_argument("SSEAlgorithm must be AES256, KMS or SM4.", "SSEAlgorithm", algorithm)
    if key and algorithm != "KMS":
        raise invalid_argument("KMSMasterKeyID is for SSEAlgorithm KMS only.", "KMSMasterKeyID", key)
    call.service.catalogue.set_setting(call.bucket, ENCRYPTION, algorithm)
    if key:
        call.service.catalogue.set_setting(call.bucket, KMS_KEY, key)
    else:
        call.service.catalogue.clear_setting(call.bucket, KMS_KEY)
    return Answer(200)


async def get_bucket_encryption(call: Call) -> Answer:
    rule = encryption_of(call)
    if rule is None:
        raise OssError("NoSuchServerSideEncryptionRule", details={"BucketName": call.bucket})
    return document("ServerSideEncryptionRule", {"ApplyServerSideEncryptionByDefault": rule})


async def delete_bucket_encryption(call: Call) -> Answer:
    call.service.catalogue.clear_setting(call.bucket, ENCRYPTION)
    call.service.catalogue.clear_setting(call.bucket, KMS_KEY)
    return Answer(204)


async def put_bucket_lifecycle(call: Call) -> Answer:
    """Replaces the whole set (documented)."""
    may_overlap = call.request.headers.get("x-oss-allow-same-action-overlap") == "true"
    call.service.set_lifecycle(call.bucket, complete(await call.body.document(), may_overlap=may_overlap))
    return Answer(200)


async def get_bucket_lifecycle(call: Call) -> Answer:
    kept = call.service.catalogue.setting(call.bucket, LIFECYCLE)
    if kept is None:
        raise OssError("NoSuchLifecycle", details={"BucketName": call.bucket})
    return Answer(200, {"content-type": XML}, kept.encode())


async def delete_bucket_lifecycle(call: Call) -> Answer:
    call.service.set_lifecycle(call.bucket, None)
    return Answer(204)
