"""The machine and the interpreter that figures come from."""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path

PACKAGES = ("pillow", "alibabacloud-cloudauth-intl20220809", "alibabacloud-tea-openapi", "tablestore", "requests")


@dataclass(frozen=True, slots=True)
class Cores:
    """`one` and `two` are for the function; the services and this program keep to `rest`. None: any core."""

    one: frozenset[int] | None
    two: frozenset[int] | None
    rest: frozenset[int] | None

    @classmethod
    def of_this_machine(cls) -> Cores:
        usable = sorted(os.sched_getaffinity(0))
        if len(usable) == 1:
            return cls(None, None, None)
        return cls(frozenset(usable[:1]), frozenset(usable[:2]), frozenset(usable[1:]))


def description(python: str, versions: dict[str, str]) -> dict[str, str]:
    """What the table's header tells. `versions` are the packages' that both sides run with."""
    return {
        "machine": f"{_processor()}, {len(os.sched_getaffinity(0))} cores usable, {platform.system()} "
        f"{platform.release()}, load {os.getloadavg()[0]:.1f} at the start",
        "python": _run(python, "import platform; print(platform.python_version())"),
        "packages": ", ".join(f"{name} {versions[name]}" for name in PACKAGES if name in versions),
    }


def _run(python: str, code: str) -> str:
    return subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "processor")
