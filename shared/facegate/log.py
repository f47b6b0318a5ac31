"""One JSON line per event on standard output. Only the fields named here can be written, so nothing personal slips in.

The SDKs' own loggers are silenced: they print URLs, whose query can carry a picture's address.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, TypedDict

from facegate.errors import FacegateError

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from facegate.ledger.records import DecisionRecord

SILENCED = ("tablestore", "urllib3", "requests", "alibabacloud_credentials", "PIL")


class Fields(TypedDict, total=False):
    """What a log line may say. `user` is the keyed hash; times are in milliseconds."""

    request_id: str
    service_request_id: str
    function: str
    operation: str
    merchant_biz_id: str
    user: str
    source: str
    outcome: str
    code: str
    http_status: int
    execution: str
    attempts: int
    replayed: bool
    duration_ms: int
    wait_ms: int
    error_type: str
    error_at: str


def write(level: Literal["INFO", "WARNING", "ERROR"], event: str, **fields: Unpack[Fields]) -> None:
    """Writes `{"level", "event", …}` in one line."""
    sys.stdout.write(json.dumps({"level": level, "event": event, **fields}, separators=(",", ":")) + "\n")
    sys.stdout.flush()


def refused(error: FacegateError, **fields: Unpack[Fields]) -> None:
    """A request answered with an error: ours and the service's failures as errors, the caller's as information."""
    fields["code"], fields["http_status"] = error.code, error.http_status
    write("INFO" if error.http_status < 500 else "ERROR", "refused", **fields)


def decided(record: DecisionRecord, request_id: str, *, replayed: bool) -> None:
    """A decision, without its scores or whom it is about."""
    write(
        "INFO",
        "decided",
        request_id=request_id,
        service_request_id=record.request_id or "",
        operation=record.operation,
        merchant_biz_id=record.merchant_biz_id,
        outcome=record.outcome,
        code=record.code,
        attempts=record.attempts,
        replayed=replayed,
        source=record.source,
    )


def defect(error: Exception, request_id: str) -> None:
    """An error that nobody foresaw: its type and place, and none of the values that a stack would show."""
    write("ERROR", "defect", request_id=request_id, error_type=type(error).__name__, error_at=place(error))


def without_stacks() -> None:
    """To be called once by functions that raise on purpose: the platform logs an exception's text, and no stack
    with it.
    """
    sys.tracebacklimit = 0


@lru_cache(maxsize=1)
def silence_sdks() -> None:
    """To be called before the SDKs are imported: one of them warns on every cold start. Once is enough: the levels
    stay.
    """
    for name in SILENCED:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def place(error: BaseException) -> str:
    """File and line where the error arose: enough to find it, without the values that a traceback shows."""
    frames = traceback.extract_tb(error.__traceback__, limit=-1)
    return f"{frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].lineno}" if frames else "unknown"
