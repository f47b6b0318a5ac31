"""How large and how many."""

from __future__ import annotations

from deploy.check.deployment import Deployment, Problems


def memory_fits_the_processor(deployment: Deployment) -> Problems:
    """GB of memory to vCPU is between 1:1 and 4:1, and vCPU come in steps of 0.05 (documented)."""
    for placed in deployment.functions:
        memory_gb, cpu = placed.props.memorySize / 1024, placed.props.cpu
        if not cpu <= memory_gb <= 4 * cpu:
            yield (
                placed.at("cpu"),
                f"is {cpu:g} beside {placed.props.memorySize} MB: expected {memory_gb / 4:g} to {memory_gb:g}",
            )
        if round(cpu * 100) % 5:
            yield placed.at("cpu"), f"is {cpu:g}: expected a multiple of 0.05"


def bursts_wait_in_the_queue(deployment: Deployment) -> Problems:
    """An unlimited burst of events would use up the service's quota for those who wait for an answer."""
    for placed in deployment.functions:
        if placed.event_triggers and placed.props.concurrencyConfig is None:
            yield (
                placed.at("concurrencyConfig"),
                "is missing: expected reservedConcurrency, since events come in bursts",
            )


def an_initializer_fits_the_start(deployment: Deployment) -> Problems:
    """A caller waits for initializer and handler of a cold start; longer than the handler may take is too long."""
    for placed in deployment.functions:
        hooks = placed.props.instanceLifecycleConfig
        if hooks is not None and hooks.initializer.timeout > placed.props.timeout:
            yield (
                placed.at("instanceLifecycleConfig.initializer.timeout"),
                f"is {hooks.initializer.timeout}: expected at most the function's own, {placed.props.timeout}",
            )
