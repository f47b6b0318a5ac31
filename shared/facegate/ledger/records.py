"""The decision record: what was decided about whom, by which rule, on which scores. No picture and no raw user id."""

from __future__ import annotations

from typing import Any

import msgspec


class DecisionRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One request, decided. Times are Unix milliseconds.

    `outcome` is the decision, or `refused` when the service found the pictures unfit; `code`, `http_status`,
    `message` and `answer` are what the caller was answered and what a replay answers again. `request_id` and
    `transaction_id` are the
    service's. `pictures` maps each picture field to the SHA-256 of the normalised picture that was sent
    (hexadecimal), or to `url` where the service downloaded it. `attempts` counts the calls made. `user` is the
    keyed hash; `enrolment_id` the key under which the same photograph of the same user is recognised.
    """

    operation: str
    merchant_biz_id: str
    outcome: str
    rule: str
    code: str
    http_status: int
    message: str
    source: str
    fingerprint: str
    attempts: int
    started_at_ms: int
    decided_at_ms: int
    user: str | None = None
    scores: dict[str, float] = msgspec.field(default_factory=dict)
    threshold: float | None = None
    answer: dict[str, Any] | None = None
    pictures: dict[str, str] = msgspec.field(default_factory=dict)
    request_id: str | None = None
    transaction_id: str | None = None
    enrolment_id: str | None = None


def to_json(record: DecisionRecord) -> str:
    return msgspec.json.encode(record).decode()


def from_json(text: str) -> DecisionRecord:
    return msgspec.json.decode(text, type=DecisionRecord)
