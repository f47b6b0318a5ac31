"""`python -m local.oss`: serves until SIGTERM, after printing `ready http://127.0.0.1:PORT`."""

from __future__ import annotations

import argparse
from pathlib import Path

from local.connections import ExposedTransportProtocol
from local.credentials import Account
from local.oss.app import FolderInUse, Settings, build
from local.oss.errors import OssError
from local.oss.wire import check_bucket_name
from local.serving import serve

FIVE_GIB = 5 * 1024**3


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local.oss", description="A local OSS for one account.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port")
    parser.add_argument("--data", type=Path, required=True, help="folder that gets a folder `oss`")
    parser.add_argument("--access-key-id", required=True)
    parser.add_argument("--access-key-secret", required=True)
    parser.add_argument("--region", required=True, help="like ap-southeast-1")
    parser.add_argument("--bucket", type=_bucket, help="exists from the start")
    parser.add_argument("--taken", type=_bucket, action="append", default=[], help="a bucket that another account has")
    parser.add_argument("--notify", help="URL that gets a POST for every event")
    parser.add_argument("--account-id", default="1234567890123456", help="owner of the bucket, in events")
    parser.add_argument("--max-object-bytes", type=int, default=FIVE_GIB, help="of one upload; documented: 5 GB")
    parser.add_argument(
        "--clock-offset-ms",
        type=int,
        default=0,
        help="added to the clock that stamps and ages objects; signatures and tokens keep to the real one",
    )
    given = parser.parse_args()
    settings = Settings(
        data=given.data,
        account=Account(given.access_key_id, given.access_key_secret),
        account_id=given.account_id,
        region=given.region,
        bucket=given.bucket,
        taken=frozenset(given.taken),
        notify=given.notify,
        max_object_bytes=given.max_object_bytes,
        clock_offset_ms=given.clock_offset_ms,
    )
    try:
        application = build(settings)
    except FolderInUse as error:
        raise SystemExit(f"{parser.prog}: {error}") from error
    serve(application, given.port, ExposedTransportProtocol)


def _bucket(text: str) -> str:
    try:
        check_bucket_name(text)
    except OssError as error:
        raise argparse.ArgumentTypeError(
            "3 to 63 lower-case letters, digits and hyphens, a letter or digit at both ends"
        ) from error
    return text


if __name__ == "__main__":
    main()
