"""Sends one step and looks up what was stored of it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from deploy.smoke.rows import Step

THROTTLED = 429
MOST_ATTEMPTS = 4
LONGEST_WAIT_S = 5


@dataclass(frozen=True, slots=True)
class Came:
    """What a step came to. `outcome` is the stored one, empty where nothing is stored; `code` the answer's, or what
    stands for it where the answer is not facegate's."""

    biz_id: str
    status: int
    code: str
    outcome: str
    scores: str
    replayed: bool
    elapsed_ms: float

    @property
    def decision(self) -> str:
        """For the table."""
        shown = self.outcome or "nothing stored"
        return shown if self.status == httpx.codes.OK else f"{shown}\n{self.code}"


def perform(client: httpx.Client, step: Step, biz_id: str, user_prefix: str = "") -> Came:
    """Raises httpx.HTTPError."""
    started = time.perf_counter()
    answer = sent(client, "POST", f"v1/{step.path}", step.body(biz_id, user_prefix))
    elapsed_ms = (time.perf_counter() - started) * 1000
    record = envelope(sent(client, "GET", f"v1/results/{biz_id}")).get("Result") or {}
    return Came(
        biz_id=biz_id,
        status=answer.status_code,
        code=str(envelope(answer).get("Code", "not an answer of facegate")),
        outcome=str(record.get("Outcome", "")),
        scores=_scores(record),
        replayed="Idempotency-Replayed" in answer.headers,
        elapsed_ms=elapsed_ms,
    )


def sent(client: httpx.Client, method: str, path: str, body: Mapping[str, Any] | None = None) -> httpx.Response:
    """The answer; a throttled request is sent again when its Retry-After says so. Raises httpx.HTTPError."""
    for _ in range(MOST_ATTEMPTS - 1):
        answer = client.request(method, path, json=body)
        if answer.status_code != THROTTLED:
            return answer
        wait = answer.headers.get("Retry-After", "1")
        time.sleep(min(int(wait) if wait.isdecimal() else 1, LONGEST_WAIT_S))
    return client.request(method, path, json=body)


def envelope(answer: httpx.Response) -> dict[str, Any]:
    """The answer's JSON object; empty where a gateway answered something else."""
    try:
        read = answer.json()
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def _scores(record: Mapping[str, Any]) -> str:
    """The scores by their short names; CompareFaces with the threshold that was picked, and all that were offered."""
    scores = [
        f"{name.removeprefix('FaceComparisonScore').removeprefix('SimilarityScore')} {value:.4g}".strip()
        for name, value in record.get("Scores", {}).items()
    ]
    if "Threshold" in record:
        rates = json.loads(record["Data"]["ConfidenceThresholds"])
        offered = [f"{float(value):g} for {rate}" for rate, value in sorted(rates.items(), reverse=True)]
        return "\n".join([f"{scores[0]}, needed {record['Threshold']:g} of", *offered])
    return "\n".join(scores)
