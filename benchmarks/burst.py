"""`make bench-burst`: a burst of uploads, second deliveries and faults; is every user enrolled exactly once?

It starts a local cloud of its own, uploads a selfie of each of many users as fast as OSS takes them, orders faults
meanwhile, waits until all is quiet, and compares what every service and table then knows with what must hold. Exit
status 1 when something does not.

The default limit is that of Jakarta and Kuala Lumpur. Two cores, of which the local face engine takes the greater
part, enrol about 7 users a second (measured), so they cannot show the 10 a second of Singapore and Hong Kong.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import alibabacloud_oss_v2 as oss
import httpx
from alibabacloud_oss_v2.credentials import StaticCredentialsProvider
from rich.console import Console
from rich.progress import Progress

from benchmarks import outcome
from benchmarks.cloud import ROOT, CloudDidNotStart, local_cloud
from benchmarks.fault_mix import FaultMix
from benchmarks.outcome import FUNCTION, Check, Timing
from benchmarks.selfies import selfies
from benchmarks.visitors import Visitors
from facegate.users import UserIds
from local.deployment import kept_secrets

N = TypeVar("N", int, float)
THREADS = 8
PHOTOS = ROOT / ".local" / "photos"
_LOOK_SECONDS = 2
_PATIENCE = 4
"""A run that takes so many times as long as the rate limit allows, and two minutes, is given up."""


@dataclass(frozen=True)
class Plan:
    """`qps` and `latency_ms` are the service's; `redelivered` and `failing` are shares of the uploads' number; `most`
    is how much longer than the rate limit allows the run may take, as a factor; `visitors` enrol over HTTP meanwhile,
    of whom the share `served` must succeed: they meet the faults as well as the full queue.
    """

    uploads: int = 1000
    qps: int = 3
    latency_ms: int = 0
    redelivered: float = 0.1
    failing: float = 0.05
    most: float = 1.1
    visitors: int = 20
    served: float = 0.8
    seed: int = 1


def run(plan: Plan, data: Path, console: Console) -> list[Check]:
    """What was checked, after printing all figures. The local cloud's state is in `data`.

    Raises CloudDidNotStart, httpx.HTTPError, and what the OSS SDK and the ledger raise.
    """
    chance = random.Random(plan.seed)
    enrolments = plan.uploads + plan.visitors
    console.print(f"== {enrolments} different selfies")
    pictures = selfies(PHOTOS, enrolments, chance)
    names = [f"user-{number:05}" for number in range(plan.uploads)]
    console.print("== starting a local cloud")
    with (
        local_cloud(data, *_options(plan)) as url,
        httpx.Client(base_url=url, timeout=60, trust_env=False) as client,
    ):
        console.print(f"== uploading, {plan.qps} calls a second allowed")
        visitors = Visitors(url, pictures[plan.uploads :], enrolments / plan.qps / (plan.visitors + 1))
        with FaultMix(url, round(plan.uploads * plan.failing), plan.uploads, chance) as faults, visitors:
            started = time.monotonic()
            _upload(client, dict(zip(names, pictures, strict=False)))
            uploaded = time.monotonic()
            _until_quiet(client, plan, console)
            timing = Timing(uploaded - started, time.monotonic() - started, enrolments / plan.qps, plan.qps)
        found = outcome.gather(client, visitors.visits)
    hashed = UserIds(kept_secrets(data).user_id_key.encode())
    users = [hashed.pseudonym(name) for name in names]
    guests = [hashed.pseudonym(visit.user) for visit in visitors.visits]
    checked = outcome.checks(
        found, users, guests, timing, most=plan.most, served=plan.served, faults_unordered=faults.unordered
    )
    console.print(outcome.figures(found, users, timing, faults.ordered), outcome.verdicts(checked))
    return checked


def _options(plan: Plan) -> list[str]:
    """No time is compressed: the layer's own waits are real ones, and a queue that repeats sooner would give events up
    before those have passed.
    """
    chosen = {
        "--qps": plan.qps,
        "--latency-ms": plan.latency_ms,
        "--redeliver": plan.redelivered,
        "--seed": plan.seed,
    }
    return ["--shuffle", *(text for name, value in chosen.items() for text in (name, str(value)))]


def _upload(client: httpx.Client, pictures: dict[str, bytes]) -> None:
    endpoints = client.get("/_local/endpoints").raise_for_status().json()
    config = oss.config.load_default()
    config.region, config.endpoint = endpoints["region"], endpoints["oss"]
    config.credentials_provider = StaticCredentialsProvider(endpoints["access_key_id"], endpoints["access_key_secret"])
    bucket = oss.Client(config)

    def put(user: str) -> None:
        bucket.put_object(oss.PutObjectRequest(endpoints["bucket"], f"enroll/{user}/1.jpg", body=pictures[user]))

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(put, pictures))


def _until_quiet(client: httpx.Client, plan: Plan, console: Console) -> None:
    """Returns when nothing is under way any more, or when the run is given up, which the checks then tell."""
    give_up = time.monotonic() + _PATIENCE * plan.uploads / plan.qps + 120
    with Progress(console=console, transient=True) as progress:
        bar = progress.add_task("events", total=plan.uploads)
        quiet = False
        while not quiet and time.monotonic() < give_up:
            quiet = client.get("/_local/invocations/idle", params={"timeout": _LOOK_SECONDS}).is_success
            counts = client.get("/_local/invocations/summary").raise_for_status().json()[FUNCTION]
            ended = counts["succeeded"] + counts["failed"]
            left = counts["pending"] + counts["running"]
            progress.update(bar, completed=ended, total=max(plan.uploads, ended + left))


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when everything holds."""
    parser = _parser()
    given = vars(parser.parse_args(arguments))
    kept: Path | None = given.pop("data")
    if kept is not None and kept.exists() and any(kept.iterdir()):
        parser.error("--data must be a new folder: what an earlier run left there would be counted")
    console = Console() if sys.stdout.isatty() else Console(width=160)
    try:
        with tempfile.TemporaryDirectory() as scratch:
            checked = run(Plan(**given), kept or Path(scratch), console)
    except CloudDidNotStart as error:
        console.print(str(error))
        return 1
    return int(not all(check.holds for check in checked))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make bench-burst", description=__doc__)
    whole, share = _number(int, 1, 1_000_000), _number(float, 0, 1)
    parser.add_argument("--uploads", type=whole, default=Plan.uploads, help="as many users, a picture each")
    parser.add_argument("--qps", type=whole, default=Plan.qps, help="the service's limit: 3 or 10, by region")
    parser.add_argument("--latency-ms", type=_number(int, 0, 60_000), default=Plan.latency_ms, help="of the service")
    parser.add_argument("--redelivered", type=share, default=Plan.redelivered, help="share of events delivered twice")
    parser.add_argument("--failing", type=share, default=Plan.failing, help="faults, as a share of the uploads")
    parser.add_argument(
        "--most", type=_number(float, 1, 1_000), default=Plan.most, help="bound of the drain time's ratio"
    )
    parser.add_argument(
        "--visitors", type=_number(int, 0, 1_000), default=Plan.visitors, help="who enrol over HTTP meanwhile"
    )
    parser.add_argument("--served", type=share, default=Plan.served, help="the share of them that must succeed")
    parser.add_argument("--seed", type=int, default=Plan.seed)
    parser.add_argument("--data", type=Path, help="keeps the local cloud's state and logs in this new folder")
    return parser


def _number(kind: Callable[[str], N], least: float, most: float) -> Callable[[str], N]:
    def number(text: str) -> N:
        try:
            value = kind(text)
        except ValueError:
            value = None
        if value is None or not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number from {least} to {most}")
        return value

    return number


if __name__ == "__main__":
    sys.exit(main())
