"""The table as text: for a terminal, and as a page's Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks.figures import Figure, Row

HEAD = ("measurement", "what", "unit", "ours", "beside it", "", "ratio", "CPU ratio", "at most", "")
_RIGHT = frozenset({3, 4, 6, 7, 8})
LEGEND = (
    "ours and beside it: median (least to most). ratio: ours over the other, of each turn, then the median; CPU ratio:"
    " the same of processor time, which other load on the machine disturbs less."
)


def lines(rows: Sequence[Row], header: Mapping[str, str]) -> list[str]:
    """The whole table, aligned, under what the figures come from."""
    cells = [HEAD, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEAD))]
    aligned = [
        "  ".join(
            cell.rjust(width) if column in _RIGHT else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in cells
    ]
    told = [f"{name + ':':<10} {value}" for name, value in header.items()]
    return [*told, "", aligned[0], "-" * len(aligned[0]), *aligned[1:], "", LEGEND, verdict(rows)]


def markdown(rows: Sequence[Row], header: Mapping[str, str]) -> list[str]:
    """The same for a page: a table for each measurement."""
    told = [f"- {name}: {value}" for name, value in header.items()]
    found = [*told, "", LEGEND]
    for measurement, group in _grouped(rows).items():
        columns = HEAD[1:]
        marks = ["---:" if column + 1 in _RIGHT else "---" for column in range(len(columns))]
        found += ["", f"### {measurement}", "", _piped(columns), _piped(marks)]
        found += [_piped(_cells(row)[1:]) for row in group]
    return [*found, "", verdict(rows)]


def verdict(rows: Sequence[Row]) -> str:
    """How many of the bounds hold, and which do not."""
    bound = [row for row in rows if row.holds is not None]
    broken = [f"{row.what} ({row.against})" for row in bound if row.holds is False]
    told = f"{sum(1 for row in bound if row.holds)} of {len(bound)} bounds hold"
    return f"{told}; not: {'; '.join(broken)}." if broken else f"{told}."


def shown(figure: Figure | None) -> str:
    """Median and spread, or the note."""
    if figure is None or figure.median is None:
        return figure.note if figure else ""
    least, most = min(figure.values), max(figure.values)
    spread = "" if len(figure.values) == 1 else f" ({_number(least)} to {_number(most)})"
    return _number(figure.median) + spread


def _cells(row: Row) -> tuple[str, ...]:
    mark = {True: "holds", False: "DOES NOT HOLD", None: ""}[row.holds]
    return (
        row.measurement,
        row.what,
        row.unit,
        shown(row.ours),
        shown(row.other),
        row.against if row.other else "",
        _ratio(row.ratio),
        _ratio(row.cpu_ratio),
        _ratio(row.at_most),
        mark,
    )


def _grouped(rows: Sequence[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.measurement, []).append(row)
    return found


def _ratio(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _number(value: float) -> str:
    """Three figures that mean something, no more."""
    if float(value).is_integer() and abs(value) < 1e6:
        return f"{value:.0f}"
    decimals = next((decimals for decimals, most in ((2, 10), (1, 100)) if abs(value) < most), 0)
    return f"{value:,.{decimals}f}"


def _piped(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
