"""`make ram`: writes the policies of this deployment, and the commands that make its roles, into a folder.

    make ram                          into .local/ram, from the deployment's variables
    make ram ARGS="--out DIR"

It calls nothing: whoever may administer RAM in the account reads the files, then runs `commands.sh`, which uses Alibaba
Cloud's CLI, or makes the same in the console.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy import variables
from deploy.ram import policies
from deploy.ram.roles import IDENTITIES, Identity
from deploy.ram.scope import Scope, ScopeError

COMMANDS = "commands.sh"


def main(arguments: Sequence[str] | None = None) -> int:
    """0, or 1 where the deployment's variables are not right."""
    parser = argparse.ArgumentParser(prog="make ram", description="Writes the deployment's RAM policies.")
    parser.add_argument("--out", type=Path, default=Path(".local/ram"), help="the folder to write into (.local/ram)")
    given = parser.parse_args(arguments)
    try:
        scope = Scope.of(variables.load(os.environ).values)
    except (ScopeError, variables.VariablesError) as error:
        sys.stderr.write(f"make ram: {error}\n")
        return 1
    write(scope, given.out)
    sys.stdout.write(_overview())
    sys.stdout.write(f"written to {given.out}: read them, then run {given.out / COMMANDS} as an administrator of RAM\n")
    return 0


def write(scope: Scope, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, document in policies.all_documents(scope).items():
        (folder / name).write_text(json.dumps(document, indent=2) + "\n", "utf-8")
    lines = ["#!/bin/sh", "# Safe to run again: what exists is brought up to date.", 'cd "$(dirname "$0")" || exit 1']
    lines += [line for identity in IDENTITIES for line in ("", f"# {identity.what}", *_commands(identity))]
    (folder / COMMANDS).write_text("\n".join(lines) + "\n", "utf-8")


def _commands(identity: Identity) -> list[str]:
    """A policy of people is made, and left to be attached to whom it concerns."""
    name = identity.name
    document = f'--PolicyName {name} --PolicyDocument "$(cat {name}.policy.json)"'
    newer = "--SetAsDefault true --RotateStrategy DeleteOldestNonDefaultVersionWhenLimitExceeded"
    commands = [f"aliyun ram CreatePolicy {document} || aliyun ram CreatePolicyVersion {document} {newer}"]
    if identity.trusts is None:
        return [*commands, f"# aliyun ram AttachPolicyToUser --PolicyType Custom --PolicyName {name} --UserName ..."]
    trust = f'"$(cat {name}.trust.json)"'
    role = f"--RoleName {name}"
    commands.append(
        f"aliyun ram CreateRole {role} --AssumeRolePolicyDocument {trust}"
        f" || aliyun ram UpdateRole {role} --NewAssumeRolePolicyDocument {trust}"
    )
    attached = [("Custom", name), *(("System", system) for system in identity.system_policies)]
    commands += [
        f"aliyun ram AttachPolicyToRole --PolicyType {kind} --PolicyName {policy} {role}"
        f" || echo '{policy} was attached before'"
        for kind, policy in attached
    ]
    return commands


def _overview() -> str:
    lines = []
    for one in IDENTITIES:
        lines.append(f"{one.name:<24} {one.trusts or 'RAM users':<24} {one.what}")
        lines += [f"{'':<24} {'':<24}   function {function}" for function in one.functions]
        lines += [f"{'':<24} {'':<24}   with {policy}" for policy in one.system_policies]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
