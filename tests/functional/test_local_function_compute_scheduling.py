"""Which instance runs which request, who waits and who is refused, and what the log of a function tells."""

from __future__ import annotations

import asyncio
import json
import os
from typing import TYPE_CHECKING

import pytest

from local.function_compute.instances import Limits
from local.function_compute.invocation import InvocationRefused
from tests.functional.function_probes import Functions, handler

if TYPE_CHECKING:
    from pathlib import Path

    from local.function_compute.instances import FunctionCompute
    from local.function_compute.invocation import InvocationResult

RENDEZVOUS = handler(
    """
if event == b"read":
    return open(os.environ["FIFO"], "rb").read()
if event == b"write":
    open(os.environ["FIFO"], "wb").close()
with open("order", "ab") as order:
    order.write(event)
return event
""".strip()
)


def test_two_requests_at_once_run_in_two_instances(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    functions = Functions(tmp_path, RENDEZVOUS, environmentVariables={"FIFO": str(fifo)})

    async def both(cloud: FunctionCompute) -> list[InvocationResult]:
        return await asyncio.gather(cloud.invoke("probe", b"read"), cloud.invoke("probe", b"write"))

    results = functions.run(both)  # each waits for the other: one after the other would time out

    assert [(result.error_type, result.cold) for result in results] == [(None, True)] * 2


@pytest.mark.parametrize(
    ("limits", "props"),
    [(Limits(instances=1), {}), (Limits(instances=9), {"concurrencyConfig": {"reservedConcurrency": 1}})],
)
def test_beyond_the_limit_requests_wait_in_the_order_they_came(
    tmp_path: Path, limits: Limits, props: dict[str, object]
) -> None:
    functions = Functions(tmp_path, RENDEZVOUS, limits, **props)
    letters = [bytes([letter]) for letter in b"abcdefghij"]

    async def all_at_once(cloud: FunctionCompute) -> list[InvocationResult]:
        return await asyncio.gather(*(cloud.invoke("probe", letter) for letter in letters))

    results = functions.run(all_at_once)

    assert (functions.code / "order").read_bytes() == b"abcdefghij"
    assert [result.payload for result in results] == letters
    assert [result.cold for result in results].count(True) == 1


def test_a_waiting_request_that_is_given_up_leaves_its_place_to_the_others(tmp_path: Path) -> None:
    functions = Functions(tmp_path, RENDEZVOUS, Limits(instances=1))

    async def give_up_the_second(cloud: FunctionCompute) -> list[bytes]:
        tasks = [asyncio.create_task(cloud.invoke("probe", letter)) for letter in (b"a", b"b", b"c")]
        await asyncio.sleep(0)
        tasks[1].cancel()
        return [(await tasks[0]).payload, (await tasks[2]).payload]

    assert functions.run(give_up_the_second) == [b"a", b"c"]
    assert (functions.code / "order").read_bytes() == b"ac"


def test_beyond_the_length_of_the_queue_requests_are_refused(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    limits = Limits(instances=1, waiting=1)
    functions = Functions(tmp_path, RENDEZVOUS, limits, environmentVariables={"FIFO": str(fifo)})

    async def one_too_many(cloud: FunctionCompute) -> list[bytes]:
        running = asyncio.create_task(cloud.invoke("probe", b"read"))
        waiting = asyncio.create_task(cloud.invoke("probe", b"b"))
        await asyncio.sleep(0)
        with pytest.raises(InvocationRefused, match="too many requests") as refusal:
            await cloud.invoke("probe", b"c")
        assert (refusal.value.status, refusal.value.code) == (429, "ResourceExhausted")
        await asyncio.to_thread(fifo.write_bytes, b"let go")
        return [(await running).payload, (await waiting).payload]

    assert functions.run(one_too_many) == [b"let go", b"b"]


def test_a_request_given_up_half_way_ends_its_instance(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    source = handler(f"if event:\n    open({str(fifo)!r}, 'wb').close()\n    signal.pause()\nreturn 'after'")
    functions = Functions(tmp_path, source, Limits(instances=1))

    async def give_up(cloud: FunctionCompute) -> InvocationResult:
        running = asyncio.create_task(cloud.invoke("probe", b"x"))
        await asyncio.to_thread(fifo.read_bytes)  # the function is under way
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        return await cloud.invoke("probe", b"")

    result = functions.run(give_up)

    assert (result.payload, result.cold) == (b"after", True)


def test_an_instance_that_has_idled_too_long_is_replaced(tmp_path: Path) -> None:
    functions = Functions(tmp_path, handler("return 1"), Limits(idle_seconds=0))

    async def with_a_pause(cloud: FunctionCompute) -> list[bool]:
        first = await cloud.invoke("probe", b"")
        for _ in range(3):  # let the loop run its timers
            await asyncio.sleep(0)
        return [first.cold, (await cloud.invoke("probe", b"")).cold]

    assert functions.run(with_a_pause) == [True, True]


def test_an_instance_that_died_while_idle_is_not_used_again(tmp_path: Path) -> None:
    body = "if event:\n    threading.Thread(target=leave).start()\nreturn 1"
    leave = f"import threading\ndef leave():\n    open({str(tmp_path / 'fifo')!r}, 'rb').read()\n    os._exit(1)"
    os.mkfifo(tmp_path / "fifo")
    functions = Functions(tmp_path, handler(body, leave))

    async def after_its_death(cloud: FunctionCompute) -> list[InvocationResult]:
        first = await cloud.invoke("probe", b"x")
        await asyncio.to_thread((tmp_path / "fifo").write_bytes, b"")
        await asyncio.sleep(0.5)  # its death is known to the event loop a moment later
        return [first, await cloud.invoke("probe", b"")]

    results = functions.run(after_its_death)

    assert [(result.payload, result.cold) for result in results] == [(b"1", True)] * 2


def test_a_function_that_is_not_there_is_refused(tmp_path: Path) -> None:
    async def misname(cloud: FunctionCompute) -> None:
        await cloud.invoke("absent", b"")

    with pytest.raises(InvocationRefused, match="'absent' does not exist") as refusal:
        Functions(tmp_path, handler("return 1")).run(misname)
    assert (refusal.value.status, refusal.value.code) == (404, "FunctionNotFound")


def test_stopping_ends_what_runs_and_refuses_what_waits(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    source = handler(f"open({str(fifo)!r}, 'wb').close()\nsignal.pause()")
    functions = Functions(tmp_path, source, Limits(instances=1))

    async def leave(cloud: FunctionCompute) -> list[asyncio.Task[InvocationResult]]:
        tasks = [asyncio.create_task(cloud.invoke("probe", b"")) for _ in range(2)]
        await asyncio.to_thread(fifo.read_bytes)
        return tasks

    running, waiting = functions.run(leave)

    assert json.loads(running.result().payload)["errorType"] == "FunctionInstanceExited"
    refusal = waiting.exception()
    assert isinstance(refusal, InvocationRefused)
    assert refusal.status == 503


def test_what_a_function_prints_is_in_its_log_under_its_request(tmp_path: Path) -> None:
    body = """
print("printed")
print("to stderr", file=sys.stderr)
os.write(1, b"raw \\xff\\n")
subprocess.run(["echo", "from a child"])
logging.getLogger().info("logged")
sys.stdout = None
""".strip()
    functions = Functions(tmp_path, handler(body, "import logging\nprint('imported')"))

    first, second = functions.invoke(b"", b"")

    lines = [line.split(" ", 4) for line in functions.log.splitlines()]
    assert {line[1] for line in lines} == {"probe"}
    assert len({line[2] for line in lines}) == 1
    texts = {
        request_id: [line[4].removeprefix("| ") for line in lines if line[3] == request_id]
        for request_id in ("-", first.request_id, second.request_id)
    }
    assert texts["-"] == ["imported"]
    start, *printed, logged, end = texts[first.request_id]
    assert start == f"FC Invoke Start RequestId: {first.request_id}"
    assert printed == ["printed", "to stderr", "raw \ufffd", "from a child"]
    assert logged.endswith(f"Z {first.request_id} [INFO] logged")
    assert end == f"FC Invoke End RequestId: {first.request_id}"
    assert "printed" not in texts[second.request_id]  # its sys.stdout is None
    assert texts[second.request_id][-1] == f"FC Invoke End RequestId: {second.request_id}"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("raise ValueError('why it failed')", "ValueError: why it failed"),
        ("print('last words', end='')\nos._exit(1)", "last words"),
        ("os._exit(1)", "Process exited unexpectedly"),
        ("signal.pause()", "Function timed out after 1 seconds"),
    ],
)
def test_the_log_tells_why_a_request_failed_and_ends_it(tmp_path: Path, body: str, text: str) -> None:
    functions = Functions(tmp_path, handler(body), timeout=1)

    [result] = functions.invoke(b"")

    own = [line for line in functions.log.splitlines() if f" {result.request_id} | " in line]
    assert any(text in line for line in own)
    assert own[-1].endswith(f"FC Invoke End RequestId: {result.request_id}")


def test_a_long_log_line_is_broken(tmp_path: Path) -> None:
    functions = Functions(tmp_path, handler("print('x' * 100_000)"))

    functions.invoke(b"")

    longest = max(len(line.partition(" | ")[2]) for line in functions.log.splitlines())
    assert longest <= 32 * 1024
    assert functions.log.count("x") == 100_000
