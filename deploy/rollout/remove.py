"""`make remove`: takes the functions, their triggers and the layer away. Data stays, unless --data is given.

make remove                             asks for the deployment's name, then removes
make remove ARGS="--dry-run"            shows the commands, runs none
make remove ARGS="--yes"                does not ask
make remove ARGS="--data"               also deletes every row and object; asks for the bucket's name too
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

import yaml

from deploy import variables
from deploy.rollout import layer, preflight, steps
from deploy.rollout.__main__ import refused, say, surroundings
from deploy.rollout.data import TABLES, Data, NotDeleted
from deploy.rollout.running import CommandFailed, Runner

NOT_NEEDED = {str(preflight.LAYER)}
STAYS = """What stays, and what it costs:
   tables {tables} of {instance}: storage; rows expire with the retention.
      make remove ARGS="--data" deletes them
   objects of {bucket}: storage, until its lifecycle ends them; --data deletes them"""
GONE = """What stays, and what it costs:
   bucket {bucket}, empty: nothing"""
EITHER_WAY = """   faces enrolled in {groups}: whether the service charges for keeping them is not documented.
      DELETE /v1/users/... erased them while it was deployed; now only the service's console does
   the service's verification data: nothing, for 30 days (documented)
   topic {topic}, the gateway, roles and policies facegate-*: next to nothing; the console deletes them
   logs: storage, for the retention of the log store"""


def main(arguments: Sequence[str] | None = None) -> int:
    """0, or 1 with one line on standard error (the preflight: one for each thing)."""
    given = _parser().parse_args(arguments)
    try:
        deployed = surroundings()
    except variables.VariablesError as error:
        return refused(f"make remove: {error}")
    found = [one for one in preflight.missing(deployed) if one.name not in NOT_NEEDED]
    if found:
        return refused("\n".join(f"make remove: {one.name}: {one.right}" for one in found))
    runner = Runner({**os.environ, **deployed.variables}, given.dry_run, say)
    name, functions = _deployment()
    say(f"removes from {runner.environment['REGION']}: the functions {', '.join(functions)}; the layer {layer.NAME}")
    asked = [name, *([runner.environment["BUCKET"]] if given.data else [])]
    if not given.dry_run and not given.yes and not all(_confirmed(one) for one in asked):
        return refused("make remove: nothing was removed")
    try:
        _remove(runner, data=given.data)
    except (CommandFailed, NotDeleted) as error:
        return refused(f"make remove: {error}; what is removed is removed: run it again for the rest")
    return 0


def _remove(runner: Runner, *, data: bool) -> None:
    """Raises CommandFailed, NotDeleted."""
    set_up = runner.environment
    region, access = set_up["REGION"], set_up.get("ACCESS", "default")
    arn = set_up.get("LAYER_ARN") or f"acs:fc:{region}:{set_up['ACCOUNT_ID']}:layers/{layer.NAME}/versions/1"
    runner.run(steps.remove(arn))
    runner.run(steps.remove_layer(region, access))
    if data and runner.dry_run:
        say(f"would delete: the tables {', '.join(TABLES)} and every object of {set_up['BUCKET']}")
    elif data:
        for line in Data.of(set_up).delete():
            say(f"   {line}")
    names = {"instance": set_up["TABLESTORE_INSTANCE"], "bucket": set_up["BUCKET"], "topic": set_up["SIGNUP_TOPIC"]}
    told = f"{GONE if data else STAYS}\n{EITHER_WAY}"
    say(told.format(tables=", ".join(TABLES), groups=set_up["FACE_GROUPS"], **names))


def _deployment() -> tuple[str, list[str]]:
    """Its name, and its functions."""
    template = yaml.safe_load(preflight.TEMPLATE.read_text("utf-8"))
    return template["name"], [resource["props"]["functionName"] for resource in template["resources"].values()]


def _confirmed(name: str) -> bool:
    sys.stdout.write(f"type {name} to go on: ")
    sys.stdout.flush()
    return sys.stdin.readline().strip() == name


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="make remove", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dry-run", action="store_true", help="show the commands, run none")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--data", action="store_true", help="also delete every row and object")
    return parser


if __name__ == "__main__":
    sys.exit(main())
