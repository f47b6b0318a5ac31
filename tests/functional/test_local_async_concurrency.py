"""How many events of a function run at once, and who does not wait for them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from local.function_compute.acceptance import Pace
from local.function_compute.instances import Limits
from tests.functional.async_probes import PRELUDE, SUCCEED, AsyncFunctions, Running, listed, source

if TYPE_CHECKING:
    from pathlib import Path

GAUGED = f"""{PRELUDE}
def handler(event, context):
    path = os.environ["FOLDER"] + "/inside/" + context.request_id + event.decode()
    os.makedirs(os.path.dirname(path), exist_ok=True)
    open(path, "x").close()
    seen(len(os.listdir(os.path.dirname(path))))
    time.sleep(0.02)
    os.unlink(path)
"""
"""Notes how many are inside, and stays 20 ms: there is no event to await, since one too many must have time to come."""


def test_reserved_concurrency_is_used_and_never_exceeded(tmp_path: Path) -> None:
    functions = AsyncFunctions(
        tmp_path,
        {"probe": (GAUGED, {"concurrencyConfig": {"reservedConcurrency": 3}})},
        limits=Limits(instances=9, waiting=100),
    )

    async def both_ways(running: Running) -> None:
        running.accept("probe", *map(str, range(40)))
        await asyncio.gather(*(running.functions.invoke("probe", b"sync%d" % number) for number in range(20)))
        await running.quiet()

    functions.use(both_ways)

    assert len(functions.seen) == 60
    assert max(functions.seen) == 3


def test_a_synchronous_call_does_not_wait_for_a_whole_burst(tmp_path: Path) -> None:
    functions = AsyncFunctions(tmp_path, {"probe": SUCCEED}, limits=Limits(instances=1))

    async def amid_a_burst(running: Running) -> None:
        running.accept("probe", *map(str, range(30)))
        await running.functions.invoke("probe", b"sync")
        await running.quiet()

    functions.use(amid_a_burst)

    assert functions.events.index("sync") <= 2


def test_others_go_on_while_one_waits_for_its_retry(tmp_path: Path) -> None:
    failing_a = source("if event == b'a':\n    raise ValueError('a')")
    functions = AsyncFunctions(tmp_path, {"probe": failing_a}, Pace(time_scale=0.05), Limits(instances=1))

    listed(functions, *"abc")

    assert functions.events[:3] == list("abc")
    assert functions.events[3:] == list("aaa")
