"""`make check-deploy`: is s.yaml fit to be deployed? Everything that is wrong is told, one line each; then it exits 1.

With a deployment.env the deployment's own values are checked, otherwise those of deployment.env.example. `--rules`
lists what is checked. Where Node is present, the published tool reads the file too.
"""

from __future__ import annotations

import argparse
import inspect
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy import variables
from deploy.check import serverless_devs
from deploy.check.checking import NOT_YAML, check
from deploy.check.finding import Finding
from deploy.check.published import VERIFY, opinion
from deploy.check.rules import RULES, name_of
from deploy.check.serverless_devs import Unavailable
from deploy.check.values import Values, values
from deploy.variables import ROOT, VariablesError

TEMPLATE = ROOT / "s.yaml"
TOOL = ROOT / ".local" / "serverless-devs"


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where nothing is wrong, 1 where something is, or cannot be read."""
    given = _parser().parse_args(arguments)
    if given.rules:
        for rule in RULES:
            print(f"{name_of(rule)}\n    {' '.join((inspect.getdoc(rule) or '').split())}")
        return 0
    try:
        chosen = values(variables.load(os.environ), variables.declared())
        text = TEMPLATE.read_text("utf-8")
    except (VariablesError, OSError, UnicodeDecodeError) as error:
        print(f"check-deploy: {error}", file=sys.stderr)
        return 1
    report = check(text, ROOT, chosen.by_name)
    _say("s.yaml", f"{report.functions} functions, {report.routes} routes, {len(RULES)} rules and the typed model")
    _say("variables", chosen.source)
    readable = not any(finding.rule == NOT_YAML for finding in report.findings)
    findings = sorted([*report.findings, *(_by_the_tool(text, chosen, bool(report.findings)) if readable else [])])
    print(*findings, sep="\n", end="\n" * bool(findings))
    print(f"{len(findings)} problem{'s' * (len(findings) != 1)}" if findings else "no problems")
    return int(bool(findings))


def _by_the_tool(text: str, chosen: Values, refused: bool) -> list[Finding]:
    """What is `refused` already, the tool would say again where it has no schema but our model's."""
    try:
        tool = serverless_devs.tool(TOOL, Path.home())
    except Unavailable as reason:
        _say("s preview", f"skipped: {reason}")
        _say("s verify", f"skipped: {reason}")
        return []
    ours = check(text, ROOT, chosen.without_secrets).resources
    found = opinion(tool, TEMPLATE, chosen.without_secrets, ours)
    for command, told in found.told.items():
        _say(command, told)
    return [finding for finding in found.findings if tool.own_schema or not (refused and finding.rule == VERIFY)]


def _say(what: str, told: str) -> None:
    print(f"{what:<11}{told}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="make check-deploy",
        description="Is s.yaml fit to be deployed? Tells everything that is wrong, one line each, and exits 1.",
    )
    parser.add_argument("--rules", action="store_true", help="list what is checked, and check nothing")
    return parser


if __name__ == "__main__":
    sys.exit(main())
