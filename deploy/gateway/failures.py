"""Which codes a path answers with which status: from the error classes, the service's codes and the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from facegate.enrolment import UserErased
from facegate.erasure import ErasureIncomplete
from facegate.errors import FacegateError, IdempotencyConflict, NoRole, NotFound, RequestError, StillInProgress
from facegate.invocation import HandOverFailed
from facegate.ledger.errors import LedgerError
from facegate.objects import ObjectMissing, ObjectsUnavailable, ObjectTooLarge
from facegate.operations import Operation
from facegate.operations.parsing import refusal
from facegate.pictures.errors import PictureError
from facegate.verification.errors import CODES, ServiceRefused, VerificationError
from facegate.verification.service import COMPARE_FACES

Codes = Mapping[int, tuple[str, ...]]
"""Status to the codes it comes with."""

OPEN_STATUSES = frozenset({429, 502})
"""A code of the service that nobody knows yet is answered with one of these."""
COMES_BACK = frozenset({409, 429, 503})
"""Statuses that can have Retry-After."""
REPLAYED = frozenset({400, 404, 413, 415, 422})
"""Statuses of refusals that can have been stored: the service's final ones, and all of work done later."""

_MAINLAND = ("InvalidParam.", "Error.")
_PLATFORM = ("InvalidArgument", 400)
_IN_THE_EDGES = (
    ("DataDuplication", 400),
    ("ToolargeImage", 413),
    ("UnsupportedMediaType", 415),
)
"""Codes that RequestError is raised with where a body or a picture is read."""


def of_operation(operation: Operation) -> Codes:
    enrols = operation.register_group is not None
    classes: list[type[FacegateError]] = [
        IdempotencyConflict,
        StillInProgress,
        ObjectMissing,
        ObjectTooLarge,
        ObjectsUnavailable,
        HandOverFailed,
        *_all(PictureError),
        *([UserErased] if enrols else []),
    ]
    return _grouped([*_EVERYWHERE, *_of(classes), *_IN_THE_EDGES, *_own(operation), *_service(operation)])


def of_lookup() -> Codes:
    return _grouped([*_EVERYWHERE, *_of([NotFound])])


def of_list() -> Codes:
    return _grouped(_EVERYWHERE)


def of_erasure() -> Codes:
    """It asks the international service only."""
    return _grouped([*_EVERYWHERE, *_of([ErasureIncomplete, ObjectsUnavailable]), *_service(None)])


def _own(operation: Operation) -> Iterable[tuple[str, int]]:
    """The codes of broken field rules: the operation's own, where it has some."""
    yield "MissingParameter", 400
    for field, kind in operation.refusals:
        error = refusal(operation, field, kind, "")
        yield error.code, error.http_status


def _service(operation: Operation | None) -> Iterable[tuple[str, int]]:
    for code, rule in CODES.items():
        if (operation is not None and operation.service is COMPARE_FACES) or not code.startswith(_MAINLAND):
            yield code, rule.http_status
    yield from _of(error for error in _all(VerificationError) if error is not ServiceRefused)


def _all(error: type[FacegateError]) -> Iterable[type[FacegateError]]:
    for kind in error.__subclasses__():
        yield kind
        yield from _all(kind)


def _of(classes: Iterable[type[FacegateError]]) -> list[tuple[str, int]]:
    return [(error.code, error.http_status) for error in classes]


_EVERYWHERE = [*_of([RequestError, FacegateError, NoRole, LedgerError]), _PLATFORM]


def _grouped(pairs: Iterable[tuple[str, int]]) -> Codes:
    found: dict[int, set[str]] = {}
    for code, status in pairs:
        found.setdefault(status, set()).add(code)
    return {status: tuple(sorted(found[status])) for status in sorted(found)}
