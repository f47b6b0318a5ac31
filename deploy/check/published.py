"""The second opinion: what the published tool makes of s.yaml, beside what our own reader made of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.check.finding import Finding
from deploy.check.serverless_devs import VERSION, Refused, Tool

PREVIEW, VERIFY = "s-preview", "s-verify"
"""The rules of the findings that come from here."""
_OWN = "the fc3 component's own schema"
_MODEL = "our model's schema: the fc3 component's comes with `s` and is not on this machine"


@dataclass(frozen=True, slots=True)
class Opinion:
    """`told` has a line for each of the tool's two commands."""

    told: dict[str, str]
    findings: list[Finding]


def opinion(tool: Tool, template: Path, values: Mapping[str, str], ours: Mapping[str, Any]) -> Opinion:
    """`ours` are the resources of `template` with `values`, as our own reader renders them."""
    told, findings = {}, []
    try:
        found = list(_differences(ours, tool.preview(template, values), "resources"))
        told["s preview"] = f"renders {'something else' if found else 'the same'} (@serverless-devs/s {VERSION})"
        findings += [Finding(where, problem, PREVIEW) for where, problem in found]
    except Refused as refusal:
        told["s preview"] = "refuses it"
        findings += [Finding("", f"s preview: {problem}", PREVIEW) for problem in refusal.problems]
    try:
        tool.verify(template, values)
        told["s verify"] = f"accepts it, by {_OWN if tool.own_schema else _MODEL}"
    except Refused as refusal:
        told["s verify"] = "refuses it"
        findings += [Finding("", f"s verify: {problem}", VERIFY) for problem in refusal.problems]
    return Opinion(told, findings)


def _differences(ours: Any, theirs: Any, where: str) -> Iterator[tuple[str, str]]:
    """Only what differs, as deep as it can be told; what one side lacks is None."""
    if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
        for key in [*ours, *(key for key in theirs if key not in ours)]:
            yield from _differences(ours.get(key), theirs.get(key), f"{where}.{key}")
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for number, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from _differences(one, other, f"{where}[{number}]")
    elif ours != theirs or isinstance(ours, bool) != isinstance(theirs, bool):
        yield where, f"s renders {theirs!r}, our own reader {ours!r}: write it so that both read the same"
