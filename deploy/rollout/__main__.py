"""`make deploy`: checks what is there, publishes the layer, provisions, deploys.

    make deploy                        from deployment.env and the environment
    make deploy ARGS="--dry-run"       shows the commands, runs none
    make deploy ARGS="--preflight"     only says what is missing

Safe to run again: an unchanged layer makes no new version, what is provisioned is left alone, and `s deploy` brings the
functions to what s.yaml says. LAYER_ARN, where it is set, is used as it is, and no layer is published: that is how a
deployment stays with a version or goes back to one.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy import variables
from deploy.rollout import layer, preflight, steps
from deploy.rollout.running import CommandFailed, Runner

NOT_YET_KNOWN = "(the version that the step before prints)"
AGAIN = "what is done stays done: put it right, and run make deploy again"


def main(arguments: Sequence[str] | None = None) -> int:
    """0, or 1 with one line on standard error (the preflight: one for each thing)."""
    given = _parser().parse_args(arguments)
    try:
        deployed = surroundings()
    except variables.VariablesError as error:
        return refused(f"make deploy: {error}")
    found = preflight.missing(deployed)
    if found:
        refused(f"make deploy: {len(found)} things are missing or not right:")
        width = max(len(one.name) for one in found)
        return refused("\n".join(f"   {one.name:<{width}}  {one.right}" for one in found))
    say("== everything that a deployment needs is there")
    if given.preflight:
        return 0
    runner = Runner({**os.environ, **deployed.variables}, given.dry_run, say)
    try:
        _deploy(runner)
    except (CommandFailed, layer.NoVersion) as error:
        return refused(f"make deploy: {error}; {AGAIN}")
    if not given.dry_run:
        say("== deployed. The URLs of the triggers stand above; make smoke URL=https://... tries a gateway")
    return 0


def _deploy(runner: Runner) -> None:
    """Raises CommandFailed, NoVersion."""
    set_up = runner.environment
    region, access = set_up["REGION"], set_up.get("ACCESS", "default")
    arn = set_up.get("LAYER_ARN", "")
    checked_with = arn or f"acs:fc:{region}:{set_up['ACCOUNT_ID']}:layers/{layer.NAME}/versions/1"
    runner.run(steps.check(checked_with))
    if arn:
        runner.say(f"== staying with the layer {arn}, since LAYER_ARN is set")
    else:
        output = runner.run(steps.publish(region, access))
        arn = NOT_YET_KNOWN if runner.dry_run else layer.published(output, region, set_up["ACCOUNT_ID"])
    runner.run(steps.PROVISION)
    runner.run(steps.deploy(arn))


def surroundings() -> preflight.Surroundings:
    """Of this process. Raises VariablesError."""
    home = Path(os.environ.get("serverless_devs_config_home") or Path.home())  # noqa: SIM112 - their spelling
    return preflight.Surroundings(
        variables=variables.load(os.environ).values,
        declared=variables.declared(),
        folder=Path(),
        path=os.environ.get("PATH", ""),
        access_file=home / ".s" / "access.yaml",
    )


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def refused(text: str) -> int:
    sys.stderr.write(f"{text}\n")
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="make deploy", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dry-run", action="store_true", help="show the commands, run none")
    parser.add_argument("--preflight", action="store_true", help="only say what is missing")
    return parser


if __name__ == "__main__":
    sys.exit(main())
