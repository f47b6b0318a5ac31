"""Runs last, over every answer that any test got at the gateway: each is what the description says."""

from __future__ import annotations

from tests.cloud import Cloud, compare_faces, face_compare
from tests.contract import load

BY_THE_PLATFORM = "X-Fc-Error-Type"
"""A header of answers that are Function Compute's own, and not facegate's."""


def test_every_answer_of_the_whole_run_is_described(cloud: Cloud) -> None:
    cloud.post("face-compare", face_compare())
    cloud.post("compare-faces", compare_faces())
    contract, problems, judged = load(), [], 0
    for method, target, answer in cloud.exchanges:
        operation = contract.operation(method, target)
        accepted_by_the_platform = answer.status == 202 and not answer.body
        if operation is None or accepted_by_the_platform or BY_THE_PLATFORM in answer.headers:
            continue
        judged += 1
        found = contract.answer_problems(operation, answer)
        if found:
            problems.append((method, target.partition("?")[0], answer.status, answer.body[:200], found))
    assert problems == []
    assert judged >= 2
