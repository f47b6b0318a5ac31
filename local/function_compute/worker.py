"""The process of one function instance: imports the handler once, then answers one request at a time.

Run as a script by the instance pool, never imported by deployed code. It uses the standard library alone and
leaves its own folder off the path, so that the function sees what it will see when deployed: its code folder,
the layer and the installed packages. Its one argument is the number of an inherited socket that
carries frames both ways (FRAME: the sizes of a JSON header and of raw bytes, then both); standard
output and error are the log.

Requests:  {"kind": "start", "handler", "initializer", "context"} and {"kind": "invoke", "context"} + event.
Answers:   {"error_type": null or X-Fc-Error-Type} + payload.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import queue
import signal
import socket
import struct
import sys
import threading
import time
import traceback
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

FRAME = struct.Struct(">IQ")
UNHANDLED = "UnhandledInvocationError"
START_LINE = "FC Invoke Start RequestId: "
END_LINE = "FC Invoke End RequestId: "

Frame = tuple[dict[str, Any], bytes]


class RequestLogFormatter(logging.Formatter):
    """The runtime's line for a record: time, request id, level in brackets, message."""

    request_id = "-"

    def format(self, record: logging.LogRecord) -> str:
        seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        stamp = f"{seconds}.{int(record.msecs):03d}Z"
        line = f"{stamp} {self.request_id} [{record.levelname}] {record.getMessage()}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class Runtime:
    """The loaded handler and what it is called with."""

    def __init__(self, code: str, formatter: RequestLogFormatter) -> None:
        self._code = code
        self._formatter = formatter
        self._handler: Any = None

    def answer(self, header: dict[str, Any], payload: bytes) -> Frame:
        """Runs one request. Whatever the function raises is its answer; leaving the process is not caught."""
        request_id = header["context"]["request_id"]
        self._formatter.request_id = request_id
        invoking = header["kind"] == "invoke"
        if invoking:
            say(START_LINE + request_id)
        try:
            result = self._invoke(header, payload) if invoking else self._start(header)
        except Exception as error:  # noqa: BLE001 - every error of the function becomes its answer
            say("".join(traceback.format_exception(type(error), error, error.__traceback__)).rstrip())
            answer: Frame = {"error_type": UNHANDLED}, self._error_body(error)
        else:
            answer = {"error_type": None}, result
        if invoking:
            say(END_LINE + request_id)
        return answer

    def _start(self, header: dict[str, Any]) -> bytes:
        self._handler = find(header["handler"])
        if header["initializer"]:
            find(header["initializer"])(context_from(header["context"]))
        return b""

    def _invoke(self, header: dict[str, Any], event: bytes) -> bytes:
        return encoded(self._handler(event, context_from(header["context"])))

    def _error_body(self, error: Exception) -> bytes:
        frames = [
            [
                f'File "{self._deployed_path(frame.filename)}"',
                f"line {frame.lineno}",
                f"in {frame.name}",
                frame.line or "",
            ]
            for frame in traceback.extract_tb(error.__traceback__)
            if frame.filename not in (__file__, importlib.__file__) and not frame.filename.startswith("<frozen")
        ]
        body = {"errorMessage": str(error), "errorType": type(error).__name__, "stackTrace": frames}
        return json.dumps(body).encode()

    def _deployed_path(self, filename: str) -> str:
        return "/code" + filename[len(self._code) :] if filename.startswith(self._code + os.sep) else filename


def find(name: str) -> Any:
    """The function that `file.func` names."""
    module, _, function = name.rpartition(".")
    return getattr(importlib.import_module(module), function)


def context_from(fields: dict[str, Any]) -> SimpleNamespace:
    """The context object: nested objects with the documented attributes."""
    return SimpleNamespace(
        **{name: SimpleNamespace(**value) if isinstance(value, dict) else value for name, value in fields.items()}
    )


def encoded(result: Any) -> bytes:
    """A handler's return value as bytes: bytes as they are, text as UTF-8, anything else as JSON."""
    if isinstance(result, (bytes, bytearray)):
        return bytes(result)
    return (result if isinstance(result, str) else json.dumps(result)).encode()


def say(line: str) -> None:
    """Writes to the log, whatever the function has made of sys.stdout."""
    os.write(1, line.encode("utf-8", "backslashreplace") + b"\n")


def read_frame(stream: IO[bytes]) -> Frame | None:
    """The next frame, or None when the other side has closed."""
    sizes = stream.read(FRAME.size)
    if len(sizes) < FRAME.size:
        return None
    header_size, payload_size = FRAME.unpack(sizes)
    header, payload = stream.read(header_size), stream.read(payload_size)
    if len(header) < header_size or len(payload) < payload_size:
        return None
    return json.loads(header), payload


def packed(header: dict[str, Any], payload: bytes) -> bytes:
    """A frame as it travels."""
    head = json.dumps(header).encode()
    return FRAME.pack(len(head), len(payload)) + head + payload


def receive(stream: IO[bytes], frames: queue.SimpleQueue[Frame]) -> None:
    """Queues the frames that arrive. When the parent is gone nobody is left to end this process: it
    ends itself, with whatever the function has started, even in the middle of a request."""
    while (frame := read_frame(stream)) is not None:
        frames.put(frame)
    os.killpg(0, signal.SIGKILL)


def main() -> None:
    channel = socket.socket(fileno=int(sys.argv[1]))
    channel.set_inheritable(False)
    code, here = str(Path.cwd()), str(Path(__file__).resolve().parent)
    sys.path[:] = [code, *(entry for entry in sys.path if entry not in (here, code))]
    sys.argv[:] = [""]

    formatter = RequestLogFormatter()
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.INFO, handlers=[handler])

    frames: queue.SimpleQueue[Frame] = queue.SimpleQueue()
    threading.Thread(target=receive, args=(channel.makefile("rb"), frames), daemon=True).start()
    runtime = Runtime(code, formatter)
    while True:
        channel.sendall(packed(*runtime.answer(*frames.get())))


if __name__ == "__main__":
    main()
