"""Probe functions: an index.py written by a test, run by the local Function Compute."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import yaml

from local.credentials import Account
from local.function_compute.environment import Surroundings
from local.function_compute.instances import FunctionCompute, Limits
from local.function_compute.template import load_template

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from local.function_compute.invocation import InvocationResult

ACCOUNT = Account.new()
LAYERS = ["acs:fc:ap-southeast-1:1234567890123456:layers/facegate/versions/1"]
ROLE = "acs:ram::1234567890123456:role/facegate"
UNHANDLED = "UnhandledInvocationError"


class Functions:
    """A cloud of one function, `probe`, whose index.py is given."""

    def __init__(self, folder: Path, source: str, limits: Limits | None = None, **props: object) -> None:
        self.code = folder / "code"
        self.logs = folder / "logs"
        self.layer = folder / "layer"
        self.code.mkdir()
        self.layer.mkdir()
        self.write(source)
        (self.layer / "in_the_layer.py").write_text("where = __file__\n", "utf-8")
        whole = {
            "functionName": "probe",
            "region": "ap-southeast-1",
            "runtime": "python3.10",
            "handler": "index.handler",
            "code": "./code",
            "timeout": 20,
            **props,
        }
        template = {"edition": "3.0.0", "resources": {"probe": {"component": "fc3", "props": whole}}}
        (folder / "s.yaml").write_text(yaml.safe_dump(template), "utf-8")
        self.specs = load_template(folder / "s.yaml", {})
        self._surroundings = Surroundings("1234567890123456", self.layer, {"FROM_THE_SUPERVISOR": "http://x"})
        self._limits = limits or Limits()

    def write(self, source: str) -> None:
        (self.code / "index.py").write_text(source, "utf-8")

    def run(self, use: Callable[[FunctionCompute], Awaitable[Any]]) -> Any:
        async def running() -> Any:
            async with FunctionCompute(self.specs, ACCOUNT, self._surroundings, self.logs, self._limits) as functions:
                return await use(functions)

        return asyncio.run(running())

    def invoke(self, *events: bytes) -> list[InvocationResult]:
        """Invokes `probe` once for each event, one after the other."""

        async def each(functions: FunctionCompute) -> list[InvocationResult]:
            return [await functions.invoke("probe", event) for event in events]

        results: list[InvocationResult] = self.run(each)
        return results

    @property
    def log(self) -> str:
        return (self.logs / "probe.log").read_text("utf-8")


def handler(body: str, before: str = "") -> str:
    indented = "\n".join(f"    {line}" for line in body.splitlines())
    return f"import json, os, signal, subprocess, sys\n{before}\ndef handler(event, context):\n{indented}\n"
