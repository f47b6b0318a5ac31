"""Serves one Tablestore instance on loopback: `python -m local.tablestore --help`."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from local.connections import ExposedTransportProtocol
from local.credentials import Account
from local.serving import serve
from local.tablestore.server import Server
from local.tablestore.service import Service
from local.tablestore.storage import Store


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.tablestore", description="A local Tablestore instance.")
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one")
    parser.add_argument("--data", type=Path, required=True, help="folder that keeps tables and rows")
    parser.add_argument("--access-key-id", required=True)
    parser.add_argument("--access-key-secret", required=True)
    parser.add_argument("--instance", required=True, help="name of the one instance served")
    parser.add_argument(
        "--clock-offset-ms",
        type=int,
        default=0,
        help="added to the clock that stamps and expires cells; signatures and tokens keep to the real one",
    )
    return parser.parse_args()


def main() -> None:
    given = arguments()
    offset: int = given.clock_offset_ms
    given.data.mkdir(parents=True, exist_ok=True)
    service = Service(Store(given.data / "tablestore.sqlite3"), lambda: time.time_ns() // 1_000_000 + offset)
    account = Account(given.access_key_id, given.access_key_secret)
    serve(Server(account, given.instance, service).app(), given.port, http=ExposedTransportProtocol)


if __name__ == "__main__":
    main()
