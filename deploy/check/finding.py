"""What is wrong in s.yaml, where, and what would be right: one line."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True, slots=True)
class Finding:
    """`where` is a path of keys, empty for the whole file; `rule` names what was broken."""

    where: str
    problem: str
    rule: str

    def __str__(self) -> str:
        return ": ".join(part for part in ("s.yaml", self.where, self.problem) if part) + f" [{self.rule}]"
