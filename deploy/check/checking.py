"""From the text of s.yaml to everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from deploy.check import document
from deploy.check.deployment import Deployment, Placed, Route
from deploy.check.finding import Finding, gathered
from deploy.check.model import Function, Resource, Template
from deploy.check.rules import RULES, name_of
from deploy.check.shape import shaped
from local.function_compute.variables import TemplateError, Variables

ROUTES = "deploy/routes.yaml"
NOT_YAML = "yaml"
"""The rule of the finding that says why the file cannot be read at all."""


@dataclass(frozen=True, slots=True)
class Report:
    """`findings` are sorted. `resources` is the file's part of that name with its variables replaced, where they could
    be."""

    findings: tuple[Finding, ...]
    functions: int
    routes: int
    resources: Mapping[str, Any]


def check(text: str, folder: Path, environment: Mapping[str, str]) -> Report:
    """`text` is s.yaml's, `folder` the one that it would stand in, `environment` answers its `${env('X')}`."""
    try:
        written = document.read(text)
    except document.DocumentError as error:
        return Report((Finding("", str(error), NOT_YAML),), 0, 0, {})
    findings = shaped(written, Template, "").findings
    variables = Variables(environment, _mapping(written.get("vars")), folder)
    functions: list[Placed] = []
    rendered: dict[str, Any] = {}
    resources = _mapping(written.get("resources"))
    for name, body in resources.items():
        where = f"resources.{name}"
        try:
            rendered[name] = variables.render(body, where)
        except TemplateError as error:
            findings.append(Finding(error.where, error.problem, "variables"))
            continue
        resource = shaped(rendered[name], Resource, where)
        findings += resource.findings
        if resource.value is not None:
            function = shaped(resource.value.props, Function, f"{where}.props")
            findings += function.findings
            functions += [Placed(name, function.value)] if function.value is not None else []
    deployment = Deployment(
        functions=tuple(functions),
        names=frozenset(map(str, resources)),
        routes=_routes(folder),
        written=written,
        folder=folder,
    )
    findings += [Finding(at, problem, name_of(rule)) for rule in RULES for at, problem in rule(deployment)]
    return Report(gathered(findings, deployment.names), len(functions), len(deployment.routes), rendered)


def _routes(folder: Path) -> tuple[Route, ...]:
    listed = yaml.safe_load((folder / ROUTES).read_text("utf-8"))["routes"]
    return tuple(Route(route["method"], route["path"], route["function"]) for route in listed)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
