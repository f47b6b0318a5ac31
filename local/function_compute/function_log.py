"""The log of one function: every line its instances print, with time, instance and request.

2026-03-01T08:15:30.123Z face-compare c-5f2e9a01 1-69a3f1c2-0b1c2d3e-4f5a6b7c8d9e | …
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from local.function_compute.worker import END_LINE, START_LINE

if TYPE_CHECKING:
    import asyncio
    from pathlib import Path

LINE_BYTES = 32 * 1024
"""The documented longest log line: a longer one is broken."""

_READ_BYTES = 64 * 1024
_NO_REQUEST = "-"


class FunctionLog:
    """Appends to one file, a line at a time. Close it when the function's instances are gone."""

    def __init__(self, path: Path, function_name: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a", encoding="utf-8", buffering=1)
        self._function_name = function_name

    def write(self, instance_id: str, request_id: str, text: str) -> None:
        now = time.time()
        stamp = f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now))}.{int(now % 1 * 1000):03d}Z"
        self._file.write(f"{stamp} {self._function_name} {instance_id} {request_id} | {text}\n")

    def close(self) -> None:
        self._file.close()


class InstanceOutput:
    """Follows what one instance prints. Which request a line belongs to is read from the runtime's
    own Start and End lines, since they stand in the same stream."""

    def __init__(self, log: FunctionLog, instance_id: str) -> None:
        self._log = log
        self._instance_id = instance_id
        self._request_id = _NO_REQUEST

    async def follow(self, reader: asyncio.StreamReader) -> None:
        """Logs until the stream ends. Holds one line in memory at most."""
        pending = b""
        while chunk := await reader.read(_READ_BYTES):
            *lines, pending = (pending + chunk).split(b"\n")
            for line in lines:
                self._broken(line)
            if len(pending) >= LINE_BYTES:
                self._broken(pending)
                pending = b""
        if pending:
            self._broken(pending)

    def write(self, text: str) -> None:
        if text.startswith(START_LINE):
            self._request_id = text.removeprefix(START_LINE)
        self._log.write(self._instance_id, self._request_id, text)
        if text.startswith(END_LINE):
            self._request_id = _NO_REQUEST

    def _broken(self, line: bytes) -> None:
        for start in range(0, max(len(line), 1), LINE_BYTES):
            self.write(line[start : start + LINE_BYTES].decode("utf-8", "replace"))
