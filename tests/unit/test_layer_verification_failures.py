"""Which of our errors an exception of the SDK means. The exceptions are made by the SDK's own classes."""

from __future__ import annotations

import http.client
import socket
import ssl
from typing import Any

import pytest
import requests.exceptions
import urllib3.exceptions
from alibabacloud_tea_openapi.exceptions import ClientException, ServerException, ThrottlingException
from darabonba.exceptions import RetryError, UnretryableException
from darabonba.policy.retry import RetryPolicyContext
from Tea.exceptions import TeaException

from facegate.verification.errors import (
    CredentialsMissing,
    MalformedAnswer,
    ServiceDisconnected,
    ServiceRefused,
    ServiceTimedOut,
    ServiceUnreachable,
    VerificationError,
)
from facegate.verification.failures import translated

URL = "https://cloudauth.example/?SourceFacePictureUrl=https%3A%2F%2Fbucket%2Fface.jpg%3Fsignature%3Dsecret"
POOL: Any = None


def lost(cause: Exception) -> TeaException:
    """What the SDK raises when sending ended with `cause`."""
    try:
        try:
            raise cause
        except OSError as error:
            raise RetryError(str(error))  # noqa: B904 - as the SDK does: the cause stays as context
    except RetryError as error:
        return unreadable(error)


def unreadable(cause: Exception) -> TeaException:
    made: TeaException = UnretryableException(RetryPolicyContext(http_request=None, exception=cause))
    return made


def wrapped(cause: Exception) -> requests.exceptions.ConnectionError:
    """As requests does with urllib3's."""
    return requests.exceptions.ConnectionError(urllib3.exceptions.MaxRetryError(POOL, URL, cause))


def protocol_error(cause: Exception) -> requests.exceptions.ConnectionError:
    return requests.exceptions.ConnectionError(urllib3.exceptions.ProtocolError("Connection aborted.", cause))


LOST = {
    "connect timeout": (
        requests.exceptions.ConnectTimeout(urllib3.exceptions.ConnectTimeoutError(POOL, URL)),
        ServiceUnreachable,
    ),
    "connect timeout below": (wrapped(urllib3.exceptions.ConnectTimeoutError(POOL, URL)), ServiceUnreachable),
    "refused": (wrapped(urllib3.exceptions.NewConnectionError(POOL, URL)), ServiceUnreachable),
    "no such host": (
        wrapped(urllib3.exceptions.NameResolutionError("h", POOL, socket.gaierror(URL))),
        ServiceUnreachable,
    ),
    "untrusted": (requests.exceptions.SSLError(ssl.SSLCertVerificationError(URL)), ServiceUnreachable),
    "proxy": (requests.exceptions.ProxyError(URL), ServiceUnreachable),
    "read timeout": (
        requests.exceptions.ReadTimeout(urllib3.exceptions.ReadTimeoutError(POOL, URL, "Read timed out.")),
        ServiceTimedOut,
    ),
    "read timeout in a body": (
        requests.exceptions.ConnectionError(urllib3.exceptions.ReadTimeoutError(POOL, URL, "Read timed out.")),
        ServiceTimedOut,
    ),
    "closed": (protocol_error(http.client.RemoteDisconnected(URL)), ServiceDisconnected),
    "reset": (protocol_error(ConnectionResetError(104, URL)), ServiceDisconnected),
    "cut short": (requests.exceptions.ChunkedEncodingError(URL), ServiceDisconnected),
    "broken TLS": (requests.exceptions.SSLError(ssl.SSLEOFError(URL)), ServiceDisconnected),
    "unknown": (OSError(URL), ServiceDisconnected),
}


@pytest.mark.parametrize("name", LOST)
def test_what_became_of_the_connection_decides(name: str) -> None:
    cause, expected = LOST[name]
    error = translated(lost(cause))
    assert type(error) is expected
    assert "secret" not in error.message
    assert "http" not in error.message


@pytest.mark.parametrize(
    "cause",
    [RuntimeError(URL), UnicodeDecodeError("utf-8", b"\xff", 0, 1, URL), AttributeError("'list' has no 'get'")],
    ids=lambda cause: type(cause).__name__,
)
def test_an_answer_that_the_sdk_could_not_read_is_malformed_with_unknown_outcome(cause: Exception) -> None:
    error = translated(unreadable(cause))
    assert type(error) is MalformedAnswer
    assert error.transient
    assert "secret" not in error.message


@pytest.mark.parametrize(
    ("exception", "code", "status", "request_id", "retry_after_ms"),
    [
        (ClientException(code="NoFaceDetected", status_code=401, request_id="r"), "NoFaceDetected", 422, "r", None),
        (ServerException(code="InternalError", status_code=500, request_id="r"), "InternalError", 502, "r", None),
        (
            ThrottlingException(code="Throttling.Api", status_code=403, request_id="r", retry_after=700),
            "Throttling.Api",
            429,
            "r",
            700,
        ),
        (
            ThrottlingException(code="ServiceUnavailable", status_code=503, request_id="None", retry_after=5),
            "ServiceUnavailable",
            503,
            None,
            5,
        ),
        (ClientException(code="Never.Seen", status_code=418, request_id="None"), "Never.Seen", 502, None, None),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_an_error_answer_keeps_code_request_id_and_wish(
    exception: TeaException, code: str, status: int, request_id: str | None, retry_after_ms: int | None
) -> None:
    error = translated(exception)
    assert isinstance(error, ServiceRefused)
    assert (error.code, error.http_status) == (code, status)
    assert (error.request_id, error.retry_after_ms) == (request_id, retry_after_ms)


def test_the_services_own_text_is_not_passed_on() -> None:
    error = translated(ClientException(code="InvalidParameter", status_code=400, message=f"bad: {URL}"))
    assert "secret" not in f"{error} {error.message} {error!r}"


@pytest.mark.parametrize(
    "exception",
    [
        ClientException(code="None", status_code=400),
        ServerException(code="", status_code=500),
        ServerException(code=None, status_code=500),
        ClientException(code="InvalidParameter", status_code=None),
    ],
    ids=repr,
)
def test_an_error_answer_without_code_or_status_is_malformed(exception: TeaException) -> None:
    assert type(translated(exception)) is MalformedAnswer


def test_missing_credentials_are_told_from_a_refusal() -> None:
    error: VerificationError = translated(ClientException(code="InvalidCredentials", message="set the key"))
    assert type(error) is CredentialsMissing
