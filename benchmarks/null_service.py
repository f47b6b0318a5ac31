"""A stand-in for ID Verification that answers at once: it speaks the RPC wire and checks nothing.

The local ID Verification checks signatures, opens pictures and runs a face engine, on the same machine as what is
measured; this one reads a request to its end and sends a fixed answer in one write. `python -m benchmarks.null_service`
prints `ready http://127.0.0.1:PORT`; with --certificate it serves TLS.

For the rows about connections it can misbehave on order, by its own paths: POST /close-idle closes every other
connection, as a service does with idle ones; POST /drop-next makes it close the connection of the next request without
an answer, as happens when a request crosses such a closing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import ssl
import sys
from pathlib import Path
from typing import Any, cast

from local.serving import EXIT_WITH_STDIN, HOST

_THRESHOLDS = '{"0.01":"70.02","0.001":"80.01","0.0001":"90.07"}'
_RESULTS: dict[str, dict[str, Any]] = {
    "FaceCompare": {"Result": {"TransactionId": "t-1", "Passed": "Y", "FaceComparisonScore": 92.95}},
    "FaceCrossCompareIntl": {
        "Result": {
            "TransactionId": "t-1",
            "FacePassed": "Y",
            "FaceComparisonScoreA2B": 0.9,
            "FaceComparisonScoreB2C": 0.9,
            "FaceComparisonScoreC2A": 0.9,
        }
    },
    "FaceDuplicationCheckIntl": {
        "Result": {"TransactionId": "t-1", "FacePassed": "Y", "SubCode": "200", "DuplicateFace": "[]"}
    },
    "AddFaceRecord": {"Result": {"Passed": "Y", "ExtFaceInfo": '{"faceQuality":"HIGH"}'}},
    "QueryFaceRecord": {"Items": [], "TotalCount": 0},
    "DeleteFaceRecordV2": {"Result": {"Deleted": "Y", "DeletedGroupCodes": "members"}},
    "DeleteVerifyResult": {"Result": {"DeleteResult": "Y"}},
    "KeepaliveIntl": {"Result": {"Result": "SUCCESS"}},
    "CompareFaces": {"Success": True, "Data": {"SimilarityScore": 92.95, "ConfidenceThresholds": _THRESHOLDS}},
}


def _response(body: dict[str, Any]) -> bytes:
    content = json.dumps(body).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    return head.encode() + content


ANSWERS = {
    action: _response({"RequestId": "R-1", "Code": "Success", "Message": "success", **result})
    for action, result in _RESULTS.items()
}
CONTROL_DONE = _response({})


class NullService:
    """The connections that are open, and whether the next request is to be dropped."""

    def __init__(self) -> None:
        self.connections: set[Connection] = set()
        self.drop_next = False

    def answer(self, head: bytes, connection: Connection) -> None:
        if head.startswith(b"POST /close-idle "):
            for other in self.connections - {connection}:
                other.close()
            connection.send(CONTROL_DONE)
        elif head.startswith(b"POST /drop-next "):
            self.drop_next = True
            connection.send(CONTROL_DONE)
        elif self.drop_next:
            self.drop_next = False
            connection.close()
        else:
            connection.send(ANSWERS[_header(head, b"x-acs-action").decode()])


class Connection(asyncio.Protocol):
    """Reads requests to their end; they come one after the other."""

    def __init__(self, service: NullService) -> None:
        self._service = service
        self._received = bytearray()
        self._head: bytes | None = None
        self._length = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._service.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._service.connections.discard(self)

    def data_received(self, data: bytes) -> None:
        self._received += data
        if self._head is None:
            self._read_head()
        if self._head is not None and len(self._received) >= self._length:
            head, self._head = self._head, None
            self._received.clear()
            self._service.answer(head, self)

    def send(self, response: bytes) -> None:
        self._transport.write(response)

    def close(self) -> None:
        self._transport.close()

    def _read_head(self) -> None:
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        self._head = bytes(self._received[:end])
        del self._received[: end + 4]
        self._length = int(_header(self._head, b"content-length") or 0)


def _header(head: bytes, name: bytes) -> bytes:
    """The value of a header, empty if there is none."""
    start = head.lower().find(b"\r\n" + name + b":")
    return b"" if start < 0 else head[start + len(name) + 3 :].split(b"\r\n", 1)[0].strip()


async def serve(port: int, tls: ssl.SSLContext | None) -> None:
    """Serves until the standard input ends, where that was asked for, or for ever."""
    loop, service = asyncio.get_running_loop(), NullService()
    server = await loop.create_server(lambda: Connection(service), HOST, port, ssl=tls)
    sys.stdout.write(f"ready {'https' if tls else 'http'}://{HOST}:{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    if os.environ.get(EXIT_WITH_STDIN) == "1":
        await loop.run_in_executor(None, sys.stdin.read)
    else:
        await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.null_service", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--certificate", type=Path, help="PEM file with key and certificate: serves TLS")
    given = parser.parse_args()
    tls = None
    if given.certificate:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(given.certificate)
    asyncio.run(serve(given.port, tls))


if __name__ == "__main__":
    main()
