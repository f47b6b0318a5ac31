"""Which of our errors an exception of the SDK means.

The SDK wraps every transport failure in one type whose text is the only difference; the cause that it keeps as
context tells more reliably (measured with alibabacloud-tea-openapi 0.4.6, darabonba-core 1.0.9). Texts are never
passed on: they
hold the URL, and with it picture addresses.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import requests.exceptions
import urllib3.exceptions
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from darabonba.exceptions import RetryError
from Tea.exceptions import TeaException, UnretryableException

from facegate.verification.errors import (
    CredentialsMissing,
    MalformedAnswer,
    ServiceDisconnected,
    ServiceRefused,
    ServiceTimedOut,
    ServiceUnreachable,
    VerificationError,
)

_NOT_SENT = (
    requests.exceptions.ConnectTimeout,
    requests.exceptions.ProxyError,
    requests.exceptions.InvalidURL,
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ConnectTimeoutError,
    urllib3.exceptions.NameResolutionError,
    ssl.SSLCertVerificationError,
)
_TIMED_OUT = (requests.exceptions.ReadTimeout, urllib3.exceptions.ReadTimeoutError, TimeoutError)


def translated(error: TeaException) -> VerificationError:
    """The typed error for what the SDK raised."""
    if isinstance(error, AlibabaCloudException):
        return _refused(error)
    if isinstance(error, UnretryableException) and isinstance(error.inner_exception, RetryError):
        return _transport(error.inner_exception)
    return MalformedAnswer("the service's answer could not be read")


def _refused(error: AlibabaCloudException) -> VerificationError:
    if error.code == "InvalidCredentials":
        return CredentialsMissing("the function has no credentials: it needs a role")
    status = getattr(error, "status_code", None)
    if not error.code or error.code == "None" or not isinstance(status, int):
        return MalformedAnswer("the service's error answer could not be read")
    request_id = getattr(error, "request_id", None)
    return ServiceRefused(
        str(error.code),
        status,
        request_id=None if request_id in (None, "None") else str(request_id),
        retry_after_ms=getattr(error, "retry_after", None),
    )


def _transport(error: RetryError) -> VerificationError:
    causes = list(_causes(error))
    if any(isinstance(cause, _NOT_SENT) for cause in causes):
        return ServiceUnreachable("the verification service could not be reached")
    if any(isinstance(cause, _TIMED_OUT) for cause in causes):
        return ServiceTimedOut("the verification service did not answer in time")
    return ServiceDisconnected("the connection to the verification service broke before it answered")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The chain behind `error`: contexts, and what urllib3 and requests keep as `reason` or first argument."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        current = waiting.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        inner = [current.__context__, current.__cause__, getattr(current, "reason", None), *current.args[:2]]
        waiting.extend(candidate for candidate in inner if isinstance(candidate, BaseException))
