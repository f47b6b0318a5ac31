"""What one local cloud holds for itself while it runs: ports, and its data folder."""

from __future__ import annotations

import contextlib
import fcntl
import socket
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from local import serving

if TYPE_CHECKING:
    from collections.abc import Iterator


class HeldElsewhere(Exception):
    """Another process has it; says what, in one line."""


@contextlib.contextmanager
def listening(port: int) -> Iterator[socket.socket]:
    """A socket that listens at once, so that no other process gets the port while the services start. 0 takes a free
    one. Raises HeldElsewhere."""
    with socket.socket() as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((serving.HOST, port))
            bound.listen()
        except OSError as error:
            raise HeldElsewhere(f"port {port} cannot be taken: {error.strerror}") from error
        yield bound


def url_of(bound: socket.socket) -> str:
    return f"http://{serving.HOST}:{bound.getsockname()[1]}"


@contextlib.contextmanager
def data_folder(kept: Path | None) -> Iterator[Path]:
    """The data folder, held against a second local cloud; None: a temporary one, removed at the end unless this process
    is killed. Raises HeldElsewhere."""
    with contextlib.ExitStack() as stack:
        if kept is None:
            temporary = tempfile.TemporaryDirectory(prefix="facegate-local-", ignore_cleanup_errors=True)
            folder = Path(stack.enter_context(temporary))
        else:
            folder = kept
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = stack.enter_context((folder / "lock").open("a"))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise HeldElsewhere(f"another local cloud is using {folder}") from error
        yield folder
