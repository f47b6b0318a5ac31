"""`python -m local up`: the whole back end on this machine, until Ctrl-C or SIGTERM."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import importlib.util
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deploy.layer.built import runnable
from deploy.layer.errors import LayerError
from local.cloud import CloudError, Options, up
from local.deployment import DeploymentError
from local.function_compute.acceptance import Pace
from local.function_compute.variables import TemplateError
from local.gateway.routes import RoutesError
from local.holding import HeldElsewhere
from local.service_process import ServiceDied

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

_ROOT = Path(__file__).resolve().parents[1]


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 0 after Ctrl-C or SIGTERM, 1 with one message on standard error for any trouble."""
    try:
        asyncio.run(_until_signalled(up(_options(vars(_parser().parse_args(arguments))))))
    except (CloudError, LayerError, HeldElsewhere, TemplateError, RoutesError, DeploymentError, ServiceDied) as error:
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
    run.add_argument("--built-layer", action="store_true", help="the functions run from the built layer alone")
    run.add_argument("--routes", type=Path, default=_ROOT / "deploy" / "routes.yaml", help="the gateway's paths")
    run.add_argument("--oss", action=argparse.BooleanOptionalAction, default=_has_oss(), help="run the local OSS")
    run.add_argument("--oss-batch", type=_whole(1, 100), default=1, help="OSS records that may share an event")
    run.add_argument("--fc-service", help="FC 2.0's API reaches the functions through this service")
    run.add_argument("--time-scale", type=_share(100), default=1.0, help="multiplies the queue's waits and ages")
    run.add_argument("--redeliver", type=_share(1), default=0.0, help="share of events delivered a second time")
    run.add_argument("--shuffle", action="store_true", help="asynchronous events get their turns out of order")
    run.add_argument("--seed", type=int, help="of --redeliver and --shuffle")
    return parser


def _options(given: dict[str, Any]) -> Options:
    del given["command"]
    pace = Pace(**{name: given.pop(name) for name in ("time_scale", "redeliver", "shuffle", "seed")})
    python: tuple[str, ...] = (sys.executable,)
    if given.pop("built_layer"):
        built = runnable(_ROOT, lambda line: print(f"layer: {line}", file=sys.stderr))
        print(f"layer: the functions run from {built.folder} alone ({built.target})", file=sys.stderr)
        given["layer"], python = built.folder, built.python
    return Options(**given, python=python, pace=pace)


def _has_oss() -> bool:
    return importlib.util.find_spec("local.oss.__main__") is not None


def _whole(least: int, most: int) -> Callable[[str], int]:
    def whole_number(text: str) -> int:
        if not text.isdecimal() or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} to {most}")
        return int(text)

    return whole_number


def _share(most: float) -> Callable[[str], float]:
    def number(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = -1.0
        if not 0 <= value <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to {most:g}")
        return value

    return number


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
