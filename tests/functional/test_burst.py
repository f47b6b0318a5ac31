"""The benchmark of a burst, small: a burst with second deliveries and every fault of the mix enrols each user once."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.burst import Plan, run


def test_a_burst_enrols_every_user_once_and_loses_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Cold starts and one time-out weigh more in so short a run, and tests share the machine: hence a wider bound.
    plan = Plan(uploads=120, failing=0.1, most=2.0, visitors=6, served=0.3)
    with capsys.disabled():
        checked = run(plan, tmp_path / "cloud", Console(width=120))
    assert [f"{check.what}: {check.found}" for check in checked if not check.holds] == []
