"""DELETE /_local/functions/{function}/instances: the loss of a function's instances, on order."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.functional.async_probes import SECONDS, AsyncFunctions, Running, source

HANGS_AT_FIRST = source(
    "if not os.path.exists(mark := os.environ['FOLDER'] + '/mark'):\n open(mark, 'w').close()\n time.sleep(60)"
)
TELLS_ITS_PROCESS = source("return str(os.getpid())")


async def hanging(mark: Path) -> None:
    while not mark.exists():  # another process makes it
        await asyncio.sleep(0.01)


async def killed(running: Running, function: str = "probe") -> tuple[int, object]:
    answer = await running.gateway.delete(f"/_local/functions/{function}/instances")
    return answer.status_code, answer.json().get("killed", answer.json().get("Code"))


def test_an_invocation_whose_instance_is_killed_is_delivered_again(tmp_path: Path) -> None:
    functions = AsyncFunctions(tmp_path, {"probe": HANGS_AT_FIRST})

    async def act(running: Running) -> object:
        running.accept("probe", "event")
        await asyncio.wait_for(hanging(tmp_path / "mark"), SECONDS)
        assert await killed(running) == (200, 1)
        await running.quiet()
        return (await running.gateway.get("/_local/invocations")).json()

    (invocation,) = functions.use(act)
    assert functions.events == ["event", "event"]
    assert (invocation["outcome"], invocation["attempts"]) == ("succeeded", 2)


def test_an_idle_instance_is_killed_and_the_next_invocation_starts_another(tmp_path: Path) -> None:
    functions = AsyncFunctions(tmp_path, {"probe": TELLS_ITS_PROCESS})

    async def act(running: Running) -> None:
        first, same = [(await running.functions.invoke("probe", b"")).payload for _ in range(2)]
        assert await killed(running) == (200, 1)
        assert await killed(running) == (200, 0)
        other = (await running.functions.invoke("probe", b"")).payload
        assert first == same != other

    functions.use(act, dispatching=False)


def test_a_function_that_is_not_there_has_no_instances(tmp_path: Path) -> None:
    async def act(running: Running) -> None:
        assert await killed(running, "absent") == (404, "FunctionNotFound")

    AsyncFunctions(tmp_path, {"probe": TELLS_ITS_PROCESS}).use(act, dispatching=False)
