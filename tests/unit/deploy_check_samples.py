"""The real s.yaml with one thing changed, checked."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

from deploy.check.checking import Report, check
from deploy.variables import ROOT, declared

REMOVED = object()
ACCOUNT = "1234567890123456"
VALUES = {
    **declared().required,
    "USER_ID_KEY": "k" * 32,
    "LAYER_ARN": "acs:fc:ap-southeast-1:1234567890123456:layers/facegate/versions/1",
}
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


def checked(*changes: tuple[str, Any], values: dict[str, str] | None = None) -> list[str]:
    """What is wrong once each key path (below `resources` where it names none of the file's keys) has its value."""
    return [str(finding).removeprefix("s.yaml: ") for finding in report(*changes, values=values).findings]


def report(*changes: tuple[str, Any], values: dict[str, str] | None = None) -> Report:
    document = json.loads(json.dumps(yaml.safe_load((ROOT / "s.yaml").read_text("utf-8"))))  # nothing shared by anchors
    for path, value in changes:
        _change(document, path if path.split(".")[0] in document else f"resources.{path}", value)
    return check(yaml.safe_dump(document), ROOT, VALUES if values is None else values)


def _change(document: Any, path: str, value: Any) -> None:
    *steps, last = [int(index) if index else key for key, index in _STEP.findall(path)]
    target = document
    for step in steps:
        target = target[step]
    if value is REMOVED:
        del target[last]
    elif isinstance(target, list) and last == len(target):
        target.append(value)
    else:
        target[last] = value


def initializer(handler: str, timeout: int) -> dict[str, Any]:
    return {"initializer": {"handler": handler, "timeout": timeout}}


def http_trigger(**config: Any) -> dict[str, Any]:
    return {
        "triggerName": "another",
        "triggerType": "http",
        "triggerConfig": {"authType": "function", "methods": ["POST"], **config},
    }


def oss_trigger(prefix: str, suffix: str) -> dict[str, Any]:
    return {
        "triggerName": "another",
        "triggerType": "oss",
        "sourceArn": f"acs:oss:ap-southeast-1:{ACCOUNT}:my-company-faces",
        "invocationRole": f"acs:ram::{ACCOUNT}:role/facegate-trigger",
        "triggerConfig": {
            "events": ["oss:ObjectCreated:PutObject"],
            "filter": {"key": {"prefix": prefix, "suffix": suffix}},
        },
    }


def mns_trigger(name: str, topic: str) -> dict[str, Any]:
    return {
        "triggerName": name,
        "triggerType": "mns_topic",
        "sourceArn": f"acs:mns:ap-southeast-1:{ACCOUNT}:/topics/{topic}",
        "invocationRole": f"acs:ram::{ACCOUNT}:role/facegate-trigger",
        "triggerConfig": {"notifyContentFormat": "JSON", "notifyStrategy": "BACKOFF_RETRY"},
    }
