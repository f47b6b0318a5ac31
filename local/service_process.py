"""A local service as a child process: started, waited for until it is ready, and ended.

The child's standard input is a pipe held here and it stops when that ends (serving.EXIT_WITH_STDIN): however this
process ends, the child does too. It leads its own session, so that Ctrl-C in a terminal reaches this process alone.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from local.serving import EXIT_WITH_STDIN

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

READY = "ready "
_ROOT = Path(__file__).resolve().parents[1]
_LINE_BYTES = 64 * 1024
_LAST_LINES = 20
_SECONDS_TO_READY = 120
_SECONDS_TO_STOP = 5


class ServiceDied(Exception):
    """A service ended, or never got ready; the message has its last output."""


class ServiceProcess:
    """A running service. `url` is set when it is ready."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, log_path: Path) -> None:
        if process.stdout is None:
            raise ValueError("the output of a service must be a pipe")
        self.name = name
        self.url = ""
        self._process = process
        self._output = process.stdout
        self._last_lines: collections.deque[str] = collections.deque(maxlen=_LAST_LINES)
        self._ready = asyncio.Event()
        self._following = asyncio.create_task(self._follow(log_path))

    async def until_ready(self) -> None:
        """Waits for the ready line. Raises ServiceDied."""
        ready = asyncio.create_task(self._ready.wait())
        try:
            await asyncio.wait({ready, self._following}, timeout=_SECONDS_TO_READY, return_when=asyncio.FIRST_COMPLETED)
            if not self._ready.is_set():
                raise await self._death("did not get ready")
        finally:
            ready.cancel()

    async def until_dead(self) -> None:
        """Waits for as long as the service runs, then raises ServiceDied."""
        await self._process.wait()
        raise await self._death("stopped")

    async def stop(self) -> None:
        """Asks the service to stop, and ends it when it does not."""
        self._signal(signal.SIGTERM)
        exited = asyncio.create_task(self._process.wait())
        await asyncio.wait({exited}, timeout=_SECONDS_TO_STOP)
        self._signal(signal.SIGKILL)
        await exited
        self._following.cancel()

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    async def _death(self, what: str) -> ServiceDied:
        await asyncio.wait({self._following}, timeout=1)
        status = self._process.returncode
        how = f"{what} (exit status {status})" if status is not None else what
        return ServiceDied("\n".join([f"the service {self.name} {how}; its last output:", *self._last_lines]))

    async def _follow(self, log_path: Path) -> None:
        with log_path.open("a", encoding="utf-8", buffering=1) as log:
            while raw := await _line(self._output):
                line = raw.decode("utf-8", "replace").rstrip("\n")
                log.write(f"{line}\n")
                self._last_lines.append(line)
                if line.startswith(READY) and not self._ready.is_set():
                    self.url = line.removeprefix(READY).strip()
                    self._ready.set()


async def _line(output: asyncio.StreamReader) -> bytes:
    try:
        return await output.readline()
    except ValueError:
        return b"(a line too long to show)\n"


@contextlib.asynccontextmanager
async def started(name: str, arguments: Sequence[str], log_folder: Path) -> AsyncIterator[ServiceProcess]:
    """Runs `python -m <arguments>` from the project's folder; not yet ready. Leaving the context stops it."""
    log_folder.mkdir(parents=True, exist_ok=True)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        *arguments,
        cwd=_ROOT,
        env={**os.environ, EXIT_WITH_STDIN: "1"},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
        limit=_LINE_BYTES,
    )
    service = ServiceProcess(name, process, log_folder / f"{name}.log")
    try:
        yield service
    finally:
        await service.stop()
