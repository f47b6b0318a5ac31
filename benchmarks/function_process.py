"""One function instance under the stopwatch: the local Function Compute's worker in a process, without its pool.

Wall time is this process's; processor time is read from the kernel's clock of the other process, so that nothing runs
there which would not run when deployed.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.credentials import Account, TemporaryKey
from local.deployment import ACCOUNT_ID
from local.function_compute import worker
from local.function_compute.environment import Surroundings, instance_environment
from local.function_compute.function_spec import FunctionSpec
from local.function_compute.invocation import new_request_id
from local.function_compute.invocation_context import context_fields

CPU_CLOCK_OF_PROCESS = 2
CREDENTIALS_SECONDS = 3600
_WORKER = Path(worker.__file__)


class FunctionFailed(Exception):
    """The function raised or answered an error; the message has its payload, and the end of its log."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`payload` is what the handler returned; times in milliseconds, from the event handed over to the answer read."""

    payload: bytes
    wall_ms: float
    cpu_ms: float

    def json(self) -> Any:
        return json.loads(self.payload)


class FunctionProcess:
    """A started process; `started_at` is when its start began (time.perf_counter). Not for concurrent requests."""

    def __init__(
        self,
        *,
        spec: FunctionSpec,
        process: subprocess.Popen[bytes],
        channel: socket.socket,
        key: TemporaryKey,
        log: Path,
        started_at: float,
    ) -> None:
        self.started_at = started_at
        self._spec = spec
        self._process = process
        self._channel = channel
        self._stream = channel.makefile("rb")
        self._key = key
        self._log = log

    @property
    def cpu_ms(self) -> float:
        """Processor time of the whole process since its start."""
        return time.clock_gettime((~self._process.pid << 3) | CPU_CLOCK_OF_PROCESS) * 1000

    @property
    def peak_mb(self) -> float:
        """The most memory that was resident at once."""
        status = Path(f"/proc/{self._process.pid}/status").read_text("ascii")
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024

    def load(self) -> None:
        """Imports the handler and runs the initializer, as before a first request. Raises FunctionFailed."""
        initializer = self._spec.initializer
        start = {
            "kind": "start",
            "handler": self._spec.handler,
            "initializer": initializer.handler if initializer else None,
        }
        self._exchange(self._frame(start, b""))

    def invoke(self, event: bytes) -> Answer:
        """Raises FunctionFailed, also for an HTTP answer of 400 or more."""
        frame = self._frame({"kind": "invoke"}, event)
        cpu, started = self.cpu_ms, time.perf_counter()
        payload = self._exchange(frame)
        answer = Answer(payload, (time.perf_counter() - started) * 1000, self.cpu_ms - cpu)
        if payload.startswith(b'{"statusCode": ') and not payload.startswith(b'{"statusCode": 200'):
            raise self._failed(payload)
        return answer

    def end(self) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._stream.close()
        self._channel.close()

    def _frame(self, header: Mapping[str, Any], payload: bytes) -> bytes:
        context = context_fields(self._spec, self._key, ACCOUNT_ID, new_request_id(time.time()))
        return worker.packed({**header, "context": context}, payload)

    def _exchange(self, frame: bytes) -> bytes:
        self._channel.sendall(frame)
        answer = worker.read_frame(self._stream)
        if answer is None:
            raise self._failed(b"the process ended")
        if answer[0]["error_type"]:
            raise self._failed(answer[1])
        return answer[1]

    def _failed(self, payload: bytes) -> FunctionFailed:
        log = self._log.read_text("utf-8", "replace")[-2000:]
        return FunctionFailed(f"{self._spec.name}: {payload[:600].decode('utf-8', 'replace')}\n{log}")


@dataclass(frozen=True)
class Host:
    """What function processes run on. `isolated`: the interpreter's own site-packages are left off the path, so that
    only the layer and the code are on it.
    """

    python: str
    isolated: bool
    account: Account
    scratch: Path

    @contextmanager
    def process(
        self, spec: FunctionSpec, surroundings: Surroundings, cores: frozenset[int] | None
    ) -> Iterator[FunctionProcess]:
        """A process that has been started a moment ago, on these cores; ended at the end."""
        ours, theirs = socket.socketpair()
        key = self.account.issue(int(time.time()) + CREDENTIALS_SECONDS)
        environment = {**instance_environment(spec, surroundings, "c-bench", key), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [self.python, *(["-S"] if self.isolated else []), "-u", str(_WORKER), str(theirs.fileno())]
        log = self.scratch / f"{spec.name}.log"
        with log.open("wb") as output, running_on(cores):
            started_at = time.perf_counter()
            popen = subprocess.Popen(
                command,
                cwd=spec.code,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        theirs.close()
        process = FunctionProcess(spec=spec, process=popen, channel=ours, key=key, log=log, started_at=started_at)
        try:
            yield process
        finally:
            process.end()


@contextmanager
def running_on(cores: frozenset[int] | None) -> Iterator[None]:
    """What is started meanwhile runs on these cores alone; None: on any."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores or before)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
