"""Recorded events (`events/`): read, filled in, and handed to their function in the local cloud.

`python -m local.recorded FILE [URL]` prints what the function returned; without a URL it starts its own local cloud.
"""

from __future__ import annotations

import base64
import json
import re
import sys
import uuid
from pathlib import Path

import httpx

from local.demo import PHOTOS, local_cloud

_PHOTO = re.compile(r"\{\{photo:([a-z0-9_]+)\}\}")
INVOKE_TIMEOUT_S = 120


def read(path: Path) -> tuple[str, bytes]:
    """The function that a recorded event is for, by its file name, and the event with its placeholders filled in."""
    text = path.read_text("utf-8").replace("{{new id}}", uuid.uuid4().hex)
    return path.name.partition(".")[0], _PHOTO.sub(lambda match: _base64(match[1]), text).encode()


def invoke(url: str, path: Path) -> httpx.Response:
    function, event = read(path)
    return httpx.post(f"{url}/_local/functions/{function}/invocations", content=event, timeout=INVOKE_TIMEOUT_S)


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
