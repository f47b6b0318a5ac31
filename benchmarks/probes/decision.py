"""A decision to store."""

from __future__ import annotations

import time

from facegate.ledger.records import DecisionRecord


def decision_record(biz_id: str) -> DecisionRecord:
    """A typical one, of FaceCompare."""
    now = int(time.time() * 1000)
    return DecisionRecord(
        operation="FaceCompare",
        merchant_biz_id=biz_id,
        outcome="passed",
        rule="the service answered Passed Y",
        code="Success",
        http_status=200,
        message="success",
        source="http",
        fingerprint="0" * 64,
        attempts=1,
        started_at_ms=now,
        decided_at_ms=now,
        scores={"FaceComparisonScore": 92.95},
        answer={"Passed": "Y", "FaceComparisonScore": 92.95, "TransactionId": "t-1"},
        pictures={"SourceFacePicture": "0" * 64, "TargetFacePicture": "1" * 64},
        request_id="R-1",
        transaction_id="t-1",
    )
