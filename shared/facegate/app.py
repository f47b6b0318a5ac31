"""The composition root: builds a function's handler from settings. The only place where parts are wired.

A handler never raises over HTTP: what a function URL's caller would see of an exception is unconfirmed, and its
text could hold what must not leave. Settings are read when the module that names the function is imported, so a
wrong one stops the
start.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from facegate import log, settings
from facegate.commands import CommandMaker
from facegate.deadline import Deadline
from facegate.erasure import Eraser
from facegate.errors import FacegateError, RequestError
from facegate.events import answers, http
from facegate.events.answers import HttpAnswer
from facegate.events.calls import Calls
from facegate.events.erasures import Erasures
from facegate.events.http import HttpRequest
from facegate.events.lookups import Lookups
from facegate.ledger.claims import Claims
from facegate.ledger.results import Results
from facegate.ledger.store import TablestoreStore
from facegate.operations import OPERATIONS
from facegate.pipeline import Pipeline
from facegate.reconcile import Reconciler
from facegate.settings import Settings
from facegate.verification.client import Timeouts, VerificationClient
from facegate.verification.credentials import Credentials, of_invocation
from facegate.verification.service import COMPARE_FACES, ID_VERIFICATION

Handler = Callable[[bytes, Any], dict[str, Any]]
DEFAULT_TIMEOUT_S = 60


def operation_handler(action: str, environment: Mapping[str, str] = os.environ) -> Handler:
    """The handler of the function that performs one operation. Raises SettingError, at import."""
    operation, deployed = OPERATIONS[action], settings.from_environment(environment)
    maker = CommandMaker(deployed.face_groups, deployed.users)

    def perform(parts: Parts, request: HttpRequest, request_id: str, deadline: Deadline) -> HttpAnswer:
        return Calls(operation, maker, parts.pipeline, deployed.max_body_bytes).answer(request, request_id, deadline)

    return _http_handler(deployed, perform)


def results_handler(environment: Mapping[str, str] = os.environ) -> Handler:
    """The handler of the function that looks stored decisions up. Raises SettingError, at import."""
    deployed = settings.from_environment(environment)

    def look_up(parts: Parts, request: HttpRequest, request_id: str, _: Deadline) -> HttpAnswer:
        return Lookups(parts.results, parts.claims, deployed.users).answer(request, request_id)

    return _http_handler(deployed, look_up)


def erasure_handler(environment: Mapping[str, str] = os.environ) -> Handler:
    """The handler of the function that forgets a person. Raises SettingError, at import."""
    deployed = settings.from_environment(environment)

    def erase(parts: Parts, request: HttpRequest, request_id: str, deadline: Deadline) -> HttpAnswer:
        return Erasures(parts.eraser, deployed.users).answer(request, request_id, deadline)

    return _http_handler(deployed, erase)


@dataclass(frozen=True)
class Parts:
    """Everything one invocation works with, wired for its credentials."""

    results: Results
    claims: Claims
    pipeline: Pipeline
    eraser: Eraser


def wire(deployed: Settings, credentials: Callable[[], Credentials]) -> Parts:
    """The parts of one invocation. Connections are kept by the SDKs, per process."""
    store = TablestoreStore(
        deployed.tablestore,
        deployed.tablestore_instance,
        deployed.region,
        deployed.claims_table,
        deployed.results_table,
        credentials,
    )
    results = Results(store, deployed.results_table)
    claims = Claims(store, deployed.claims_table, results, _now_ms, time.sleep)
    verification = VerificationClient(
        endpoints={ID_VERIFICATION.name: deployed.id_verification, COMPARE_FACES.name: deployed.compare_faces},
        region=deployed.region,
        timeouts=Timeouts(deployed.connect_timeout_ms, deployed.read_timeout_ms),
        credentials=credentials,
    )
    pipeline = Pipeline(claims, results, verification, Reconciler(verification), deployed.in_progress_wait_ms, _now_ms)
    eraser = Eraser(store, deployed.claims_table, results, verification, deployed.face_groups, _now_ms)
    return Parts(results, claims, pipeline, eraser)


def _http_handler(deployed: Settings, perform: Callable[[Parts, HttpRequest, str, Deadline], HttpAnswer]) -> Handler:
    def handler(event: bytes, context: Any) -> dict[str, Any]:
        deadline = Deadline.after(_timeout(context))
        request_id = str(getattr(context, "request_id", None) or uuid.uuid4())
        try:
            parts = wire(deployed, lambda: of_invocation(context))
            answer = perform(parts, http.parse(event), request_id, deadline)
        except FacegateError as error:
            log.refused(error, request_id=request_id)
            answer = answers.refused(error, request_id)
        except http.UnknownEvent as error:
            answer = answers.refused(RequestError(str(error)), request_id)
        except Exception as error:  # noqa: BLE001 - the edge: a defect of ours is answered, and shows no values
            log.write(
                "ERROR",
                "defect",
                request_id=request_id,
                error_type=type(error).__name__,
                error_at=log.place(error),
            )
            answer = answers.refused(FacegateError("facegate failed: its operator finds why by RequestId"), request_id)
        return answer.as_event_result()

    return handler


def _timeout(context: Any) -> float:
    return float(getattr(getattr(context, "function", None), "timeout", None) or DEFAULT_TIMEOUT_S)


def _now_ms() -> int:
    return int(time.time() * 1000)
