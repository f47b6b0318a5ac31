"""Recorded events (`events/`): read, filled in, and handed to their function in the local cloud, where the
photographs that an event names as objects are put first.

`make invoke EVENT=FILE [URL=http://...]` prints what the function returned; without a URL it starts a local cloud.
"""

from __future__ import annotations

import argparse
import base64
import json
import re
import sys
import uuid
from collections.abc import Sequence
from pathlib import Path

import alibabacloud_oss_v2 as oss
import httpx

from deploy.local_cloud import NoLocalCloud, endpoints
from deploy.smoke.rows import PHOTOS
from local.demo import local_cloud

_PHOTO = re.compile(r"\{\{photo:([a-z0-9_]+)\}\}")
_OBJECT = re.compile(rb"(?:enroll|pictures)/[A-Za-z0-9_/-]+/([a-z0-9_]+\.(?:jpg|png))")
INVOKE_TIMEOUT_S = 120


class NoPhotograph(Exception):
    """An event asks for a photograph that there is not; the message names it, and those that there are."""


def read(path: Path) -> tuple[str, bytes]:
    """The function that a recorded event is for, by its file name, and the event with its placeholders filled in.

    Raises OSError and NoPhotograph.
    """
    text = path.read_text("utf-8").replace("{{new id}}", uuid.uuid4().hex)
    return path.name.partition(".")[0], _PHOTO.sub(lambda match: _base64(match[1]), text).encode()


def hand_over(url: str, function: str, event: bytes) -> httpx.Response:
    """The event to its function, once the photographs are where it says."""
    named = {found[0].decode(): PHOTOS / found[1].decode() for found in _OBJECT.finditer(event)}
    _put(url, {key: photograph for key, photograph in named.items() if photograph.is_file()})
    door = f"{url}/_local/functions/{function}/invocations"
    return httpx.post(door, content=event, timeout=INVOKE_TIMEOUT_S, trust_env=False)


def _put(url: str, photographs: dict[str, Path]) -> None:
    """Each under its key, without an event of its own: no trigger takes a copy. Raises NoLocalCloud."""
    found = endpoints(url)
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
    found = {path.stem: path for path in PHOTOS.glob("*.*")}
    if name not in found:
        raise NoPhotograph(f"{{{{photo:{name}}}}}: there is no such photograph, but {', '.join(sorted(found))}")
    return base64.b64encode(found[name].read_bytes()).decode()


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when the function returned; 1 when it failed; 2 when it could not be asked."""
    given = _parser().parse_args(arguments)
    try:
        event = read(given.event)
        if given.url:
            answer = hand_over(given.url, *event)
        else:
            with local_cloud() as url:
                answer = hand_over(url, *event)
    except (OSError, NoPhotograph, NoLocalCloud) as error:
        print(f"invoke: {error}", file=sys.stderr)
        return 2
    result = answer.json()
    if isinstance(result, dict) and isinstance(result.get("body"), str):
        result["body"] = json.loads(result["body"])
    print(json.dumps(result, indent=2, ensure_ascii=False))
    return int("X-Fc-Error-Type" in answer.headers or not answer.is_success)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make invoke", usage="make invoke EVENT=events/... [URL=http://...]")
    parser.add_argument("event", type=Path, metavar="EVENT", help="a recorded event")
    parser.add_argument("url", nargs="?", metavar="URL", help="a running local cloud; without it, one is started")
    return parser


if __name__ == "__main__":
    sys.exit(main())
