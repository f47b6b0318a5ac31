"""The layer wired over the fakes, as `facegate.app` wires it over the services."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from facegate.commands import Command
from facegate.enrolment import Enrolment
from facegate.erasure import Eraser
from facegate.ledger import tables
from facegate.ledger.claims import CLOCK_SKEW_MS, Claims
from facegate.ledger.failures import Failures
from facegate.ledger.records import DecisionRecord
from facegate.ledger.results import Results
from facegate.ledger.store import Row
from facegate.ledger.tombstones import Tombstones
from facegate.pipeline import Outcome, Pipeline
from facegate.reconcile import Reconciler
from tests.fakes import Clock, FakeVerification, MemoryObjects, MemoryStore
from tests.unit import layer_samples as samples

REMAINING_MS = 20_000


@dataclass
class World:
    clock: Clock = field(default_factory=Clock)
    store: MemoryStore = field(default_factory=MemoryStore)
    objects: MemoryObjects = field(default_factory=MemoryObjects)
    verification: FakeVerification = field(default_factory=FakeVerification)

    @property
    def results(self) -> Results:
        return Results(self.store, "results")

    @property
    def claims(self) -> Claims:
        return Claims(self.store, "claims", self.results, self.clock.now_ms, self.clock.sleep)

    @property
    def tombstones(self) -> Tombstones:
        return Tombstones(self.store, "claims", self.clock.now_ms)

    @property
    def failures(self) -> Failures:
        return Failures(self.store, "failures", self.tombstones)

    @property
    def reconciler(self) -> Reconciler:
        return Reconciler(self.verification.client())

    @property
    def pipeline(self) -> Pipeline:
        client, now_ms = self.verification.client(), self.clock.now_ms
        enrolment = Enrolment(self.claims, self.tombstones, client, self.reconciler, now_ms)
        return Pipeline(self.claims, self.results, self.objects, client, enrolment, 2_000, now_ms)

    @property
    def eraser(self) -> Eraser:
        client = self.verification.client()
        stores = self.claims, self.failures, self.tombstones
        return Eraser(*stores, client, self.reconciler, self.objects, samples.GROUPS)

    def run(self, command: Command, remaining_ms: int = REMAINING_MS) -> Outcome:
        return self.pipeline.run(command, self.clock.deadline(remaining_ms))

    def claim_row(self, biz_id: str = samples.BIZ_ID) -> Row | None:
        return self.store.rows.get(("claims", tables.key_of(biz_id)))

    def record(self, biz_id: str = samples.BIZ_ID) -> DecisionRecord | None:
        return self.results.find(biz_id)

    def is_free(self, biz_id: str = samples.BIZ_ID) -> bool:
        return self.claim_row(biz_id) is None

    def lease_ms(self, biz_id: str = samples.BIZ_ID) -> int:
        """How long nobody can take the claim over, from now."""
        row = self.claim_row(biz_id)
        assert row is not None
        return int(row["expires_at"]) + CLOCK_SKEW_MS - self.clock.ms

    def die(self, biz_id: str = samples.BIZ_ID) -> None:
        """Time passes until the claim can be taken over."""
        self.clock.pass_ms(self.lease_ms(biz_id) + 1)


def command(action: str, **changes: Any) -> Command:
    """The least command under the same id each time."""
    return samples.command(action, **{"MerchantBizId": samples.BIZ_ID, **changes})
