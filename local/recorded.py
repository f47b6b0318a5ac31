"""Recorded events (`events/`): read, filled in, and handed to their function in the local cloud, where the
photographs that an event names as objects are put first.

`python -m local.recorded FILE [URL]` prints what the function returned; without a URL it starts its own local cloud.
"""

from __future__ import annotations

import base64
import json
import re
import sys
import uuid
from pathlib import Path

import alibabacloud_oss_v2 as oss
import httpx

from deploy.smoke.rows import PHOTOS
from local.demo import local_cloud

_PHOTO = re.compile(r"\{\{photo:([a-z0-9_]+)\}\}")
_OBJECT = re.compile(rb"(?:enroll|pictures)/[A-Za-z0-9_/-]+/([a-z0-9_]+\.(?:jpg|png))")
INVOKE_TIMEOUT_S = 120


def read(path: Path) -> tuple[str, bytes]:
    """The function that a recorded event is for, by its file name, and the event with its placeholders filled in."""
    text = path.read_text("utf-8").replace("{{new id}}", uuid.uuid4().hex)
    return path.name.partition(".")[0], _PHOTO.sub(lambda match: _base64(match[1]), text).encode()


def invoke(url: str, path: Path) -> httpx.Response:
    return hand_over(url, *read(path))


def hand_over(url: str, function: str, event: bytes) -> httpx.Response:
    """The event to its function, once the photographs are where it says."""
    named = {found[0].decode(): PHOTOS / found[1].decode() for found in _OBJECT.finditer(event)}
    _put(url, {key: photograph for key, photograph in named.items() if photograph.is_file()})
    return httpx.post(f"{url}/_local/functions/{function}/invocations", content=event, timeout=INVOKE_TIMEOUT_S)


def _put(url: str, photographs: dict[str, Path]) -> None:
    """Each under its key, without an event of its own: no trigger takes a copy."""
    found = httpx.get(f"{url}/_local/endpoints").raise_for_status().json()
    bucket = found["bucket"]
    config = oss.config.load_default()
    config.region, config.endpoint = found["region"], found["oss"]
    config.credentials_provider = oss.credentials.StaticCredentialsProvider(
        found["access_key_id"], found["access_key_secret"]
    )
    client = oss.Client(config)
    for key, photograph in photographs.items():
        source = f"photographs/{photograph.name}"
        client.put_object(oss.PutObjectRequest(bucket, source, body=photograph.read_bytes()))
        client.copy_object(oss.CopyObjectRequest(bucket, key, source_bucket=bucket, source_key=source))


def _base64(name: str) -> str:
    (path,) = PHOTOS.glob(f"{name}.*")
    return base64.b64encode(path.read_bytes()).decode()


def main() -> int:
    path, urls = Path(sys.argv[1]), sys.argv[2:]
    if urls:
        answer = invoke(urls[0], path)
    else:
        with local_cloud() as url:
            answer = invoke(url, path)
    result = answer.json()
    if isinstance(result, dict) and isinstance(result.get("body"), str):
        result["body"] = json.loads(result["body"])
    print(json.dumps(result, indent=2, ensure_ascii=False))
    return int("X-Fc-Error-Type" in answer.headers or not answer.is_success)


if __name__ == "__main__":
    sys.exit(main())
