"""The code and the layer that a function runs."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from deploy.check.deployment import Deployment, Problems

LAYER_FOLDER = "/opt/python"


def the_code_is_there(deployment: Deployment) -> Problems:
    """The handler's module is in the code folder, and what the module defines has the handler's name; the
    initializer's too."""
    for placed in deployment.functions:
        folder = deployment.folder / placed.props.code
        if not folder.is_dir():
            yield placed.at("code"), f"there is no folder {placed.props.code}"
            continue
        hooks = placed.props.instanceLifecycleConfig
        names = {"handler": placed.props.handler}
        if hooks is not None:
            names["instanceLifecycleConfig.initializer.handler"] = hooks.initializer.handler
        for key, name in names.items():
            yield from ((placed.at(key), problem) for problem in _missing(folder, placed.props.code, name))


def the_layer_is_the_regions_own(deployment: Deployment) -> Problems:
    """One layer, published in the function's region: a layer of another region cannot be mounted."""
    for placed in deployment.functions:
        if len(placed.props.layers) != 1:
            yield placed.at("layers"), f"has {len(placed.props.layers)} layers: expected facegate's alone"
        for number, arn in enumerate(placed.props.layers):
            if (region := arn.split(":")[2]) != placed.props.region:
                yield placed.at(f"layers[{number}]"), f"is a layer of {region}: expected one of {placed.props.region}"


def the_layer_goes_before_the_runtimes_packages(deployment: Deployment) -> Problems:
    """python3.10 has older releases of our packages built in; whether a layer goes before them unasked is
    unconfirmed."""
    for placed in deployment.functions:
        found = placed.props.environmentVariables.get("PYTHONPATH")
        if found != LAYER_FOLDER:
            yield (
                placed.at("environmentVariables.PYTHONPATH"),
                f"is {found}: expected {LAYER_FOLDER}, the layer's folder",
            )


def _missing(folder: Path, code: str, name: str) -> Iterator[str]:
    module, _, function = name.rpartition(".")
    path = folder / f"{module}.py"
    if not path.is_file():
        yield f"is {name}: there is no {module}.py in {code}"
    elif function not in _defined(path):
        yield f"is {name}: {module}.py in {code} defines no {function}"


def _defined(path: Path) -> set[str]:
    """The names that the module's top level gives values to."""
    names: set[str] = set()
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names.update(one.id for target in targets for one in ast.walk(target) if isinstance(one, ast.Name))
        elif isinstance(node, ast.ImportFrom | ast.Import):
            names.update(alias.asname or alias.name for alias in node.names)
    return names
