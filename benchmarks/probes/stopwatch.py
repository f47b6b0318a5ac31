"""The time and the memory that one piece of work takes, measured in the process that does it."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")
_FORGET_PEAK = "5"


def timed(work: Callable[[], Any], expected: tuple[type[Exception], ...] = ()) -> dict[str, Any]:
    """Runs `work` once. One of the `expected` errors is the answer; any other is raised."""
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        work()
    except expected as error:
        return {"failed": getattr(error, "code", None) or type(error).__name__}
    return {"wall_ms": (time.perf_counter() - wall) * 1000, "cpu_ms": (time.process_time() - cpu) * 1000}


def weighed(work: Callable[[], Any], expected: tuple[type[Exception], ...] = ()) -> dict[str, Any]:
    """As `timed`, with `growth_mb`: how far resident memory rose at most above what it was before."""
    gc.collect()
    _CLEAR.write_text(_FORGET_PEAK)
    before = _kilobytes("VmRSS")
    measured = timed(work, expected)
    return {**measured, "growth_mb": (_kilobytes("VmHWM") - before) / 1024}


def _kilobytes(name: str) -> int:
    line = next(line for line in _STATUS.read_text("ascii").splitlines() if line.startswith(name))
    return int(line.split()[1])
