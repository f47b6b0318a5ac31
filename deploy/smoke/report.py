"""The table of the demonstration and of the smoke test: a row for each request, one that surprised marked."""

from __future__ import annotations

import sys

from rich import box
from rich.console import Console
from rich.table import Table

COLUMNS = ("", "operation", "what", "people", "HTTP", "decision", "score", "ms", "stored under id")
UNWRAPPED = ("", "operation", "HTTP", "ms")
WIDTH_OF_A_PIPE = 160


def console() -> Console:
    return Console() if sys.stdout.isatty() else Console(width=WIDTH_OF_A_PIPE)


class Report:
    """`surprises` counts the rows that came to something else than they should."""

    def __init__(self, title: str) -> None:
        self.surprises = 0
        self.table = Table(title=title, box=box.SIMPLE_HEAD, pad_edge=False)
        for name in COLUMNS:
            self.table.add_column(
                name,
                justify="right" if name == "ms" else "left",
                no_wrap=name in UNWRAPPED,
                overflow="fold",
            )

    def add(
        self, request: tuple[str, str, str], status: int | str, *cells: str, as_expected: bool, skipped: bool = False
    ) -> None:
        """`cells` are decision, score, milliseconds and what is stored."""
        self.surprises += not as_expected
        number = self.table.row_count + 1
        mark = " skipped" if skipped else "" if as_expected else " UNEXPECTED"
        self.table.add_row(f"{number}{mark}", *request, str(status), *cells)

    def verdict(self) -> str:
        """Empty when all is well."""
        if not self.surprises:
            return ""
        rows = "row" if self.surprises == 1 else "rows"
        return f"{self.surprises} {rows} came to something else than expected"
