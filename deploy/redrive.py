"""`make redrive`: lists the events that were given up, and hands them back to their functions.

    make redrive                                  what is there (a dry run: nothing is handed back)
    make redrive ARGS="--yes"                     hands everything back
    make redrive ARGS="--function enroll-on-upload --reason Throttling.Api --since 2026-11-21T00:00:00Z --yes"

    make redrive URL=http://127.0.0.1:9000        of a running local cloud

It reads the variables of deployment.env and of the environment, the account's key among them, and calls the public
endpoints; or takes all of it from a local cloud.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from deploy import local_cloud, variables
from deploy.local_cloud import NoLocalCloud
from deploy.provision import deployment
from deploy.provision.steps import ProvisionError
from deploy.variables import VariablesError
from facegate import settings
from facegate.app.parts import Parts
from facegate.credentials import of_invocation
from facegate.errors import FacegateError, SettingError
from facegate.invocation import Invoker
from facegate.ledger.failures import Failure, Failures
from facegate.retry import RetryPolicy


@dataclass(frozen=True)
class Filter:
    """Which failures; None is any. `since_ms` is Unix milliseconds."""

    function: str | None = None
    reason: str | None = None
    since_ms: int = 0

    def takes(self, failure: Failure) -> bool:
        return (
            self.function in (None, failure.function)
            and self.reason in (None, failure.reason)
            and failure.failed_at_ms >= self.since_ms
        )


def hand_back(failure: Failure, failures: Failures, invoker: Invoker) -> None:
    """Hands one event back, then forgets its failure: if the second step fails, the task id keeps the first from
    repeating.

    Raises FacegateError.
    """
    task_id = f"redrive-{failure.failure_id}-{failure.failed_at_ms}"
    invoker.hand_over(failure.function, failure.event.encode(), task_id)
    failures.forget(failure.failure_id)


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when every chosen event was handed back, or in a dry run; 1 when one was not, or the failures could not be
    read; 2 for wrong settings.
    """
    given = _parser().parse_args(arguments)
    console = Console()
    try:
        environment = _settings(_of_local_cloud(given.local) if given.local else _of_account())
        deployed = settings.from_environment(environment)
    except (VariablesError, ProvisionError, SettingError, NoLocalCloud) as error:
        console.print(f"redrive: {error}", highlight=False, soft_wrap=True)
        return 2
    os.environ.update(environment)
    parts = Parts(deployed, lambda: of_invocation(None), RetryPolicy())
    wanted = Filter(given.function, given.reason, given.since)
    try:
        chosen = sorted(filter(wanted.takes, parts.failures.all()), key=lambda failure: failure.failed_at_ms)
    except FacegateError as error:
        console.print(f"redrive: {error.code}: {error.message}", highlight=False, soft_wrap=True)
        return 1
    console.print(_overview(chosen))
    if not given.yes:
        console.print(f"{len(chosen)} events would be handed back: --yes does it")
        return 0
    refused = _all(chosen, parts.failures, parts.invoker, console)
    console.print(f"{len(chosen) - refused} events were handed back, {refused} were not")
    return int(refused > 0)


def _all(chosen: Sequence[Failure], failures: Failures, invoker: Invoker, console: Console) -> int:
    refused = 0
    with Progress(console=console) as progress:
        for failure in progress.track(chosen, description="handing back"):
            try:
                hand_back(failure, failures, invoker)
            except FacegateError as error:
                refused += 1
                console.print(f"{failure.failure_id}: {error.code}: {error.message}")
    return refused


def _overview(chosen: Sequence[Failure]) -> Table:
    table = Table("function", "reason", "events", "oldest", title="failed events")
    counts = Counter((failure.function, failure.reason) for failure in chosen)
    for (function, reason), count in sorted(counts.items()):
        oldest = min(f.failed_at_ms for f in chosen if (f.function, f.reason) == (function, reason))
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(oldest / 1000))
        table.add_row(function, reason, str(count), when)
    return table


def _of_account() -> dict[str, str]:
    """The deployment's variables, and the environment's overrides of Function Compute. Raises VariablesError."""
    overrides = {name: os.environ.get(name, "") for name in ("FACEGATE_FC_ENDPOINT", "FACEGATE_FC_SERVICE")}
    return {**overrides, **variables.load(os.environ).values}


def _of_local_cloud(url: str) -> dict[str, str]:
    """The same for a running local cloud. Raises NoLocalCloud."""
    found = local_cloud.endpoints(url)
    groups, endpoint = ",".join(found["face_groups"]), found["function_compute"]
    return {**deployment.of_local_cloud(found), "FACE_GROUPS": groups, "FACEGATE_FC_ENDPOINT": endpoint}


def _settings(given: Mapping[str, str]) -> dict[str, str]:
    """The settings of the functions, but for the endpoints, since this runs outside. Raises ProvisionError."""
    deployed, account = deployment.read(given), given["ACCOUNT_ID"]
    public = f"https://{account}.{deployed.region}.fc.aliyuncs.com"
    return {
        "FC_REGION": deployed.region,
        "FC_ACCOUNT_ID": account,
        "FC_FUNCTION_NAME": "redrive",
        "FACEGATE_BUCKET": given["BUCKET"],
        "FACEGATE_TABLESTORE_INSTANCE": deployed.instance,
        "FACEGATE_TABLESTORE_ENDPOINT": deployed.tablestore_endpoint,
        "FACEGATE_OSS_ENDPOINT": deployed.oss_endpoint,
        "FACEGATE_FC_ENDPOINT": given.get("FACEGATE_FC_ENDPOINT") or public,
        "FACEGATE_FC_SERVICE": given.get("FACEGATE_FC_SERVICE", ""),
        "FACEGATE_FACE_GROUPS": given.get("FACE_GROUPS", "unused"),
        "FACEGATE_USER_ID_KEY": "plain",  # events are handed back as they came: no id is hashed here
        "ALIBABA_CLOUD_ACCESS_KEY_ID": deployed.credentials.access_key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": deployed.credentials.access_key_secret,
        "ALIBABA_CLOUD_SECURITY_TOKEN": deployed.credentials.security_token or "",
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make redrive", description="Hands failed events back to their functions.")
    parser.add_argument("--function", help="only this function's")
    parser.add_argument("--reason", help="only with this reason, such as Throttling.Api")
    parser.add_argument(
        "--since", type=_milliseconds, default=0, help="only failed since, such as 2026-11-21T00:00:00Z"
    )
    parser.add_argument("--yes", action="store_true", help="hand back; without it, only show")
    parser.add_argument("--local", metavar="URL", help="a running local cloud")
    return parser


def _milliseconds(text: str) -> int:
    try:
        at = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time such as 2026-11-21T00:00:00Z") from None
    return int(at.timestamp() * 1000)


if __name__ == "__main__":
    sys.exit(main())
