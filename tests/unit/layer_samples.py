"""What the tests of the layer start from: a valid request and a good result of each operation, and commands of them."""

from __future__ import annotations

import base64
from typing import Any

from facegate.commands import Command, CommandMaker
from facegate.ledger.records import DecisionRecord
from facegate.operations import OPERATIONS
from facegate.users import UserIds
from tests.fakes.clock import EPOCH_MS
from tests.unit.picture_samples import corners, encoded

BIZ_ID = "B" * 32
USER = "ada@example.com"
USERS = UserIds(b"k" * 32)
PSEUDONYM = USERS.pseudonym(USER)
GROUPS = ("members", "staff")
PREFIXES = ("pictures/", "enroll/")
KEY = "pictures/ada/face.jpg"

ENVIRONMENT = {
    "FC_REGION": "ap-southeast-1",
    "FC_ACCOUNT_ID": "1234567890123456",
    "FC_FUNCTION_NAME": "face-compare",
    "FACEGATE_TABLESTORE_INSTANCE": "facegate",
    "FACEGATE_BUCKET": "facegate-pictures",
    "FACEGATE_FACE_GROUPS": "members,staff",
    "FACEGATE_USER_ID_KEY": "k" * 32,
}
"""The settings that a deployment must have."""

JPEG = encoded(corners(480, 640), quality=80)
OTHER_JPEG = encoded(corners(480, 640).rotate(180), quality=80)
TEXT = base64.b64encode(JPEG).decode()
URL = "https://pictures.example.com/face.jpg?signature=secret"

FIELDS: dict[str, dict[str, Any]] = {
    "FaceCompare": {"SourceFacePicture": TEXT, "TargetFacePicture": TEXT},
    "FaceCrossCompareIntl": {f"Source{letter}FacePicture": TEXT for letter in "ABC"},
    "FaceDuplicationCheckIntl": {"MerchantUserId": USER, "VerifyModel": "0", "SourceFacePicture": TEXT},
    "AddFaceRecord": {"MerchantUserId": USER, "FacePicture": TEXT},
    "CompareFaces": {
        "SourceImageType": "FacePic",
        "SourceImageValue": TEXT,
        "TargetImageType": "IDPic",
        "TargetImageValue": TEXT,
    },
}
"""The least that each operation takes."""

RESULTS: dict[str, dict[str, Any]] = {
    "FaceCompare": {"Passed": "Y", "FaceComparisonScore": 91.5, "TransactionId": "t-compare"},
    "FaceCrossCompareIntl": {
        "FacePassed": "Y",
        "FaceComparisonScoreA2B": 0.9,
        "FaceComparisonScoreB2C": 0.8,
        "TransactionId": "t-cross",
    },
    "FaceDuplicationCheckIntl": {"FacePassed": "Y", "SubCode": "200", "TransactionId": "t-duplication"},
    "AddFaceRecord": {"Passed": "Y", "ExtFaceInfo": '{"faceQuality":"HIGH"}'},
    "CompareFaces": {
        "SimilarityScore": 80.0,
        "ConfidenceThresholds": '{"0.0001":"90.07","0.001":"80.01","0.01":"70.02"}',
    },
}

ACTIONS = tuple(OPERATIONS)
PICTURES = {action: tuple(picture.name for picture in OPERATIONS[action].pictures) for action in ACTIONS}
ENROLS: dict[str, dict[str, Any]] = {"AddFaceRecord": {}, "FaceDuplicationCheckIntl": {"AutoRegistration": True}}
"""The operations that can enrol, with what makes them do so."""


def fields(action: str, **changes: Any) -> dict[str, Any]:
    """The least request with `changes`; a change to None takes the field out."""
    changed = {**FIELDS[action], **changes}
    return {name: value for name, value in changed.items() if value is not None}


def command(
    action: str,
    *,
    users: UserIds = USERS,
    groups: tuple[str, ...] = GROUPS,
    key: str | None = None,
    occurred_at_ms: int | None = None,
    **changes: Any,
) -> Command:
    maker = CommandMaker(groups, users, PREFIXES)
    return maker.make(
        OPERATIONS[action],
        fields(action, **changes),
        source="http",
        request_id="request-1",
        idempotency_key=key,
        occurred_at_ms=occurred_at_ms,
    )


def record(**changes: Any) -> DecisionRecord:
    """A stored decision."""
    made: dict[str, Any] = {
        "operation": "FaceCompare",
        "merchant_biz_id": BIZ_ID,
        "outcome": "passed",
        "rule": "Passed, as the service decided",
        "code": "Success",
        "http_status": 200,
        "message": "success",
        "source": "http",
        "fingerprint": "fingerprint-1",
        "attempts": 1,
        "started_at_ms": EPOCH_MS,
        "decided_at_ms": EPOCH_MS + 500,
        "user": PSEUDONYM,
        "scores": {"FaceComparisonScore": 91.5},
        "answer": {"Passed": "Y", "FaceComparisonScore": 91.5},
        "pictures": {"SourceFacePicture": "a" * 64, "TargetFacePicture": "url"},
        "request_id": "service-1",
        "transaction_id": "t-1",
        **changes,
    }
    return DecisionRecord(**made)
