"""Hands work to another function, through the fc2 package.

Functions of Function Compute 3.0 have no service, which fc2's public calls demand. Without one configured, the
client addresses `/2023-03-30/functions/<name>/invocations` with fc2's own signing and transport, which its public
calls are made of; that the service accepts this is unconfirmed. With a service (Function Compute 2.0) the
documented `invoke_function` is used.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from msgspec import Struct

from facegate.credentials import Credentials
from facegate.errors import FacegateError
from facegate.settings import Endpoint

TIMEOUT_S = 10
MAX_ASYNC_BYTES = 128 * 1024
"""Documented limit of an asynchronous payload."""
MAX_RETURNABLE_BYTES = 48 * 1024
"""An event that the platform gives up is told to the failure destination inside another payload, as a JSON string,
which can double it: a greater one could be lost there.
"""
DUPLICATE_STATUS = 409


class HandOverFailed(FacegateError):
    """The work was not accepted."""

    code = "HandOverFailed"
    http_status = 503

    def __init__(self, message: str) -> None:
        super().__init__(message, retry_after=1)


class Invoker(Protocol):
    """Asynchronous invocation of a function of this deployment."""

    def hand_over(self, function: str, payload: bytes, task_id: str) -> None:
        """Accepted, or accepted before under the same `task_id` (letters, digits, '_', '-'). Raises HandOverFailed."""


class Fc2Invoker(Struct, frozen=True):
    """`service` is None for Function Compute 3.0."""

    endpoint: Endpoint
    service: str | None
    credentials: Callable[[], Credentials]

    def hand_over(self, function: str, payload: bytes, task_id: str) -> None:
        import requests.exceptions
        from fc2.fc_exceptions import FcError

        if len(payload) > MAX_ASYNC_BYTES:
            raise HandOverFailed(f"the payload has more than {MAX_ASYNC_BYTES} bytes")
        try:
            with _silence():
                self._invoke(function, payload, task_id)
        except FcError as error:
            if error.status_code != DUPLICATE_STATUS:
                raise HandOverFailed(f"Function Compute answered {error.err_code}") from None
        except (requests.exceptions.RequestException, ValueError):
            raise HandOverFailed("Function Compute could not be reached") from None

    def _invoke(self, function: str, payload: bytes, task_id: str) -> None:
        import fc2

        credentials = self.credentials()
        client: Any = fc2.Client(
            endpoint=self.endpoint.url,
            accessKeyID=credentials.access_key_id,
            accessKeySecret=credentials.access_key_secret,
            securityToken=credentials.security_token or "",
            Timeout=TIMEOUT_S,
        )
        headers = {"x-fc-invocation-type": "Async"}
        if self.service is not None:
            headers["x-fc-stateful-async-invocation-id"] = task_id
            client.invoke_function(self.service, function, payload=payload, headers=headers)
            return
        headers["x-fc-async-task-id"] = task_id
        path = f"/2023-03-30/functions/{function}/invocations"
        signed = client._build_common_headers("POST", path, headers)
        client._do_request("POST", path, signed, body=payload)


@contextmanager
def _silence() -> Iterator[None]:
    """fc2 logs failed requests with all their headers, signature and token included, to the root logger."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
