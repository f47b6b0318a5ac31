"""All steps against one URL, as users that exist only for this; whatever comes, they are erased in the end."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import httpx

from deploy.smoke.performing import Came, envelope, perform, sent
from deploy.smoke.report import Report
from deploy.smoke.rows import ENROLLED, STEPS, USERS, Step

NOT_THERE = {
    "compare-faces": {
        "Error.NoPermissionAccess": "the mainland service is not activated in this account",
        "ServiceUnreachable": "the mainland endpoint cannot be reached from this deployment",
        "not an answer of facegate": "the gateway has no such path",
    }
}
"""By path and code: what a deployment may do without, since it is another service than the rest."""
LOOKS = 10
PAUSE_S = 0.5
"""The index by user follows by milliseconds, and an erasure may need to be asked for again."""


@dataclass
class Smoke:
    """`prefix` makes the users of this run its own. `not_erased` are those that are left in the end."""

    client: httpx.Client
    report: Report
    prefix: str = field(default_factory=lambda: f"smoke-{uuid.uuid4().hex[:8]}-")
    not_erased: list[str] = field(default_factory=list)
    _ids: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Raises httpx.HTTPError where the deployment cannot be reached at all."""
        sent(self.client, "GET", f"v1/results/{uuid.uuid4().hex}")
        try:
            for step in STEPS:
                self._row((step.path, step.what, step.people), partial(self._step, step))
            self._row(("users", f"decisions on {ENROLLED}", "Obama"), self._look_up)
        finally:
            for user in USERS:
                self._row(("users", f"erase {user}", ""), partial(self._erase, user))

    def _row(self, request: tuple[str, str, str], make: Callable[[tuple[str, str, str]], None]) -> None:
        """A request that gets no answer is a row too, and the rest goes on."""
        try:
            make(request)
        except httpx.HTTPError as error:
            self.report.add(request, "", f"no answer\n{type(error).__name__}", "", "", "", as_expected=False)

    def _step(self, step: Step, request: tuple[str, str, str]) -> None:
        biz_id = self._ids[step.again] if step.again is not None else uuid.uuid4().hex
        self._ids.append(biz_id)
        came = perform(self.client, step, biz_id, self.prefix)
        missing = NOT_THERE.get(step.path, {}).get(came.code)
        as_expected = (came.status, came.outcome) == step.expected and came.replayed == (step.again is not None)
        self.report.add(
            request,
            came.status,
            missing or _decision(came),
            came.scores,
            f"{came.elapsed_ms:.0f}",
            f"{biz_id[:8]}… {came.outcome}" if came.outcome else "",
            as_expected=as_expected or missing is not None,
            skipped=missing is not None,
        )

    def _look_up(self, request: tuple[str, str, str]) -> None:
        """The enrolled user's decisions, by user."""
        started = time.perf_counter()
        for _ in range(LOOKS):
            answer = sent(self.client, "GET", f"v1/users/{self.prefix}{ENROLLED}/results")
            items = (envelope(answer).get("Result") or {}).get("Items") or []
            if items:
                break
            time.sleep(PAUSE_S)
        outcomes = [str(item.get("Outcome")) for item in items]
        self.report.add(
            request,
            answer.status_code,
            ", ".join(outcomes) or "none",
            "",
            f"{(time.perf_counter() - started) * 1000:.0f}",
            "",
            as_expected=answer.status_code == httpx.codes.OK and outcomes == ["enrolled"],
        )

    def _erase(self, user: str, request: tuple[str, str, str]) -> None:
        started = time.perf_counter()
        self.not_erased.append(f"{self.prefix}{user}")
        for _ in range(LOOKS):
            answer = sent(self.client, "DELETE", f"v1/users/{self.prefix}{user}")
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                break
            time.sleep(PAUSE_S)
        result = envelope(answer).get("Result") or {}
        left = sum((result.get("Remaining") or {"": 1}).values())
        self.report.add(
            request,
            answer.status_code,
            "erased" if result.get("Erased") == "Y" else str(envelope(answer).get("Code", "not erased")),
            "",
            f"{(time.perf_counter() - started) * 1000:.0f}",
            f"{left} left anywhere",
            as_expected=answer.status_code == httpx.codes.OK and left == 0,
        )
        if left == 0:
            self.not_erased.pop()


def _decision(came: Came) -> str:
    return f"{came.decision}\nreplayed" if came.replayed else came.decision
