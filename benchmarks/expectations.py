"""What a deployment should expect of its instances, extrapolated from processor time: by vCPU share, and as billed.

An instance with a share s of a vCPU is taken to need 1/s of the processor time that one core needs; above one vCPU
nothing is taken to become faster. What a request waits for, the service and the tables, is not measured here and is
told apart: it costs duration, not processor time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.figures import Row
from local.function_compute.function_spec import FunctionSpec

SHARES = (0.25, 0.35, 0.5, 1.0)
_THOUSAND = 1_000


@dataclass(frozen=True, slots=True)
class Billed:
    """Of 1,000 calls: vCPU-seconds and GB-seconds, of the function's own work and of each 100 ms that a call waits."""

    vcpu_seconds: float
    gb_seconds: float
    vcpu_seconds_of_wait: float
    gb_seconds_of_wait: float


def duration_ms(cpu_ms: float, share: float) -> float:
    """How long work of `cpu_ms` on one core takes with a share of a vCPU."""
    return cpu_ms / min(share, 1.0)


def billed(cpu_ms: float, spec: FunctionSpec) -> Billed:
    """With the function's vCPU and memory as s.yaml gives them."""
    seconds = _THOUSAND * duration_ms(cpu_ms, spec.cpu) / 1000
    waited = _THOUSAND * 0.1
    gigabytes = spec.memory_mb / 1024
    return Billed(seconds * spec.cpu, seconds * gigabytes, waited * spec.cpu, waited * gigabytes)


def markdown(rows: Sequence[Row], functions: Mapping[str, FunctionSpec]) -> Iterator[str]:
    """Two tables: durations by share, and what is billed by function. Rows without processor time are left out."""
    yield "Own time of a request by vCPU share, in milliseconds (extrapolated from processor time):"
    yield ""
    yield f"| what | {' | '.join(f'{share:g} vCPU' for share in SHARES)} |"
    yield f"| --- |{' ---: |' * len(SHARES)}"
    for what, cpu_ms in _timed(rows):
        yield f"| {what} | {' | '.join(f'{duration_ms(cpu_ms, share):,.0f}' for share in SHARES)} |"
    yield ""
    yield "Billed for 1,000 requests with conforming pictures, with the vCPU and memory of `s.yaml` (extrapolated):"
    yield ""
    yield "| function | vCPU | GB | vCPU-s | GB-s | and for each 100 ms of waiting: vCPU-s | GB-s |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for function, cpu_ms in _by_function(rows):
        spec = functions[function]
        cost = billed(cpu_ms, spec)
        yield (
            f"| {function} | {spec.cpu:g} | {spec.memory_mb / 1024:g} | {cost.vcpu_seconds:.1f} |"
            f" {cost.gb_seconds:.1f} | {cost.vcpu_seconds_of_wait:.0f} | {cost.gb_seconds_of_wait:.0f} |"
        )


def _timed(rows: Sequence[Row]) -> Iterator[tuple[str, float]]:
    told = set()
    for row in rows:
        cpu_ms = row.ours.cpu_median
        if row.measurement in ("cold-start", "warm", "cross-compare") and cpu_ms is not None and row.what not in told:
            told.add(row.what)
            yield row.what, cpu_ms


def _by_function(rows: Sequence[Row]) -> Iterator[tuple[str, float]]:
    for row in rows:
        if row.measurement == "throughput" and row.ours.cpu_median is not None:
            yield row.what.partition(",")[0], row.ours.cpu_median
