"""`make provision`: makes the tables, the bucket and the topic, or says what is missing or in the way.

    make provision                              from deployment.env and the environment
    make provision ARGS="--dry-run"             only says what it would do
    make provision URL=http://127.0.0.1:9000    a running local cloud

Exit status 0 when everything is as it should be; 1 when something differs that may not be changed, or cannot be done.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from deploy import local_cloud, variables
from deploy.local_cloud import NoLocalCloud
from deploy.provision import deployment
from deploy.provision.provisioning import Mode, provision, summary
from deploy.provision.steps import ProvisionError, Verdict
from deploy.variables import VariablesError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from deploy.provision.deployment import Deployment


def main(arguments: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    try:
        wanted = _local(given.local) if given.local else deployment.read(variables.load(os.environ).values)
        verdicts = provision(wanted, Mode(given.dry_run, given.shorten_retention), _say)
    except (ProvisionError, VariablesError, NoLocalCloud) as error:
        sys.stderr.write(f"provision: {error}\n")
        return 1
    _say(summary(verdicts, dry=given.dry_run))
    if verdicts[Verdict.DIFFERS]:
        sys.stderr.write("provision: what differs has to be put right by hand: docs/provisioning.md\n")
        return 1
    return 0


def _local(url: str) -> Deployment:
    """The running local cloud's own names, endpoints and key, over the environment's other variables."""
    found = local_cloud.endpoints(url)
    given = {**os.environ, **deployment.of_local_cloud(found)}
    return deployment.read(given, without_bucket=found["oss"] is None)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="make provision", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dry-run", action="store_true", help="look and say, change nothing")
    parser.add_argument(
        "--shorten-retention", action="store_true", help="retention may become shorter: deletes what is older"
    )
    parser.add_argument("--local", metavar="URL", help="a running local cloud")
    return parser


if __name__ == "__main__":
    sys.exit(main())
