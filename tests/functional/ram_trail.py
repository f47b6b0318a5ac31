"""The local cloud's trail, as RAM sees it: which action on which resource each caller needed."""

from __future__ import annotations

from dataclasses import dataclass

from deploy.ram.scope import Scope
from tests.cloud import Cloud

SCOPE = Scope("ap-southeast-1", "1234567890123456", "facegate-local", "facegate", "signups")
_OSS_ACTIONS = {
    "HeadObject": "GetObject",
    "GetObjectMeta": "GetObject",
    "ListObjectsV2": "ListObjects",
    "PostObject": "PutObject",
    "InitiateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "CompleteMultipartUpload": "PutObject",
}
"""Operations whose RAM action has another name (documented); a copy needs two, and no function of ours copies."""


@dataclass(frozen=True, order=True)
class Use:
    """`resource` is an ARN; of an object, with the top folder of its key and any name."""

    caller: str
    action: str
    resource: str


def uses(cloud: Cloud) -> set[Use]:
    return {
        Use(entry["caller"], *_needed(entry["service"], entry["operation"], entry["resource"]))
        for entry in cloud.client.get("/_local/trail").json()
    }


def _needed(service: str, operation: str, resource: str) -> tuple[str, str]:
    if service == "id_verification":
        return f"antcloudauth:{operation}", "*"
    if service == "tablestore":
        table = f"/table/{resource}" if resource else ""
        return f"ots:{operation}", f"acs:ots:{SCOPE.region}:{SCOPE.account_id}:instance/facegate{table}"
    if service == "oss":
        action = _OSS_ACTIONS.get(operation, operation)
        place = resource.partition("/")[0] if action == "ListObjects" else resource
        name = "any" if place.endswith("/") else ""
        return f"oss:{action}", f"acs:oss:*:{SCOPE.account_id}:{place}{name}"
    if service == "mns":
        return f"mns:{operation}", f"acs:mns:{SCOPE.region}:{SCOPE.account_id}:/topics/{resource}"
    return f"fc:{operation}", f"acs:fc:{SCOPE.region}:{SCOPE.account_id}:functions/{resource}"
