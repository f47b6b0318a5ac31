"""Every way in which a call can fail.

VerificationError          knows `code`, `http_status`, `execution` (was it carried out?) and `transient` (can
another try differ?)
├── ServiceRefused         the service answered with an error code of its own
├── ServiceUnreachable     no connection: the request certainly did not arrive
├── ServiceTimedOut        sent, and no answer in time
├── ServiceDisconnected    sent, and the connection broke before the answer
├── MalformedAnswer        an answer that cannot be read; it is never taken for a verdict
└── CredentialsMissing     the function has no key to sign with

Where a code has a row in CODES, the row says what the caller gets: the service's 401 for a bad picture and its 403
for our misconfigured account never reach a phone.
"""

from __future__ import annotations

from msgspec import Struct

from facegate.errors import FacegateError
from facegate.retry import Execution

NOT_EXECUTED, UNKNOWN, EXECUTED = Execution.NOT_EXECUTED, Execution.UNKNOWN, Execution.EXECUTED


class CodeRule(Struct, frozen=True):
    """`final`: the same input gets the same answer, so it is recorded and replayed instead of being asked again."""

    http_status: int
    execution: Execution
    transient: bool = False
    final: bool = False


_CALLER = CodeRule(400, NOT_EXECUTED)
_PICTURE = CodeRule(422, NOT_EXECUTED, final=True)
_ACCOUNT = CodeRule(500, NOT_EXECUTED)
_THROTTLED = CodeRule(429, NOT_EXECUTED, transient=True)
_BROKEN = CodeRule(502, UNKNOWN, transient=True)

CODES = {
    "MissingParameter": _CALLER,
    "InvalidParameter": _CALLER,
    "DataDuplication": _CALLER,
    "NoFaceDetected": _PICTURE,
    "UnqualifiedPhoto": _PICTURE,
    "ToolargeImage": CodeRule(413, NOT_EXECUTED, final=True),
    "DownloadTimeout": CodeRule(424, NOT_EXECUTED),
    "Forbidden.RAMUserAccessDenied": _ACCOUNT,
    "Forbidden.AccountAccessDenied": _ACCOUNT,
    "Throttling.Api": _THROTTLED,
    "Throttling": _THROTTLED,
    "Throttling.User": _THROTTLED,
    "InternalError": _BROKEN,
    "ServiceUnavailable": CodeRule(503, UNKNOWN, transient=True),
    "Error.InternalError": _BROKEN,
    "Error.CompareFacesError": _BROKEN,
    "Error.NoFaceDetected": _PICTURE,
    "Error.NoPermissionAccess": _ACCOUNT,
    "InvalidParam.ParamMissing": _CALLER,
    "InvalidParam.ImageTypeEmpty": _CALLER,
    "InvalidParam.FacePicNotGiven": _CALLER,
    "InvalidParam.ImageValuePatternError": _CALLER,
    "InvalidParam.ImageTypeInvalid": _CALLER,
    "InvalidAccessKeyId.NotFound": _ACCOUNT,
    "InvalidSecurityToken.Expired": _ACCOUNT,
    "InvalidSecurityToken.Malformed": _ACCOUNT,
    "SignatureDoesNotMatch": _ACCOUNT,
    "InvalidTimeStamp.Expired": _ACCOUNT,
    "SignatureNonceUsed": _ACCOUNT,
}

_REFUSED = CodeRule(502, NOT_EXECUTED)


def rule_for(code: str, status: int) -> CodeRule:
    """The row of a code; an unknown one is judged by its family and status: 4xx was refused, all else may have been
    carried out.
    """
    if code in CODES:
        return CODES[code]
    if status == 429 or code.startswith("Throttling."):
        return _THROTTLED
    return _REFUSED if 400 <= status < 500 else _BROKEN


MESSAGES = {
    "NoFaceDetected": "no face was found in a picture: use another one",
    "Error.NoFaceDetected": "no face was found in a picture: use another one",
    "UnqualifiedPhoto": "a picture is unclear, badly exposed, incomplete or tilted: use another one",
    "ToolargeImage": "a picture is too large: send a smaller one",
    "DataDuplication": "a picture was given both as Base64 and as URL: give one of them",
    "DownloadTimeout": "the service could not download a picture from its URL in time",
    "MissingParameter": "the service misses a parameter",
}
CALLERS = "the service found a parameter invalid"
BUSY = "too many calls at once: try again in a moment"
OURS = "the deployment's account is not set up for this operation: its operator has to act"
SERVICES = "the verification service failed to answer properly: try again later"


class VerificationError(FacegateError):
    """`request_id` is the service's, where it gave one. `retry_after_ms` is its wish. `repeat_at_once`: the first
    repetition need not wait.
    """

    code = "InternalError"
    http_status = 502
    execution: Execution = UNKNOWN
    transient: bool = True
    final: bool = False
    repeat_at_once: bool = False

    def __init__(
        self, message: str, *, request_id: str | None = None, retry_after_ms: int | None = None, attempts: int = 1
    ) -> None:
        super().__init__(message)
        self.request_id = request_id
        self.retry_after_ms = retry_after_ms
        self.attempts = attempts


class ServiceRefused(VerificationError):
    """The service's own `code` and status decide all the rest, by CODES."""

    def __init__(
        self, code: str, status: int, *, request_id: str | None = None, retry_after_ms: int | None = None
    ) -> None:
        rule = rule_for(code, status)
        by_status = {400: CALLERS, 429: BUSY, 500: OURS}.get(rule.http_status, SERVICES)
        super().__init__(MESSAGES.get(code, by_status), request_id=request_id, retry_after_ms=retry_after_ms)
        self.code = code
        self.http_status = rule.http_status
        self.execution = rule.execution
        self.transient = rule.transient
        self.final = rule.final
        if rule is _THROTTLED:
            self.retry_after = max(1, -(-(retry_after_ms or 0) // 1000))


class ServiceUnreachable(VerificationError):
    """DNS, refused, an untrusted certificate or connect time-out: nothing was sent."""

    code = "ServiceUnreachable"
    http_status = 503
    execution = NOT_EXECUTED


class ServiceTimedOut(VerificationError):
    """No answer within the read time-out."""

    code = "ServiceTimedOut"
    http_status = 504
    execution = UNKNOWN


class ServiceDisconnected(VerificationError):
    """The connection was reset or closed after the request was sent: a stale keep-alive connection does this too."""

    code = "ServiceDisconnected"
    http_status = 502
    execution = UNKNOWN
    repeat_at_once = True


class MalformedAnswer(VerificationError):
    """Not JSON, empty, without its result, or with values out of range. `executed` when it was a success all the
    same.
    """

    code = "ServiceAnswerMalformed"
    http_status = 502

    def __init__(self, message: str, *, executed: bool = False, request_id: str | None = None) -> None:
        super().__init__(message, request_id=request_id)
        self.execution = EXECUTED if executed else UNKNOWN
        self.transient = not executed


class CredentialsMissing(VerificationError):
    """The function has no credentials: it was deployed without a role."""

    code = "InvalidCredentials"
    http_status = 500
    execution = NOT_EXECUTED
    transient = False
