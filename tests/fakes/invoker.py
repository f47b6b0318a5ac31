"""Asynchronous invocation: what is handed over is kept, and can be refused."""

from __future__ import annotations

from dataclasses import dataclass, field

from facegate.invocation import HandOverFailed


@dataclass
class FakeInvoker:
    """`handed` as (function, payload, task id); a task id is accepted once, as the platform does. `fault` is raised
    once.
    """

    handed: list[tuple[str, bytes, str]] = field(default_factory=list)
    fault: HandOverFailed | None = None

    def hand_over(self, function: str, payload: bytes, task_id: str) -> None:
        fault, self.fault = self.fault, None
        if fault is not None:
            raise fault
        if all(task_id != known for *_, known in self.handed):
            self.handed.append((function, payload, task_id))
