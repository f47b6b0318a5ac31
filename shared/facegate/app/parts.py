"""Everything a handler can work with, wired for one invocation's credentials; each part on its first use."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Final

from facegate.credentials import Credentials
from facegate.retry import RetryPolicy
from facegate.settings import Settings
from facegate.verification.pacing import Admissions

if TYPE_CHECKING:
    from facegate.commands import CommandMaker
    from facegate.invocation import Invoker
    from facegate.ledger.claims import Claims
    from facegate.ledger.failures import Failures
    from facegate.ledger.results import Results
    from facegate.ledger.store import Store
    from facegate.ledger.tombstones import Tombstones
    from facegate.objects import Objects
    from facegate.pipeline import Pipeline
    from facegate.reconcile import Reconciler
    from facegate.verification.client import VerificationClient

INTERACTIVE: Final = RetryPolicy(max_throttled=32, base_ms=100, cap_ms=300)
"""Somebody waits: a few seconds at most, so that a burst of uploads leaves the person a place in the quota."""
PATIENT: Final = RetryPolicy(max_attempts=300, max_throttled=300, base_ms=500, cap_ms=2_000)
PATIENT_WAIT_MS: Final = 600_000
"""Nobody waits for an event: its calls are repeated, and another's claim is waited for, until the function's time
ends. To give the event back at once would use up the platform's few repetitions while a dead instance's lease
still runs.
"""
_ADMISSIONS = Admissions()


def now_ms() -> int:
    """Unix milliseconds."""
    return int(time.time() * 1000)


class Parts:
    """The parts of one invocation. Connections are kept by the SDKs, per process."""

    def __init__(self, deployed: Settings, credentials: Callable[[], Credentials], policy: RetryPolicy) -> None:
        self._deployed = deployed
        self._credentials = credentials
        self._policy = policy

    @cached_property
    def maker(self) -> CommandMaker:
        from facegate.commands import CommandMaker

        deployed = self._deployed
        return CommandMaker(deployed.face_groups, deployed.users, deployed.picture_prefixes)

    @cached_property
    def objects(self) -> Objects:
        from facegate.objects import OssObjects

        deployed = self._deployed
        return OssObjects(deployed.oss, deployed.region, deployed.bucket, self._credentials)

    @cached_property
    def invoker(self) -> Invoker:
        from facegate.invocation import Fc2Invoker

        return Fc2Invoker(self._deployed.function_compute, self._deployed.function_service, self._credentials)

    @cached_property
    def store(self) -> Store:
        from facegate.ledger import tables
        from facegate.ledger.store import TablestoreStore

        deployed = self._deployed
        keys = {
            deployed.claims_table: tables.CLAIM_KEY,
            deployed.results_table: tables.RESULT_KEY,
            deployed.failures_table: tables.FAILURE_KEY,
        }
        return TablestoreStore(
            deployed.tablestore, deployed.tablestore_instance, deployed.region, keys, self._credentials
        )

    @cached_property
    def results(self) -> Results:
        from facegate.ledger.results import Results

        return Results(self.store, self._deployed.results_table)

    @cached_property
    def claims(self) -> Claims:
        from facegate.ledger.claims import Claims

        return Claims(self.store, self._deployed.claims_table, self.results, now_ms, time.sleep)

    @cached_property
    def tombstones(self) -> Tombstones:
        from facegate.ledger.tombstones import Tombstones

        return Tombstones(self.store, self._deployed.claims_table, now_ms)

    @cached_property
    def failures(self) -> Failures:
        from facegate.ledger.failures import Failures

        return Failures(self.store, self._deployed.failures_table, self.tombstones)

    @cached_property
    def verification(self) -> VerificationClient:
        from facegate.verification.client import Timeouts, VerificationClient
        from facegate.verification.service import COMPARE_FACES, ID_VERIFICATION

        deployed = self._deployed
        return VerificationClient(
            endpoints={ID_VERIFICATION.name: deployed.id_verification, COMPARE_FACES.name: deployed.compare_faces},
            region=deployed.region,
            timeouts=Timeouts(deployed.connect_timeout_ms, deployed.read_timeout_ms),
            credentials=self._credentials,
            policy=self._policy,
            admissions=_ADMISSIONS,
        )

    @cached_property
    def reconciler(self) -> Reconciler:
        from facegate.reconcile import Reconciler

        return Reconciler(self.verification)

    @cached_property
    def pipeline(self) -> Pipeline:
        from facegate.enrolment import Enrolment
        from facegate.pipeline import Pipeline

        enrolment = Enrolment(self.claims, self.tombstones, self.verification, self.reconciler, now_ms)
        wait_ms = PATIENT_WAIT_MS if self._policy is PATIENT else self._deployed.in_progress_wait_ms
        return Pipeline(self.claims, self.results, self.objects, self.verification, enrolment, wait_ms, now_ms)
