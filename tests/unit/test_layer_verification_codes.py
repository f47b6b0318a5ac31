"""What each code of the service means: for the caller, and for whether the call may be made again."""

from __future__ import annotations

import pytest

from facegate.retry import Execution
from facegate.verification.errors import (
    CODES,
    CredentialsMissing,
    MalformedAnswer,
    ServiceDisconnected,
    ServiceRefused,
    ServiceTimedOut,
    ServiceUnreachable,
    VerificationError,
)

NOT_EXECUTED, UNKNOWN, EXECUTED = Execution.NOT_EXECUTED, Execution.UNKNOWN, Execution.EXECUTED

DOCUMENTED = {
    # code: (its status at the service, ours, executed?, may differ next time, recorded and replayed)
    "MissingParameter": (400, 400, NOT_EXECUTED, False, False),
    "InvalidParameter": (400, 400, NOT_EXECUTED, False, False),
    "DataDuplication": (401, 400, NOT_EXECUTED, False, False),
    "NoFaceDetected": (401, 422, NOT_EXECUTED, False, True),
    "UnqualifiedPhoto": (401, 422, NOT_EXECUTED, False, True),
    "ToolargeImage": (401, 413, NOT_EXECUTED, False, True),
    "DownloadTimeout": (401, 424, NOT_EXECUTED, False, False),
    "Forbidden.RAMUserAccessDenied": (403, 500, NOT_EXECUTED, False, False),
    "Forbidden.AccountAccessDenied": (403, 500, NOT_EXECUTED, False, False),
    "Throttling.Api": (403, 429, NOT_EXECUTED, True, False),
    "InternalError": (500, 502, UNKNOWN, True, False),
    "ServiceUnavailable": (503, 503, UNKNOWN, True, False),
    "Error.InternalError": (500, 502, UNKNOWN, True, False),
    "Error.CompareFacesError": (500, 502, UNKNOWN, True, False),
    "Error.NoPermissionAccess": (403, 500, NOT_EXECUTED, False, False),
    "Error.NoFaceDetected": (400, 422, NOT_EXECUTED, False, True),
    "InvalidParam.ParamMissing": (403, 400, NOT_EXECUTED, False, False),
    "InvalidParam.ImageTypeEmpty": (400, 400, NOT_EXECUTED, False, False),
    "InvalidParam.FacePicNotGiven": (400, 400, NOT_EXECUTED, False, False),
    "InvalidParam.ImageValuePatternError": (400, 400, NOT_EXECUTED, False, False),
    "InvalidParam.ImageTypeInvalid": (400, 400, NOT_EXECUTED, False, False),
}
"""The five operations' documents."""

GATEWAY = {
    "InvalidAccessKeyId.NotFound": (404, 500, NOT_EXECUTED, False, False),
    "SignatureDoesNotMatch": (400, 500, NOT_EXECUTED, False, False),
    "InvalidSecurityToken.Expired": (400, 500, NOT_EXECUTED, False, False),
    "InvalidSecurityToken.Malformed": (403, 500, NOT_EXECUTED, False, False),
    "InvalidTimeStamp.Expired": (400, 500, NOT_EXECUTED, False, False),
    "SignatureNonceUsed": (400, 500, NOT_EXECUTED, False, False),
    "Throttling": (400, 429, NOT_EXECUTED, True, False),
    "Throttling.User": (429, 429, NOT_EXECUTED, True, False),
}
"""The gateway in front of the service; not in the documents."""

UNKNOWN_CODES = {
    ("Invalid.New", 400): (502, NOT_EXECUTED, False),
    ("Invalid.New", 401): (502, NOT_EXECUTED, False),
    ("Forbidden.New", 403): (502, NOT_EXECUTED, False),
    ("Throttling.New", 403): (429, NOT_EXECUTED, True),
    ("Too.Many", 429): (429, NOT_EXECUTED, True),
    ("Broken.New", 500): (502, UNKNOWN, True),
    ("Broken.New", 503): (502, UNKNOWN, True),
    ("Odd.New", 200): (502, UNKNOWN, True),
}


@pytest.mark.parametrize("code", [*DOCUMENTED, *GATEWAY])
def test_a_code_gets_the_status_that_a_mobile_client_can_act_on(code: str) -> None:
    status, *expected = {**DOCUMENTED, **GATEWAY}[code]
    error = ServiceRefused(code, int(status), request_id="r-1")
    assert [error.http_status, error.execution, error.transient, error.final] == expected
    assert (error.code, error.request_id) == (code, "r-1")


def test_every_code_with_a_rule_is_in_this_table() -> None:
    assert set(CODES) == {*DOCUMENTED, *GATEWAY}


@pytest.mark.parametrize(("code", "status"), UNKNOWN_CODES)
def test_an_unknown_code_is_judged_by_its_family_and_status(code: str, status: int) -> None:
    error = ServiceRefused(code, status)
    assert (error.http_status, error.execution, error.transient) == UNKNOWN_CODES[code, status]
    assert not error.final


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 500, 503])
@pytest.mark.parametrize("code", [*CODES, "Unknown.Code"])
def test_401_and_403_are_for_the_callers_own_credentials_only(code: str, status: int) -> None:
    assert ServiceRefused(code, status).http_status not in (401, 403)


@pytest.mark.parametrize(("retry_after_ms", "seconds"), [(None, 1), (1, 1), (1_000, 1), (1_001, 2), (60_000, 60)])
def test_a_throttled_caller_is_told_when_to_come_back(retry_after_ms: int | None, seconds: int) -> None:
    assert ServiceRefused("Throttling.Api", 403, retry_after_ms=retry_after_ms).retry_after == seconds


@pytest.mark.parametrize("code", ["NoFaceDetected", "InternalError", "Forbidden.RAMUserAccessDenied"])
def test_only_a_throttled_caller_is_told_so(code: str) -> None:
    assert ServiceRefused(code, 500).retry_after is None


@pytest.mark.parametrize("code", CODES)
def test_the_sentence_fits_the_status(code: str) -> None:
    error = ServiceRefused(code, 400)
    says_later = "try again" in error.message
    assert says_later == (error.http_status in (429, 502, 503))
    assert ("operator" in error.message) == (error.http_status == 500)


@pytest.mark.parametrize(
    ("error", "status", "execution", "transient"),
    [
        (ServiceUnreachable("m"), 503, NOT_EXECUTED, True),
        (ServiceTimedOut("m"), 504, UNKNOWN, True),
        (ServiceDisconnected("m"), 502, UNKNOWN, True),
        (MalformedAnswer("m"), 502, UNKNOWN, True),
        (MalformedAnswer("m", executed=True), 502, EXECUTED, False),
        (CredentialsMissing("m"), 500, NOT_EXECUTED, False),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_failures_without_a_code_say_what_is_known_of_them(
    error: VerificationError, status: int, execution: Execution, transient: bool
) -> None:
    assert (error.http_status, error.execution, error.transient) == (status, execution, transient)
    assert not error.final
