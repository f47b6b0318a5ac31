"""The wrapper of the official SDK: one call in, a typed result or a typed error out.

A client object per call is free (measured 0.01 ms); the SDK keeps connections alive per process. The SDK's own
retries stay off: which calls may be repeated is decided in `facegate.retry`, on what is known of the failed one.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from facegate import log, retry
from facegate.credentials import Credentials
from facegate.deadline import Deadline
from facegate.settings import Endpoint
from facegate.verification import form
from facegate.verification.errors import MalformedAnswer, ServiceRefused, ServiceTimedOut, VerificationError
from facegate.verification.pacing import SPREAD_MS, Admissions
from facegate.verification.service import ID_VERIFICATION, Call, Envelope, Service

if TYPE_CHECKING:
    from alibabacloud_tea_openapi.client import Client as OpenApiClient

T = TypeVar("T")
CALL_FLOOR_MS = 500
"""A call that has less time than this is not begun: it would be billed, and its answer lost."""
THROTTLED = 429
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Answered(msgspec.Struct, Generic[T], frozen=True):
    """A success. `attempts` counts the calls made for it."""

    result: T
    request_id: str | None
    message: str
    attempts: int


class Timeouts(msgspec.Struct, frozen=True):
    """Milliseconds; each call's are cut so that both together fit into what is left of the function's time."""

    connect_ms: int
    read_ms: int

    def within(self, remaining_ms: int) -> Timeouts:
        connect_ms = min(self.connect_ms, remaining_ms // 3)
        return Timeouts(connect_ms, min(self.read_ms, remaining_ms - connect_ms))


class VerificationClient(msgspec.Struct, frozen=True):
    """Calls the two services at `endpoints` (by Service.name) with the credentials of this invocation. `admissions` are
    the process's.
    """

    endpoints: dict[str, Endpoint]
    region: str
    timeouts: Timeouts
    credentials: Callable[[], Credentials]
    policy: retry.RetryPolicy = msgspec.field(default_factory=retry.RetryPolicy)
    admissions: Admissions = msgspec.field(default_factory=Admissions)
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random

    def call(self, call: Call, result: type[T], deadline: Deadline) -> Answered[T]:
        """The result of `call`, repeated while the rules of `facegate.retry` allow. Raises VerificationError."""
        envelope, attempts = self._repeated(call, deadline)
        raw = bytes(call.service.payload(envelope))
        if not raw or raw == b"null":
            raise MalformedAnswer("the service's answer has no result", executed=True, request_id=envelope.RequestId)
        try:
            parsed = msgspec.json.decode(raw, type=result)
        except _UNREADABLE:
            raise MalformedAnswer(
                "the service's result cannot be read", executed=True, request_id=envelope.RequestId
            ) from None
        return Answered(parsed, envelope.RequestId, envelope.Message or "success", attempts)

    def page(self, call: Call, item: type[T], deadline: Deadline) -> Answered[list[T]]:
        """The items of an administrative query, which have no result object. Raises VerificationError."""
        envelope, attempts = self._repeated(call, deadline)
        raw = bytes(envelope.Items)
        listed = raw not in (b"", b"null")
        try:
            # list[item] is made while running: to msgspec a value, to the type checker a variable used as a type.
            items = msgspec.json.decode(raw, type=list[item]) if listed else []  # type: ignore[valid-type]
        except _UNREADABLE:
            raise MalformedAnswer("the service's list cannot be read", request_id=envelope.RequestId) from None
        says_empty = envelope.TotalCount == 0 or (listed and envelope.TotalCount is None)
        if not items and not says_empty:
            raise MalformedAnswer("the service's list is missing", request_id=envelope.RequestId)
        return Answered(items, envelope.RequestId, envelope.Message or "success", attempts)

    def _repeated(self, call: Call, deadline: Deadline) -> tuple[Envelope, int]:
        attempts = throttled = unknown = 0
        while True:
            attempts += 1
            sent_ms = _now_ms(deadline)
            try:
                envelope = self._once(call, deadline)
            except VerificationError as error:
                error.attempts = attempts
                throttled += error.http_status == THROTTLED
                again = retry.may_repeat(
                    policy=self.policy,
                    transient=error.transient,
                    execution=error.execution,
                    repeatable=call.repeatable,
                    throttled=throttled,
                    attempts=attempts,
                    unknown_repeats=unknown,
                )
                wait = self._wait_ms(call.action, error, _now_ms(deadline))
                if not again or not retry.fits(wait, CALL_FLOOR_MS, deadline.remaining_ms()):
                    raise
                unknown += error.execution is not retry.Execution.NOT_EXECUTED
                log.write(
                    "WARNING",
                    "call repeated",
                    operation=call.action,
                    code=error.code,
                    execution=error.execution.value,
                    attempts=attempts,
                    wait_ms=wait,
                )
            else:
                self.admissions.note(call.action, sent_ms)
                return envelope, attempts
            self.sleep(wait / 1000)

    def _wait_ms(self, action: str, error: VerificationError, now_ms: int) -> int:
        if error.repeat_at_once and error.attempts == 1:
            return 0  # a connection that had gone stale: a new one can be tried at once
        free_in_ms = self.admissions.free_in_ms(action, now_ms) if error.http_status == THROTTLED else None
        if free_in_ms is None:
            return retry.wait_ms(self.policy, error.attempts, error.retry_after_ms, self.jitter)
        return max(free_in_ms + int(SPREAD_MS * self.jitter()), error.retry_after_ms or 0)

    def _once(self, call: Call, deadline: Deadline) -> Envelope:
        from alibabacloud_tea_openapi.utils_models import OpenApiRequest, Params
        from darabonba.runtime import RuntimeOptions
        from Tea.exceptions import TeaException

        from facegate.verification.failures import translated

        remaining = deadline.remaining_ms()
        if remaining < CALL_FLOOR_MS:
            raise _OutOfTime("no time is left to call the verification service")
        timeouts = self.timeouts.within(remaining)
        params = Params(
            action=call.action,
            version=call.service.version,
            protocol=self.endpoints[call.service.name].scheme.upper(),
            pathname="/",
            method="POST",
            auth_type="AK",
            style="RPC",
            req_body_type="byte",
            body_type="byte",
        )
        body = form.encode(call.body) if call.body else None
        request = OpenApiRequest(
            query=dict(call.query),
            headers={"content-type": "application/x-www-form-urlencoded"} if body else {},
            body=body,
        )
        runtime = RuntimeOptions(connect_timeout=timeouts.connect_ms, read_timeout=timeouts.read_ms)
        try:
            answer = self._client(call.service).call_api(params, request, runtime)
        except TeaException as error:
            failure = translated(error)
        else:
            return _envelope(call.service, answer)
        # Raised out here, so that nothing refers to the SDK's exception any more: it holds the whole signed request,
        # pictures and token included.
        raise failure

    def _client(self, service: Service) -> OpenApiClient:
        from alibabacloud_tea_openapi.utils_models import Config

        endpoint, credentials = self.endpoints[service.name], self.credentials()
        config = Config(
            endpoint=endpoint.host,
            protocol=endpoint.scheme.upper(),
            region_id=self.region,
            access_key_id=credentials.access_key_id,
            access_key_secret=credentials.access_key_secret,
            security_token=credentials.security_token,
        )
        _keep_connections()
        if service is ID_VERIFICATION:
            from alibabacloud_cloudauth_intl20220809.client import Client as IntlClient

            return IntlClient(config)
        from alibabacloud_tea_openapi.client import Client as GenericClient

        return GenericClient(config)


@lru_cache(maxsize=1)
def _keep_connections() -> None:
    """The SDK makes its sessions itself, one per host and process, and asks here for what they connect with."""
    from darabonba.core import DaraCore

    from facegate import connections

    def get_adapter(prefix: str, tls_min_version: str | None = None, pool_size: int | None = None) -> object:
        return connections.adapter()

    DaraCore.get_adapter = staticmethod(get_adapter)


class _OutOfTime(ServiceTimedOut):
    execution = retry.Execution.NOT_EXECUTED
    transient = False


def _now_ms(deadline: Deadline) -> int:
    return int(deadline.clock() * 1000)


def _envelope(service: Service, answer: dict[str, Any]) -> Envelope:
    try:
        envelope = msgspec.json.decode(answer["body"], type=Envelope)
    except _UNREADABLE:
        raise MalformedAnswer("the service's answer is not the documented envelope") from None
    if not service.succeeded(envelope):
        if envelope.Code is None:
            raise MalformedAnswer("the service's answer has no code", request_id=envelope.RequestId)
        raise ServiceRefused(str(envelope.Code), int(answer["statusCode"]), request_id=envelope.RequestId)
    return envelope
