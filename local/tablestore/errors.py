"""The error codes of the service with their HTTP status."""

from __future__ import annotations

STATUS = {
    "OTSAuthFailed": 403,
    "OTSConditionCheckFail": 403,
    "OTSInternalServerError": 500,
    "OTSInvalidPK": 400,
    "OTSMethodNotAllowed": 405,
    "OTSMissingHeader": 400,
    "OTSObjectAlreadyExist": 409,
    "OTSObjectNotExist": 404,
    "OTSParameterInvalid": 400,
    "OTSQuotaExhausted": 403,
    "OTSRequestBodyTooLarge": 413,
    "OTSServerBusy": 503,
    "OTSUnsupportOperation": 400,
}


class TablestoreError(Exception):
    """An answer other than 2xx. `code` is one of STATUS; `message` is what the client is told."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = STATUS[code]


def invalid(message: str) -> TablestoreError:
    return TablestoreError("OTSParameterInvalid", message)
