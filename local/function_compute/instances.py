"""Function Compute's scheduler: which instance runs which invocation, and for how long.

A function's pool reuses an idle instance, else starts one (a cold start), up to a limit; further
invocations wait in the order they came. An instance runs one request at a time and is ended for
good when it overruns its time limit or dies. After a failed start the next invocation tries a new
instance. Memory limits are not enforced."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.function_compute.environment import Surroundings, instance_environment
from local.function_compute.function_log import FunctionLog
from local.function_compute.instance import Instance
from local.function_compute.invocation import (
    FunctionFailed,
    InvocationRefused,
    InvocationResult,
    new_request_id,
    too_many_requests,
    unknown_function,
)
from local.function_compute.invocation_context import context_fields
from local.function_compute.places import Places

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType

    from local.credentials import Account, TemporaryKey
    from local.function_compute.function_spec import FunctionSpec


@dataclass(frozen=True)
class Limits:
    """`instances`: of one function, where s.yaml reserves no concurrency. `waiting`: invocations of
    one function in the queue, beyond which they are refused. `idle_seconds`: after which an idle
    instance ends (None: never). `credentials_seconds`: validity of the credentials a function gets
    (documented: 36 hours)."""

    instances: int = 4
    waiting: int = 128
    idle_seconds: float | None = None
    credentials_seconds: int = 36 * 3600


class FunctionCompute:
    """Every function of one s.yaml. An async context: leaving it ends every instance."""

    def __init__(
        self,
        functions: Mapping[str, FunctionSpec],
        account: Account,
        surroundings: Surroundings,
        log_folder: Path,
        limits: Limits,
    ) -> None:
        self._pools = {
            name: _Pool(spec, account, surroundings, log_folder / f"{name}.log", limits)
            for name, spec in functions.items()
        }

    async def invoke(self, function_name: str, event: bytes, request_id: str | None = None) -> InvocationResult:
        """Runs a function once and waits for it. A function that fails is a result with an `error_type`;
        raises InvocationRefused where the function is unknown, overloaded or shutting down."""
        pool = self._pools.get(function_name)
        if pool is None:
            raise unknown_function(function_name)
        return await pool.invoke(event, request_id or new_request_id(time.time()))

    async def place(self, function_name: str) -> Place:
        """Waits for one of the function's places, in the same order of arrival as `invoke`, however many wait."""
        pool = self._pools[function_name]
        await pool.places.acquire()
        return Place(pool)

    async def kill(self, function_name: str) -> int:
        """Ends every instance of a function at once, whatever it is at; how many lived. Raises InvocationRefused."""
        pool = self._pools.get(function_name)
        if pool is None:
            raise unknown_function(function_name)
        return await pool.kill()

    async def __aenter__(self) -> FunctionCompute:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.gather(*(pool.close() for pool in self._pools.values()))


class Place:
    """The right to run one invocation of a function; whoever took it must release it."""

    def __init__(self, pool: _Pool) -> None:
        self._pool = pool

    async def run(self, event: bytes, request_id: str) -> InvocationResult:
        """As FunctionCompute.invoke, without waiting."""
        return await self._pool.run(event, request_id)

    def release(self) -> None:
        self._pool.places.release()


class _Pool:
    """The instances of one function."""

    def __init__(
        self, spec: FunctionSpec, account: Account, surroundings: Surroundings, log_path: Path, limits: Limits
    ) -> None:
        self._spec = spec
        self._account = account
        self._surroundings = surroundings
        self._limits = limits
        self._log = FunctionLog(log_path, spec.name)
        self.places = Places(spec.reserved_concurrency or limits.instances)
        self._idle: list[tuple[Instance, asyncio.TimerHandle | None]] = []
        self._instances: set[Instance] = set()
        self._ending: set[asyncio.Task[None]] = set()
        self._closed = False

    async def invoke(self, event: bytes, request_id: str) -> InvocationResult:
        if self.places.waiting >= self._limits.waiting:
            raise too_many_requests(self._spec)
        async with self.places:
            return await self.run(event, request_id)

    async def kill(self) -> int:
        """Running invocations fail; the next ones find no instance that lives, and start one."""
        living = [instance for instance in self._instances if instance.alive]
        await asyncio.gather(*(instance.kill() for instance in living))
        return len(living)

    async def close(self) -> None:
        self._closed = True
        await asyncio.gather(*(instance.kill() for instance in self._instances), *self._ending)
        await self.places.all_free()
        self._log.close()

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise InvocationRefused(503, "ServiceUnavailable", "the local cloud is stopping")

    async def run(self, event: bytes, request_id: str) -> InvocationResult:
        """Runs it in an idle instance or a new one. The caller holds one of the places."""
        self._refuse_when_closed()
        started = time.monotonic()
        instance = self._take_idle()
        cold = instance is None
        reusable = False
        failure: FunctionFailed | None = None
        try:
            if instance is None:
                instance = await self._start_instance()
                self._refuse_when_closed()
                header, payload = await self._initialise(instance, request_id)
            if not cold or header["error_type"] is None:
                request = {"kind": "invoke", "context": self._context(request_id)}
                header, payload = await instance.exchange(request, event, self._spec.timeout_seconds)
                reusable = True
        except FunctionFailed as error:
            failure = error
            header, payload = {"error_type": error.error_type}, error.payload
        finally:
            if instance is not None and reusable:
                self._put_idle(instance)
            elif instance is not None:
                await self._end(instance, request_id, failure)
        duration_ms = (time.monotonic() - started) * 1000
        return InvocationResult(request_id, payload, header["error_type"], cold, duration_ms)

    async def _start_instance(self) -> Instance:
        instance_id = f"c-{int(time.time()):08x}-{secrets.token_hex(4)}"
        environment = instance_environment(self._spec, self._surroundings, instance_id, self._key())
        try:
            instance = await Instance.start(
                instance_id, self._surroundings.python, self._spec.code, environment, self._log
            )
        except OSError as error:
            raise InvocationRefused(500, "InternalServerError", "no instance could be started") from error
        self._instances.add(instance)
        return instance

    async def _initialise(self, instance: Instance, request_id: str) -> tuple[dict[str, Any], bytes]:
        # Which limit FC applies to the import of a handler without initializer is UNCONFIRMED.
        initializer = self._spec.initializer
        request = {
            "kind": "start",
            "handler": self._spec.handler,
            "initializer": initializer.handler if initializer else None,
            "context": self._context(request_id),
        }
        seconds = initializer.timeout_seconds if initializer else self._spec.timeout_seconds
        return await instance.exchange(request, b"", seconds)

    async def _end(
        self, instance: Instance, request_id: str | None = None, failure: FunctionFailed | None = None
    ) -> None:
        await instance.kill(request_id, failure)
        self._instances.discard(instance)

    def _take_idle(self) -> Instance | None:
        while self._idle:
            instance, expiry = self._idle.pop()
            if expiry is not None:
                expiry.cancel()
            if instance.alive:
                return instance
            self._end_later(instance)
        return None

    def _put_idle(self, instance: Instance) -> None:
        expiry = None
        if self._limits.idle_seconds is not None:
            loop = asyncio.get_running_loop()
            expiry = loop.call_later(self._limits.idle_seconds, self._expire, instance)
        self._idle.append((instance, expiry))

    def _expire(self, instance: Instance) -> None:
        self._idle = [(other, expiry) for other, expiry in self._idle if other is not instance]
        self._end_later(instance)

    def _end_later(self, instance: Instance) -> None:
        ending = asyncio.create_task(self._end(instance))
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)

    def _key(self) -> TemporaryKey | None:
        if self._spec.role is None:
            return None
        return self._account.issue(int(time.time()) + self._limits.credentials_seconds, self._spec.name)

    def _context(self, request_id: str) -> dict[str, Any]:
        return context_fields(self._spec, self._key(), self._surroundings.account_id, request_id)
