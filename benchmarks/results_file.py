"""The results for other programs, and in the page that explains them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, Row


class PageError(Exception):
    """A page cannot take what is to be written into it; says what it lacks."""


def save(path: Path, rows: Sequence[Row], header: Mapping[str, str]) -> None:
    """JSON: `header`, and `rows` with all values. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"header": dict(header), "rows": [_plain(row) for row in rows]}
    path.write_text(json.dumps(content, indent=1) + "\n", "utf-8")


def write_between(path: Path, mark: str, lines: Iterable[str]) -> None:
    """Replaces what stands in a page between `<!-- mark -->` and `<!-- /mark -->`. Raises PageError, OSError."""
    text = path.read_text("utf-8")
    begin, end = f"<!-- {mark} -->", f"<!-- /{mark} -->"
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise PageError(f"{path} has no lines {begin} and {end} to write between")
    path.write_text(f"{before}{begin}\n\n{chr(10).join(lines)}\n\n{end}{after}", "utf-8")


def _plain(row: Row) -> dict[str, Any]:
    return {
        **asdict(row),
        "ours": _figure(row.ours),
        "other": _figure(row.other) if row.other else None,
        "ratio": row.ratio,
        "cpu_ratio": row.cpu_ratio,
        "holds": row.holds,
    }


def _figure(figure: Figure) -> dict[str, Any]:
    return {**asdict(figure), "median": figure.median, "cpu_median": figure.cpu_median}
