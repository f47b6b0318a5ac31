"""A local cloud of a benchmark's own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_STOP_SECONDS = 120


class CloudDidNotStart(Exception):
    """The message ends with what the local cloud had to say."""


@contextmanager
def local_cloud(data: Path, *options: str) -> Iterator[str]:
    """A local cloud on a free port, started with `options` of `python -m local up`; yields its URL.

    Its state and logs are in `data`. Raises CloudDidNotStart.
    """
    data.mkdir(parents=True, exist_ok=True)
    errors = data / "local-cloud.stderr"
    command = [sys.executable, "-m", "local", "up", "--port", "0", "--data", str(data.resolve()), *options]
    with errors.open("w") as stderr:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True, cwd=ROOT)
    try:
        first = process.stdout.readline() if process.stdout else ""
        if not first.startswith("ready "):
            raise CloudDidNotStart(f"the local cloud did not start: {errors.read_text('utf-8').strip()[-500:]}")
        yield first.split()[1]
    finally:
        process.terminate()
        process.communicate(timeout=_STOP_SECONDS)
