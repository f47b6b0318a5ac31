"""What a burst came to: what the services and tables know afterwards, what must hold of it, and all of it as tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import httpx
from rich import box
from rich.table import Table

from benchmarks.visitors import Visit
from facegate.credentials import Credentials
from facegate.ledger import tables
from facegate.ledger.failures import Failure, Failures
from facegate.ledger.store import TablestoreStore
from facegate.ledger.tombstones import Tombstones
from facegate.settings import Endpoint

FUNCTION = "enroll-on-upload"
_FAILURES_TABLE, _CLAIMS_TABLE = "facegate_failures", "facegate_claims"


@dataclass(frozen=True)
class Outcome:
    """`enrolled`: how many face records the service has of each user (keyed hash). `calls`: by action, what the
    service counted. `invocations`: those of FUNCTION. `visits`: the enrolments over HTTP meanwhile.
    """

    enrolled: Counter[str]
    failures: Sequence[Failure]
    calls: Mapping[str, Mapping[str, int]]
    invocations: Sequence[Mapping[str, Any]]
    summary: Mapping[str, Mapping[str, int]]
    faults_left: int
    visits: Sequence[Visit]


@dataclass(frozen=True)
class Timing:
    """In seconds, from the first upload: until the last one was taken, until all was quiet, and how long the rate
    limit of `qps` calls a second needs for so many.
    """

    upload: float
    drain: float
    least: float
    qps: int

    @property
    def ratio(self) -> float:
        return self.drain / self.least


@dataclass(frozen=True)
class Check:
    """`what` must hold, and what was `found`."""

    what: str
    holds: bool
    found: str


def gather(client: httpx.Client, visits: Sequence[Visit]) -> Outcome:
    """Asks a local cloud. Raises httpx.HTTPError, LedgerError."""

    def asked(path: str, **query: str) -> Any:
        return client.get(f"/_local/{path}", params=query).raise_for_status().json()

    return Outcome(
        enrolled=Counter(record["MerchantUserId"] for record in asked("records")),
        failures=_failures(asked("endpoints")).all(),
        calls=asked("calls"),
        invocations=asked("invocations", function=FUNCTION),
        summary=asked("invocations/summary"),
        faults_left=len(asked("faults")),
        visits=visits,
    )


def _failures(endpoints: Mapping[str, Any]) -> Failures:
    credentials = Credentials(endpoints["access_key_id"], endpoints["access_key_secret"])
    scheme, _, host = endpoints["tablestore"].partition("://")
    store = TablestoreStore(
        Endpoint(scheme, host),
        endpoints["tablestore_instance"],
        endpoints["region"],
        {_FAILURES_TABLE: tables.FAILURE_KEY},
        lambda: credentials,
    )
    return Failures(store, _FAILURES_TABLE, Tombstones(store, _CLAIMS_TABLE, lambda: 0))


def checks(
    outcome: Outcome,
    users: Sequence[str],
    guests: Sequence[str],
    timing: Timing,
    *,
    most: float,
    served: float,
    faults_unordered: int,
) -> list[Check]:
    """What must hold; `users` and `guests` are the keyed hashes of all who uploaded, one picture each, and of all who
    enrolled over HTTP; `most` bounds the ratio, `served` the share of guests.
    """
    failed = Counter(failure.user for failure in outcome.failures)
    lost = [user for user in users if not outcome.enrolled[user] and not failed[user]]
    twice = [user for user in (*users, *guests) if outcome.enrolled[user] > 1]
    strangers = outcome.enrolled.keys() - set(users) - set(guests)
    succeeded = sum(visit.status == 200 for visit in outcome.visits)
    silent = [failure for failure in outcome.failures if not failure.reason]
    unfinished = sum(counts["pending"] + counts["running"] for counts in outcome.summary.values())
    faults_left = faults_unordered + outcome.faults_left
    call = outcome.calls["AddFaceRecord"]
    records = outcome.enrolled.total()
    return [
        Check("no user is lost", not lost, f"{len(lost)} neither enrolled nor in the failure table"),
        Check("no user is enrolled twice", not twice, f"{len(twice)} have more than one record"),
        Check("nobody else is enrolled", not strangers, f"{len(strangers)} strangers"),
        Check("every failure has a reason", not silent, f"{len(silent)} of {len(outcome.failures)} without"),
        Check(
            "executed and billed = pictures enrolled",
            call["executed"] == call["billed"] == records,
            f"{call['executed']} executed, {call['billed']} billed, {records} records",
        ),
        Check("every fault took place", not faults_left, f"{faults_left} left"),
        Check("the queue is empty", not unfinished, f"{unfinished} invocations not ended"),
        Check(
            f"of those who enrol over HTTP, {served:.0%} are served",
            succeeded >= served * len(outcome.visits),
            f"{succeeded} of {len(outcome.visits)}",
        ),
        Check(f"drained within {most:.2f} of the limit", timing.ratio <= most, f"{timing.ratio:.3f}"),
    ]


def figures(outcome: Outcome, users: Sequence[str], timing: Timing, faults: Sequence[str]) -> Table:
    """`users` as for `checks`; `faults` are those that were ordered."""
    call, query = outcome.calls["AddFaceRecord"], outcome.calls["QueryFaceRecord"]
    enrolled = sum(1 for user in users if outcome.enrolled[user])
    failed = Counter(failure.reason for failure in outcome.failures)
    both = sum(1 for failure in outcome.failures if failure.user and outcome.enrolled[failure.user])
    beyond = call["executed"] - outcome.enrolled.total()
    in_vain = call["received"] - call["executed"] - call["throttled"]
    attempts = sum(invocation["attempts"] for invocation in outcome.invocations)
    invocations = len(outcome.invocations)
    table = Table(
        title=f"a burst of uploads, {timing.qps} calls a second allowed",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        show_header=False,
    )
    mixed = ", ".join(f"{count} {fault}" for fault, count in sorted(Counter(faults).items()))
    reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(failed.items()))
    for name, figure in (
        ("uploads, of as many users", f"{len(users)}"),
        ("taken by OSS", f"{len(users) / timing.upload:.0f} a second, {timing.upload:.1f} s"),
        ("users enrolled", f"{enrolled}"),
        ("in the failure table", f"{len(outcome.failures)}, {both} of them enrolled {reasons}".rstrip()),
        ("faults ordered", f"{len(faults)}: {mixed}"),
        ("AddFaceRecord", _counted(call)),
        ("QueryFaceRecord", _counted(query)),
        ("lost answers cost", f"{beyond} executed again, {in_vain} sent in vain, {query['received']} questions"),
        ("invocations", f"{invocations}, {outcome.summary[FUNCTION]['redeliveries']} of them second deliveries"),
        ("attempts repeated by the platform", f"{attempts - invocations}"),
        ("drained", f"{timing.drain:.1f} s; the rate limit allows {timing.least:.1f} s: {timing.ratio:.3f} of it"),
        ("enrolled over HTTP meanwhile", _visited(outcome.visits)),
    ):
        table.add_row(name, figure)
    return table


def verdicts(found: Sequence[Check]) -> Table:
    """What was checked, a row each."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_header=False)
    for check in found:
        table.add_row("holds" if check.holds else "DOES NOT HOLD", check.what, check.found)
    return table


def _visited(visits: Sequence[Visit]) -> str:
    if not visits:
        return "nobody"
    statuses = ", ".join(f"{count} x {status}" for status, count in sorted(Counter(v.status for v in visits).items()))
    took = sorted(visit.milliseconds / 1000 for visit in visits)
    return f"{len(visits)} people: {statuses}; {median(took):.1f} s in the middle, {took[-1]:.1f} s at most"


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {what}" for what, count in counts.items())
