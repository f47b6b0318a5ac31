"""Every error that facegate raises on purpose.

FacegateError            carries the answer: official `code`, `http_status` for the caller, a `message` safe to send
├── RequestError         the caller's mistake; nothing was called, nothing is billed
├── NotFound             nothing is stored under that id
├── IdempotencyConflict  the id was used before with other input
├── StillInProgress      the same request is being worked on right now
├── NoRole               the function was deployed without a role, so it has no credentials
├── PictureError         (facegate.pictures) the picture cannot be used
├── VerificationError    (facegate.verification) the call to the service failed
└── LedgerError          (facegate.ledger) the table could not be read or written
SettingError             the deployment is wrong; the function does not start
"""

from __future__ import annotations


class FacegateError(Exception):
    """`code` is the official one where there is one; `http_status` is what a mobile client can act on.

    `message` holds no picture, key, token, URL query or user id. `retry_after` is in seconds.
    """

    code: str = "InternalError"
    http_status: int = 500

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        http_status: int | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.http_status = http_status or type(self).http_status
        self.retry_after = retry_after


class RequestError(FacegateError):
    """The request is refused before anything is called; `code` says which rule it broke."""

    code = "InvalidParameter"
    http_status = 400


class NotFound(FacegateError):
    """Nothing is stored under that id."""

    code = "NotFound"
    http_status = 404


class IdempotencyConflict(FacegateError):
    """The MerchantBizId was used before with other input; repeating the request cannot help."""

    code = "IdempotencyConflict"
    http_status = 409


class StillInProgress(FacegateError):
    """The same request is in progress; its answer can be fetched after `retry_after` seconds."""

    code = "RequestInProgress"
    http_status = 409


class NoRole(FacegateError):
    """The function has no credentials to call anything with: it was deployed without a role."""

    code = "InvalidCredentials"
    http_status = 500


class SettingError(Exception):
    """A setting is missing or wrong: the message names it and what was expected, never its value if secret."""
