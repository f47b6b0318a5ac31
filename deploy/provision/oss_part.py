"""OSS through its official SDK.

Lifecycle rules go through the SDK as raw XML: its models would drop what they do not know of the rules of others.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import alibabacloud_oss_v2 as oss
from alibabacloud_oss_v2.exceptions import OperationError, ServiceError
from alibabacloud_oss_v2.types import CaseInsensitiveDict, OperationInput

from deploy.provision import bucket, lifecycle
from deploy.provision.bucket import (
    BlockPublicAccess,
    Bucket,
    CreateBucket,
    Encryption,
    FoundBucket,
    SetEncryption,
    SetPrivate,
)
from deploy.provision.lifecycle import FoundRule, PutLifecycle
from deploy.provision.steps import ProvisionError, Step
from deploy.provision.troubles import OF_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploy.provision.deployment import Deployment

TIMEOUT_S = 10


class OssPart:
    """The bucket of one deployment."""

    def __init__(self, deployment: Deployment, wanted: Bucket) -> None:
        key = deployment.credentials
        self._wanted = wanted
        self._endpoint = deployment.oss_endpoint
        settings = oss.config.load_default()
        settings.region = deployment.region
        settings.endpoint = deployment.oss_endpoint
        settings.credentials_provider = oss.credentials.StaticCredentialsProvider(
            key.access_key_id, key.access_key_secret, key.security_token
        )
        settings.connect_timeout = settings.readwrite_timeout = TIMEOUT_S
        self._client = oss.Client(settings)

    def plan(self, *, may_shorten: bool) -> list[Step]:
        return bucket.plan(self._wanted, self._find(), may_shorten=may_shorten)

    def apply(self, change: object) -> None:
        name = self._wanted.name
        if isinstance(change, CreateBucket):
            with self._asking("PutBucket"):
                self._client.put_bucket(oss.PutBucketRequest(name, acl=bucket.PRIVATE))
        elif isinstance(change, SetPrivate):
            with self._asking("PutBucketAcl"):
                self._client.put_bucket_acl(oss.PutBucketAclRequest(name, acl=bucket.PRIVATE))
        elif isinstance(change, BlockPublicAccess):
            blocked = oss.PublicAccessBlockConfiguration(block_public_access=True)
            request = oss.PutBucketPublicAccessBlockRequest(name, public_access_block_configuration=blocked)
            with self._asking("PutBucketPublicAccessBlock"):
                self._client.put_bucket_public_access_block(request)
        elif isinstance(change, SetEncryption):
            self._encrypt(change.encryption)
        elif isinstance(change, PutLifecycle):
            self._put_lifecycle(change.document.encode())
        else:
            raise TypeError(f"not a change of a bucket: {change!r}")

    def _encrypt(self, encryption: Encryption) -> None:
        default = oss.ApplyServerSideEncryptionByDefault(
            sse_algorithm=encryption.algorithm, kms_master_key_id=encryption.key_id
        )
        rule = oss.ServerSideEncryptionRule(apply_server_side_encryption_by_default=default)
        request = oss.PutBucketEncryptionRequest(self._wanted.name, server_side_encryption_rule=rule)
        with self._asking("PutBucketEncryption"):
            self._client.put_bucket_encryption(request)

    def _put_lifecycle(self, document: bytes) -> None:
        digest = hashlib.md5(document, usedforsecurity=False).digest()
        headers = {"Content-Type": "application/xml", "Content-MD5": base64.b64encode(digest).decode()}
        self._invoke("PutBucketLifecycle", "PUT", headers, document)

    def _find(self) -> FoundBucket | None:
        name = self._wanted.name
        with self._asking("GetBucketInfo"):
            try:
                info = self._client.get_bucket_info(oss.GetBucketInfoRequest(name)).bucket_info
            except OperationError as error:
                if _code(error) == "NoSuchBucket":
                    return None
                raise
        rule = info.sse_rule
        encryption = None
        if rule is not None and rule.sse_algorithm not in (None, "", "None"):
            encryption = Encryption(rule.sse_algorithm, rule.kms_master_key_id or None)
        return FoundBucket(
            region=(info.location or "").removeprefix("oss-"),
            acl=info.acl,
            is_blocked=bool(info.block_public_access),
            encryption=encryption,
            versioning=info.versioning or None,
            rules=self._rules(),
        )

    def _rules(self) -> tuple[FoundRule, ...]:
        document = self._invoke("GetBucketLifecycle", "GET", absent="NoSuchLifecycle")
        try:
            return lifecycle.read(document.decode()) if document else ()
        except (ElementTree.ParseError, UnicodeDecodeError) as error:
            raise ProvisionError(f"bucket {self._wanted.name}: its lifecycle rules cannot be read: {error}") from error

    def _invoke(
        self,
        operation: str,
        method: str,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
        *,
        absent: str | None = None,
    ) -> bytes:
        """The body of the answer; empty for the error `absent`."""
        given = OperationInput(
            op_name=operation,
            method=method,
            headers=CaseInsensitiveDict(headers or {}),
            parameters={"lifecycle": ""},
            body=body,
            bucket=self._wanted.name,
        )
        with self._asking(operation):
            try:
                answer = self._client.invoke_operation(given).http_response
            except OperationError as error:
                if absent is not None and _code(error) == absent:
                    return b""
                raise
        content: bytes = answer.content if answer is not None else b""
        return content

    @contextlib.contextmanager
    def _asking(self, operation: str) -> Iterator[None]:
        """What the SDK raises, as a ProvisionError."""
        where = f"OSS bucket {self._wanted.name} at {self._endpoint}"
        try:
            yield
        except OperationError as error:
            raise ProvisionError(f"{where}: {_explained(error, operation)}") from error


def _code(error: OperationError) -> str:
    cause = error.unwrap()
    return str(cause.code) if isinstance(cause, ServiceError) else ""


def _explained(error: OperationError, operation: str) -> str:
    cause = error.unwrap()
    if not isinstance(cause, ServiceError):
        return f"no answer ({type(cause).__name__}): is REGION right?"
    if cause.code in OF_KEYS:
        return OF_KEYS[cause.code]
    if cause.code == "BucketAlreadyExists":
        return "another account has this name: choose another BUCKET"
    if cause.code == "AccessDenied" and operation == "GetBucketInfo":
        return "access denied: another account or region has this name, or the key lacks oss:GetBucketInfo"
    if cause.code == "AccessDenied":
        return f"the key lacks the permission oss:{operation}"
    return f"{operation}: {cause.code}: {' '.join(str(cause.message).split())}"
