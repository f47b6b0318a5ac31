"""One function instance as its pool sees it: a process to start, to send a request to and to end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.function_compute.function_log import InstanceOutput
from local.function_compute.invocation import (
    FunctionFailed,
    FunctionInstanceExited,
    FunctionTimedOut,
    ResponseTooLarge,
)
from local.function_compute.worker import END_LINE, FRAME, packed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from local.function_compute.function_log import FunctionLog

RESPONSE_BYTES = 32 * 1024 * 1024
"""The most that is read of a function's return value, so that no function can fill this process's memory.
HTTP callers get less: see the gateway."""

_WORKER = Path(__file__).with_name("worker.py")
_BUFFER_BYTES = 1024 * 1024
_SECONDS_FOR_LAST_WORDS = 1.0


class Instance:
    """A running worker process, the leader of its own process group. Not for concurrent requests."""

    def __init__(
        self,
        *,
        process: asyncio.subprocess.Process,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        output: InstanceOutput,
        following: asyncio.Task[None],
        log_pipe: asyncio.BaseTransport,
    ) -> None:
        self._process = process
        self._reader = reader
        self._writer = writer
        self._output = output
        self._following = following
        self._log_pipe = log_pipe
        self._exited = asyncio.create_task(process.wait())

    @classmethod
    async def start(
        cls, instance_id: str, python: Sequence[str], code: Path, environment: Mapping[str, str], log: FunctionLog
    ) -> Instance:
        """Starts the process by the command `python`; nothing of the function is loaded yet. Raises OSError when it
        cannot start.
        """
        ours, theirs = socket.socketpair()
        read_end, write_end = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *python,
                "-u",
                str(_WORKER),
                str(theirs.fileno()),
                cwd=code,
                env=dict(environment),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=write_end,
                stderr=write_end,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        except BaseException:  # also when cancelled: a worker whose socket closes ends itself
            ours.close()
            os.close(read_end)
            raise
        finally:
            theirs.close()
            os.close(write_end)
        reader, writer = await asyncio.open_connection(sock=ours, limit=_BUFFER_BYTES)
        output = InstanceOutput(log, instance_id)
        log_reader, log_pipe = await _open_pipe(read_end)
        return cls(
            process=process,
            reader=reader,
            writer=writer,
            output=output,
            following=asyncio.create_task(output.follow(log_reader)),
            log_pipe=log_pipe,
        )

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    async def exchange(
        self, header: dict[str, Any], payload: bytes, timeout_seconds: int
    ) -> tuple[dict[str, Any], bytes]:
        """Sends one request and waits for its answer, at most `timeout_seconds`. Raises
        FunctionFailed, and then the instance is dead or must be ended with `kill`."""
        answering = asyncio.create_task(self._exchange(header, payload))
        try:
            await asyncio.wait({answering, self._exited}, timeout=timeout_seconds, return_when=asyncio.FIRST_COMPLETED)
            if not answering.done() and self.alive:
                raise FunctionTimedOut(timeout_seconds)
            if not self.alive:
                self._end_group()  # its children may hold its socket; an answer sent before is still read
            await asyncio.wait({answering}, timeout=_SECONDS_FOR_LAST_WORDS)
            if not answering.done():
                raise FunctionInstanceExited(await asyncio.shield(self._exited))
            return answering.result()
        except (asyncio.IncompleteReadError, ConnectionError, json.JSONDecodeError) as error:
            self._end_group()
            raise FunctionInstanceExited(await asyncio.shield(self._exited)) from error
        finally:
            answering.cancel()

    async def kill(self, request_id: str | None = None, failure: FunctionFailed | None = None) -> None:
        """Ends the process and all it started in its group, and completes its log."""
        self._end_group()
        await asyncio.shield(self._exited)
        self._writer.close()
        # A process that left the group may still hold the pipe: the log does not wait for it for ever.
        await asyncio.wait({self._following}, timeout=_SECONDS_FOR_LAST_WORDS)
        self._following.cancel()
        self._log_pipe.close()
        if failure is not None:
            self._output.write(str(failure))
            self._output.write(f"{END_LINE}{request_id}")

    def _end_group(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    async def _exchange(self, header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        self._writer.write(packed(header, payload))
        await self._writer.drain()
        header_size, payload_size = FRAME.unpack(await self._reader.readexactly(FRAME.size))
        if header_size + payload_size > RESPONSE_BYTES:
            raise ResponseTooLarge(payload_size, RESPONSE_BYTES)
        answer: dict[str, Any] = json.loads(await self._reader.readexactly(header_size))
        return answer, await self._reader.readexactly(payload_size)


async def _open_pipe(descriptor: int) -> tuple[asyncio.StreamReader, asyncio.BaseTransport]:
    # Not subprocess.PIPE: until CPython 3.12.4 the wait for a process also waits for whoever holds its pipes.
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb", buffering=0)
    )
    return reader, transport
