"""The commands, as data. Each can be run again: what is as it should be is left alone by the tool itself."""

from __future__ import annotations

from deploy.rollout import layer
from deploy.rollout.preflight import LAYER, TEMPLATE
from deploy.rollout.running import Command

RUNTIME = "python3.10"
REMOVE_ERRORS = ("remove error", "Final failure removing function")
"""The component logs what it could not remove, and ends with status 0 (read in its source)."""

PROVISION = Command("tables, bucket and topic", ("make", "--no-print-directory", "provision"))


def check(layer_arn: str) -> Command:
    """`layer_arn` need not exist yet: the template is only rendered with it."""
    return Command("checking s.yaml", ("make", "--no-print-directory", "check-deploy"), {"LAYER_ARN": layer_arn})


def publish(region: str, access: str) -> Command:
    """Prints the version's ARN; an unchanged zip makes no new version."""
    words = ("s", "cli", "fc3", "layer", "publish", "--code", str(LAYER), "--layer-name", layer.NAME)
    return Command(
        "publishing the layer", (*words, "--compatible-runtime", RUNTIME, "--region", region, "--access", access)
    )


def deploy(layer_arn: str) -> Command:
    words = ("s", "deploy", "--assume-yes", "--template", str(TEMPLATE))
    return Command("deploying the functions", words, {"LAYER_ARN": layer_arn})


def remove(layer_arn: str) -> Command:
    """`layer_arn` need not exist: the template is only rendered with it."""
    words = ("s", "remove", "--assume-yes", "--template", str(TEMPLATE))
    return Command("removing functions and triggers", words, {"LAYER_ARN": layer_arn}, REMOVE_ERRORS)


def remove_layer(region: str, access: str) -> Command:
    words = ("s", "cli", "fc3", "layer", "remove", "--layer-name", layer.NAME, "--region", region)
    return Command("removing the layer's versions", (*words, "--access", access, "--assume-yes"))
