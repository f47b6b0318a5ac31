"""What is wrong in s.yaml, where, and what would be right: one line."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

_OF_A_RESOURCE = re.compile(r"resources\.(?P<name>[^.]+)(?P<rest>.*)")


@dataclass(frozen=True, order=True, slots=True)
class Finding:
    """`where` is a path of keys, empty for the whole file; `rule` names what was broken."""

    where: str
    problem: str
    rule: str

    def __str__(self) -> str:
        return ": ".join(part for part in ("s.yaml", self.where, self.problem) if part) + f" [{self.rule}]"


def gathered(findings: Iterable[Finding], resources: Collection[str]) -> tuple[Finding, ...]:
    """Sorted; what is wrong in several of the `resources` alike, since they share it, is one finding."""
    alone: list[Finding] = []
    shared: dict[tuple[str, str, str], dict[str, Finding]] = defaultdict(dict)
    for finding in findings:
        if (place := _OF_A_RESOURCE.fullmatch(finding.where)) is None:
            alone.append(finding)
        else:
            shared[place["rest"], finding.problem, finding.rule][place["name"]] = finding
    for (rest, problem, rule), by_name in shared.items():
        if len(by_name) == 1:
            alone += by_name.values()
        else:
            names = "*" if set(by_name) == set(resources) else f"{{{', '.join(sorted(by_name))}}}"
            alone.append(Finding(f"resources.{names}{rest}", problem, rule))
    return tuple(sorted(alone))
