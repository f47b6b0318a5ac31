"""`python -m local up`: the whole back end on this machine, until Ctrl-C or SIGTERM."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from local.cloud import CloudError, Options, up
from local.deployment import DeploymentError
from local.function_compute.variables import TemplateError
from local.gateway.routes import RoutesError
from local.service_process import ServiceDied

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

_ROOT = Path(__file__).resolve().parents[1]


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 0 after Ctrl-C or SIGTERM, 1 with one message on standard error for any trouble."""
    given = vars(_parser().parse_args(arguments))
    given.pop("command")
    try:
        asyncio.run(_until_signalled(up(Options(**given))))
    except (CloudError, TemplateError, RoutesError, DeploymentError, ServiceDied) as error:
        print(f"local cloud: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    run = parser.add_subparsers(dest="command", required=True).add_parser("up", help="start everything")
    run.add_argument("--port", type=_whole(0, 65535), default=9000, help="0 takes a free one")
    run.add_argument("--data", type=Path, help="folder that keeps the state; without it the state is fresh")
    run.add_argument("--qps", type=_whole(1, 100_000), default=10, help="ID Verification's limit for each action")
    run.add_argument("--latency-ms", type=_whole(0, 60_000), default=0, help="added by ID Verification")
    run.add_argument("--max-instances", type=_whole(1, 100), default=2, help="of each function")
    run.add_argument("--template", type=Path, default=_ROOT / "s.yaml", help="the functions")
    run.add_argument("--layer", type=Path, default=_ROOT / "shared", help="stands for /opt/python")
    run.add_argument("--routes", type=Path, default=_ROOT / "deploy" / "routes.yaml", help="the gateway's paths")
    return parser


def _whole(least: int, most: int) -> Callable[[str], int]:
    def whole_number(text: str) -> int:
        if not text.isdecimal() or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} to {most}")
        return int(text)

    return whole_number


async def _until_signalled(running: Coroutine[None, None, None]) -> None:
    """Runs until it ends, or cancels it at the first signal; later signals do not cut its cleaning up short."""
    signalled = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, signalled.set)
    task, stop = asyncio.create_task(running), asyncio.create_task(signalled.wait())
    await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    if task.done():
        task.result()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


if __name__ == "__main__":
    sys.exit(main())
