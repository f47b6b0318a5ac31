"""What can go wrong with the table."""

from __future__ import annotations

from facegate.errors import FacegateError


class LedgerError(FacegateError):
    """Tablestore could not be read or written. `in_doubt`: a write may have been applied all the same."""

    code = "LedgerUnavailable"
    http_status = 503

    def __init__(self, message: str, *, in_doubt: bool = False) -> None:
        super().__init__(message, retry_after=1)
        self.in_doubt = in_doubt
