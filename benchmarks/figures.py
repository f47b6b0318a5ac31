"""What a row of the table is made of: two figures, their ratio, and the bound that the ratio is to keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Figure:
    """Measured values of one side in the row's unit, `cpu` the milliseconds of processor time that each took; or, where
    there is nothing to measure, a `note` that says why ("refused"). Raises ValueError for both, or for neither.
    """

    values: tuple[float, ...] = ()
    cpu: tuple[float, ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        if bool(self.values) == bool(self.note):
            raise ValueError("a figure has values or a note, not both and not neither")

    @classmethod
    def of(cls, values: Sequence[float], cpu: Sequence[float] = ()) -> Figure:
        return cls(tuple(values), tuple(cpu))

    @property
    def median(self) -> float | None:
        return median(self.values) if self.values else None

    @property
    def cpu_median(self) -> float | None:
        return median(self.cpu) if self.cpu else None


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison. `measurement` is the name that `--rows` takes; `against` says what `other` is; `at_most` is the
    bound of the ratio, ours over theirs.
    """

    measurement: str
    what: str
    unit: str
    ours: Figure
    other: Figure | None = None
    against: str = "sample"
    at_most: float | None = None

    def __post_init__(self) -> None:
        if self.at_most is not None and self.other is None:
            raise ValueError(f"{self.what}: a bound needs something to compare with")

    @property
    def ratio(self) -> float | None:
        """Of the medians, ours over theirs; None where either has none, or theirs is nothing."""
        return _ratio(self.ours.median, self.other.median if self.other else None)

    @property
    def cpu_ratio(self) -> float | None:
        return _ratio(self.ours.cpu_median, self.other.cpu_median if self.other else None)

    @property
    def holds(self) -> bool | None:
        """Whether the ratio keeps its bound; None without a bound or a ratio."""
        return None if self.at_most is None or self.ratio is None else self.ratio <= self.at_most


def _ratio(ours: float | None, theirs: float | None) -> float | None:
    return None if ours is None or not theirs else ours / theirs
