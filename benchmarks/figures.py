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
        """Ours over theirs: of each turn, since what disturbs a machine disturbs neighbouring turns alike, then the
        median; of the medians where there is no turn of theirs to each of ours. None where there is nothing to divide.
        """
        return _ratio(self.ours.values, self.other.values if self.other else ())

    @property
    def cpu_ratio(self) -> float | None:
        """The same of processor time."""
        return _ratio(self.ours.cpu, self.other.cpu if self.other else ())

    @property
    def holds(self) -> bool | None:
        """Whether the ratio keeps its bound; None without a bound or a ratio."""
        return None if self.at_most is None or self.ratio is None else self.ratio <= self.at_most


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> float | None:
    if not ours or not theirs or not all(theirs):
        return None
    if len(ours) == len(theirs):
        return median(mine / other for mine, other in zip(ours, theirs, strict=True))
    return median(ours) / median(theirs)
