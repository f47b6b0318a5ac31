"""How long things are kept."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Retention:
    """In days. Uploads and pictures are kept as long as a failure that may have to be redriven with them."""

    results_days: int = 180
    failures_days: int = 30
    uploads_days: int = 30
    pictures_days: int = 30


def days_text(count: int) -> str:
    return f"{count} day" if count == 1 else f"{count} days"
