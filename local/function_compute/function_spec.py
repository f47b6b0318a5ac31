"""One function as s.yaml describes it: the value that the parts of the local Function Compute work from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from local.function_compute.async_config import AsyncInvokeConfig
    from local.function_compute.event_triggers import MnsTopicTrigger, OssTrigger


@dataclass(frozen=True)
class HttpTrigger:
    """`auth_type` is kept for those who read it; the local gateway lets every caller in."""

    name: str
    methods: tuple[str, ...]
    auth_type: str


@dataclass(frozen=True)
class Initializer:
    handler: str
    timeout_seconds: int


@dataclass(frozen=True)
class FunctionSpec:
    """One function as s.yaml describes it, variables rendered, paths absolute, defaults filled in.

    `memory_mb` and `cpu` are told to the function and not enforced. `layers` not empty puts the
    local layer on the function's path. Without a `role` a function gets no credentials, as on FC.
    """

    resource: str
    name: str
    handler: str
    code: Path
    runtime: str
    region: str
    memory_mb: int
    cpu: float
    timeout_seconds: int
    environment: Mapping[str, str]
    layers: tuple[str, ...]
    role: str | None
    log_project: str
    log_store: str
    initializer: Initializer | None
    http_trigger: HttpTrigger | None
    oss_triggers: tuple[OssTrigger, ...]
    mns_topic_triggers: tuple[MnsTopicTrigger, ...]
    async_config: AsyncInvokeConfig
    reserved_concurrency: int | None
