"""What all handlers have in common: their start, one invocation's parts, and what becomes of errors.

Settings are read when the module that names the function is imported, so a wrong one stops the start. A handler
never raises over HTTP: what a function URL's caller would see of an exception is unconfirmed, and its text could
hold what must not leave. A handler of events raises on purpose, so that the platform repeats what may fare better
later.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Final, NamedTuple, TypeVar

from facegate import log, settings
from facegate.app.parts import Parts
from facegate.credentials import of_invocation
from facegate.deadline import Deadline
from facegate.errors import FacegateError
from facegate.events import answers, http
from facegate.events.answers import HttpAnswer
from facegate.events.giving_back import GivenBack, given_back
from facegate.events.http import HttpRequest
from facegate.retry import RetryPolicy
from facegate.settings import Settings

T = TypeVar("T")
Handler = Callable[[bytes, Any], Any]
DEFAULT_TIMEOUT_S: Final = 60

VERIFICATION: Final = ("facegate.connections", "alibabacloud_cloudauth_intl20220809.client")
LEDGER: Final = ("facegate.connections", "tablestore")
PICTURES: Final = ("facegate.pictures.normaliser", "pybase64")
OBJECTS: Final = ("facegate.connections", "alibabacloud_oss_v2")


class Function(NamedTuple):
    """What a function's index.py exports: `handler(event, context)` and `initialize(context)`, the hook that the
    platform calls once, before the first event of an instance.
    """

    handler: Handler
    initialize: Callable[[Any], None]


class Invocation(NamedTuple):
    """One event's surroundings."""

    parts: Parts
    request_id: str
    deadline: Deadline


def started(environment: Mapping[str, str]) -> Settings:
    """To be called at a function's import. Raises SettingError."""
    return settings.from_environment(environment)


def warmed(*modules: str) -> Callable[[Any], None]:
    """The initializer that imports what the handler will: where instances are kept ready, nobody waits for that."""

    def initialize(context: Any) -> None:
        log.silence_sdks()
        for module in modules:
            import_module(module)

    return initialize


def invocation(deployed: Settings, context: Any, policy: RetryPolicy) -> Invocation:
    """The parts, the request id and the deadline of one event."""
    function = getattr(context, "function", None)
    deadline = Deadline.after(float(getattr(function, "timeout", None) or DEFAULT_TIMEOUT_S))
    request_id = str(getattr(context, "request_id", None) or os.urandom(16).hex())
    return Invocation(Parts(deployed, lambda: of_invocation(context), policy), request_id, deadline)


def answered(event: bytes, request_id: str, perform: Callable[[HttpRequest], HttpAnswer]) -> dict[str, Any]:
    """The event's answer, whatever happens."""
    try:
        answer = perform(http.parse(event))
    except FacegateError as error:
        log.refused(error, request_id=request_id)
        answer = answers.refused(error, request_id)
    except Exception as error:  # noqa: BLE001 - the edge: a defect of ours is answered, and shows no values
        log.defect(error, request_id)
        answer = answers.refused(FacegateError("facegate failed: its operator finds why by RequestId"), request_id)
    return answer.as_event_result()


def worked_off(request_id: str, perform: Callable[[], T]) -> T:
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
