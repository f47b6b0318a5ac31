"""The wrapper of the SDK, scripted: what the pipeline, the reconciler and the eraser ask, and what they are told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import msgspec

from facegate.deadline import Deadline
from facegate.errors import FacegateError
from facegate.verification.client import Answered, VerificationClient
from facegate.verification.service import Call

T = TypeVar("T")
Script = dict[str, Any] | list[dict[str, Any]] | FacegateError


@dataclass(frozen=True, slots=True)
class Asked:
    """One call that was made."""

    call: Call

    @property
    def fields(self) -> dict[str, str]:
        body = {name: value if isinstance(value, str) else value.text() for name, value in self.call.body.items()}
        return {**self.call.query, **body}


@dataclass
class FakeVerification:
    """`answers` by action, each used once and in order: a result object, a list of items, or an error to raise.

    A call without an answer left fails the test. `during` is what happens while the service works on an action.
    """

    answers: dict[str, list[Script]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    during: dict[str, Callable[[], object]] = field(default_factory=dict)

    def client(self) -> VerificationClient:
        """Itself, as what the parts of the layer are typed to take."""
        return cast(VerificationClient, self)

    def will(self, action: str, *answers: Script) -> None:
        self.answers.setdefault(action, []).extend(answers)

    def actions(self) -> list[str]:
        return [asked.call.action for asked in self.asked]

    def of(self, action: str) -> list[Asked]:
        return [asked for asked in self.asked if asked.call.action == action]

    def call(self, call: Call, result: type[T], deadline: Deadline) -> Answered[T]:
        return self._answered(call, result, deadline)

    def page(self, call: Call, item: type[T], deadline: Deadline) -> Answered[list[T]]:
        return self._answered(call, list[item], deadline)  # type: ignore[valid-type]

    def _answered(self, call: Call, result: type[T], deadline: Deadline) -> Answered[T]:
        self.asked.append(Asked(call))
        assert isinstance(deadline, Deadline)
        script = self.answers.get(call.action)
        assert script, f"{call.action} was called once more than the test foresees"
        told = script.pop(0)
        self.during.get(call.action, lambda: None)()
        if isinstance(told, FacegateError):
            raise told
        return Answered(msgspec.convert(told, result), f"service-{len(self.asked)}", "success", attempts=1)
