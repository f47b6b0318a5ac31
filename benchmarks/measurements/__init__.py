"""The measurements by the name that `--rows` takes, in the order of the table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from benchmarks.bench import Bench
from benchmarks.figures import Row
from benchmarks.measurements import (
    cold_start,
    connection,
    cross_compare,
    growth,
    ledger,
    normaliser,
    sdk_call,
    throughput,
    warm,
)

Measure = Callable[[Bench], Iterator[Row]]

MEASUREMENTS: Mapping[str, Measure] = {
    cold_start.NAME: cold_start.rows,
    warm.NAME: warm.rows,
    cross_compare.NAME: cross_compare.rows,
    normaliser.NAME: normaliser.rows,
    sdk_call.NAME: sdk_call.rows,
    connection.NAME: connection.rows,
    ledger.NAME: ledger.rows,
    throughput.NAME: throughput.rows,
    growth.NAME: growth.rows,
}
