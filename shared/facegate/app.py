"""The composition root: builds each function's handler from settings. The only place where parts are wired.

Settings are read when the module that names the function is imported, so a wrong one stops the start. A handler
never raises over HTTP: what a function URL's caller would see of an exception is unconfirmed, and its text could
hold what must not leave. A handler of events raises on purpose, so that the platform repeats what may fare better
later.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from facegate import log, settings
from facegate.commands import CommandMaker
from facegate.credentials import Credentials, of_invocation
from facegate.deadline import Deadline
from facegate.enrolment import Enrolment
from facegate.erasure import Eraser
from facegate.errors import FacegateError, RequestError
from facegate.events import answers, failures, http
from facegate.events.answers import HttpAnswer
from facegate.events.calls import Calls
from facegate.events.checks import Checks
from facegate.events.deferred import Deferral, is_handed_over
from facegate.events.enrolments import Enrolments
from facegate.events.erasures import Erasures
from facegate.events.giving_back import GivenBack, given_back
from facegate.events.http import HttpRequest
from facegate.events.lookups import Lookups
from facegate.invocation import Fc2Invoker
from facegate.ledger import tables
from facegate.ledger.claims import Claims
from facegate.ledger.failures import Failures
from facegate.ledger.results import Results
from facegate.ledger.store import TablestoreStore
from facegate.ledger.tombstones import Tombstones
from facegate.objects import OssObjects
from facegate.operations import OPERATIONS
from facegate.pipeline import Pipeline
from facegate.reconcile import Reconciler
from facegate.retry import RetryPolicy
from facegate.settings import Settings
from facegate.verification.client import Timeouts, VerificationClient
from facegate.verification.pacing import Admissions
from facegate.verification.service import COMPARE_FACES, ID_VERIFICATION

T = TypeVar("T")
Handler = Callable[[bytes, Any], Any]
DEFAULT_TIMEOUT_S = 60
INTERACTIVE = RetryPolicy(max_throttled=32, base_ms=100, cap_ms=300)
"""Somebody waits: a few seconds at most, so that a burst of uploads leaves the person a place in the quota."""
PATIENT = RetryPolicy(max_attempts=300, max_throttled=300, base_ms=500, cap_ms=2_000)
PATIENT_WAIT_MS = 600_000
"""Nobody waits for an event: its calls are repeated, and another's claim is waited for, until the function's time
ends. To give the event back at once would use up the platform's few repetitions while a dead instance's lease
still runs.
"""
_ADMISSIONS = Admissions()


def operation_handler(action: str, environment: Mapping[str, str] = os.environ) -> Handler:
    """The handler of the function that performs one operation over HTTP. Raises SettingError, at import."""
    operation, deployed = OPERATIONS[action], settings.from_environment(environment)
    log.without_stacks()

    def handler(event: bytes, context: Any) -> Any:
        policy = PATIENT if is_handed_over(event) else INTERACTIVE
        parts, request_id, deadline = _invocation(deployed, context, policy)
        deferral = Deferral(parts.invoker, parts.objects, deployed.function_name)
        calls = Calls(operation, parts.maker, parts.pipeline, deferral, parts.claims, deployed.max_body_bytes)
        handed = deferral.taken(event)
        if handed is not None:
            return _worked_off(request_id, lambda: calls.work_off(handed, request_id, deadline))
        return _answered(event, request_id, lambda request: calls.answer(request, event, request_id, deadline))

    return handler


def results_handler(environment: Mapping[str, str] = os.environ) -> Handler:
    """The handler of the function that looks stored decisions up. Raises SettingError, at import."""
    deployed = settings.from_environment(environment)

    def handler(event: bytes, context: Any) -> Any:
        parts, request_id, _ = _invocation(deployed, context, INTERACTIVE)
        lookups = Lookups(parts.claims.results, parts.claims, deployed.users)
        return _answered(event, request_id, lambda request: lookups.answer(request, request_id))

    return handler


def erasure_handler(environment: Mapping[str, str] = os.environ) -> Handler:
    """The handler of the function that forgets a person. Raises SettingError, at import."""
    deployed = settings.from_environment(environment)

    def handler(event: bytes, context: Any) -> Any:
        parts, request_id, deadline = _invocation(deployed, context, INTERACTIVE)
        eraser = Eraser(
            parts.claims,
            parts.failures,
            parts.tombstones,
            parts.verification,
            parts.reconciler,
            parts.objects,
            deployed.face_groups,
        )
        erasures = Erasures(eraser, deployed.users)
        return _answered(event, request_id, lambda request: erasures.answer(request, request_id, deadline))

    return handler


def enrolment_handler(environment: Mapping[str, str] = os.environ) -> Handler:
    """The handler of the function that enrols uploaded selfies. Raises SettingError, at import."""
    operation, deployed = OPERATIONS["AddFaceRecord"], settings.from_environment(environment)
    log.without_stacks()

    def handler(event: bytes, context: Any) -> Any:
        parts, request_id, deadline = _invocation(deployed, context, PATIENT)
        enrolments = Enrolments(
            operation,
            parts.maker,
            parts.pipeline,
            parts.objects,
            parts.claims.results,
            parts.failures,
            deployed.function_name,
            _now_ms,
        )
        return _worked_off(request_id, lambda: enrolments.handle(event, request_id, deadline))

    return handler


def check_handler(environment: Mapping[str, str] = os.environ) -> Handler:
    """The handler of the function that checks sign-ups for duplicates. Raises SettingError, at import."""
    operation, deployed = OPERATIONS["FaceDuplicationCheckIntl"], settings.from_environment(environment)
    log.without_stacks()

    def handler(event: bytes, context: Any) -> Any:
        parts, request_id, deadline = _invocation(deployed, context, PATIENT)
        checks = Checks(operation, parts.maker, parts.pipeline, parts.failures, deployed.function_name, _now_ms)
        return _worked_off(request_id, lambda: checks.handle(event, request_id, deadline))

    return handler


def failure_handler(environment: Mapping[str, str] = os.environ) -> Handler:
    """The handler of the failure destination. Raises SettingError, at import."""
    deployed = settings.from_environment(environment)
    log.without_stacks()

    def handler(event: bytes, context: Any) -> Any:
        parts, request_id, _ = _invocation(deployed, context, INTERACTIVE)
        failed, results = parts.failures, parts.claims.results
        return _worked_off(request_id, lambda: failures.record(event, failed, results, deployed.users, _now_ms()))

    return handler


@dataclass(frozen=True)
class Parts:
    """Everything one invocation works with, wired for its credentials."""

    maker: CommandMaker
    objects: OssObjects
    invoker: Fc2Invoker
    claims: Claims
    tombstones: Tombstones
    failures: Failures
    verification: VerificationClient
    reconciler: Reconciler
    pipeline: Pipeline


def wire(deployed: Settings, credentials: Callable[[], Credentials], policy: RetryPolicy) -> Parts:
    """The parts of one invocation. Connections are kept by the SDKs, per process."""
    keys = {
        deployed.claims_table: tables.CLAIM_KEY,
        deployed.results_table: tables.RESULT_KEY,
        deployed.failures_table: tables.FAILURE_KEY,
    }
    store = TablestoreStore(deployed.tablestore, deployed.tablestore_instance, deployed.region, keys, credentials)
    objects = OssObjects(deployed.oss, deployed.region, deployed.bucket, credentials)
    results = Results(store, deployed.results_table)
    claims = Claims(store, deployed.claims_table, results, _now_ms, time.sleep)
    tombstones = Tombstones(store, deployed.claims_table, _now_ms)
    verification = VerificationClient(
        endpoints={ID_VERIFICATION.name: deployed.id_verification, COMPARE_FACES.name: deployed.compare_faces},
        region=deployed.region,
        timeouts=Timeouts(deployed.connect_timeout_ms, deployed.read_timeout_ms),
        credentials=credentials,
        policy=policy,
        admissions=_ADMISSIONS,
    )
    reconciler = Reconciler(verification)
    wait_ms = PATIENT_WAIT_MS if policy is PATIENT else deployed.in_progress_wait_ms
    enrolment = Enrolment(claims, tombstones, verification, reconciler, _now_ms)
    return Parts(
        maker=CommandMaker(deployed.face_groups, deployed.users, deployed.picture_prefixes),
        objects=objects,
        invoker=Fc2Invoker(deployed.function_compute, deployed.function_service, credentials),
        claims=claims,
        tombstones=tombstones,
        failures=Failures(store, deployed.failures_table, tombstones),
        verification=verification,
        reconciler=reconciler,
        pipeline=Pipeline(claims, results, objects, verification, enrolment, wait_ms, _now_ms),
    )


def _invocation(deployed: Settings, context: Any, policy: RetryPolicy) -> tuple[Parts, str, Deadline]:
    """The parts, the request id and the deadline of one invocation."""
    function = getattr(context, "function", None)
    deadline = Deadline.after(float(getattr(function, "timeout", None) or DEFAULT_TIMEOUT_S))
    request_id = str(getattr(context, "request_id", None) or uuid.uuid4())
    return wire(deployed, lambda: of_invocation(context), policy), request_id, deadline


def _answered(event: bytes, request_id: str, perform: Callable[[HttpRequest], HttpAnswer]) -> dict[str, Any]:
    """The event's answer, whatever happens."""
    try:
        answer = perform(http.parse(event))
    except FacegateError as error:
        log.refused(error, request_id=request_id)
        answer = answers.refused(error, request_id)
    except http.UnknownEvent as error:
        answer = answers.refused(RequestError(str(error)), request_id)
    except Exception as error:  # noqa: BLE001 - the edge: a defect of ours is answered, and shows no values
        log.defect(error, request_id)
        answer = answers.refused(FacegateError("facegate failed: its operator finds why by RequestId"), request_id)
    return answer.as_event_result()


def _worked_off(request_id: str, perform: Callable[[], T]) -> T:
    """What the event came to, or GivenBack: the platform repeats the event, and in the end records its failure."""
    try:
        return perform()
    except GivenBack:
        raise
    except FacegateError as error:
        raise given_back(error) from None
    except Exception as error:  # noqa: BLE001 - the edge: the platform would log the values of a defect of ours
        log.defect(error, request_id)
        raise GivenBack(f"Defect: {type(error).__name__}") from None


def _now_ms() -> int:
    return int(time.time() * 1000)
