"""The shape of the layer: imports point downwards, nothing of development is in it, and a start imports no SDK."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import facegate
from tests.unit.layer_samples import ENVIRONMENT

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "shared" / "facegate"
MODULES = sorted(PACKAGE.rglob("*.py"))
FUNCTIONS = sorted((ROOT / "functions").glob("*/index.py"))
HEAVY = ("tablestore", "aiohttp", "requests", "urllib3", "multipart", "cryptography", "fc2", "numpy")
HEAVY_PREFIXES = ("alibabacloud", "Tea", "darabonba")


def tiers() -> dict[str, int]:
    """Each room's height, as the package's docstring lists them; 0 is the top."""
    lines = re.findall(r"^ {4}((?:\w+, )*\w+)(?: {2,}.*)?$", facegate.__doc__ or "", re.MULTILINE)
    return {room: height for height, line in enumerate(lines) for room in line.split(", ")}


def imports(path: Path) -> Iterator[str]:
    """What a module imports when it runs, at its top or inside a function; not what only its types name."""
    tree = ast.parse(path.read_text("utf-8"))
    for_types = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if node in for_types:
            continue
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield from (f"{node.module}.{name.name}" for name in node.names)


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def test_every_room_is_in_the_list_of_rooms_and_the_other_way_round() -> None:
    assert {room_of(path) for path in MODULES} - {"__init__"} == set(tiers())


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_an_import_points_only_downwards(path: Path) -> None:
    heights, own = tiers(), room_of(path)
    for name in imports(path):
        parts = name.split(".")
        if parts[0] != "facegate" or own == "__init__":
            continue
        other = parts[1]
        assert other == own or heights[other] > heights[own], f"{own} imports {name}"


@pytest.mark.parametrize("path", [*MODULES, *FUNCTIONS], ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_that_is_deployed_imports_what_is_for_development(path: Path) -> None:
    assert not {name.split(".")[0] for name in imports(path)} & {"local", "tests", "deploy", "pytest"}


@pytest.mark.parametrize("path", FUNCTIONS, ids=lambda path: path.parent.name)
def test_a_function_is_its_handler_and_nothing_else(path: Path) -> None:
    first, second = ast.parse(path.read_text("utf-8")).body
    assert isinstance(first, ast.ImportFrom)
    assert str(first.module).startswith("facegate.app.")
    assert isinstance(second, ast.Assign)
    assert ast.unparse(second.targets[0]) == "(handler, initialize)"


def test_no_function_imports_an_sdk_or_a_parser_at_its_start() -> None:
    script = (
        "import json, runpy, sys\n"
        "loaded = {path: sorted(runpy.run_path(path) and sys.modules) for path in sys.argv[1:]}\n"
        "print(json.dumps(loaded))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, *map(str, FUNCTIONS)],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "shared"), **ENVIRONMENT},
        capture_output=True,
        check=True,
        text=True,
    )
    for path, modules in json.loads(ran.stdout).items():
        loaded = {name.split(".")[0] for name in modules}
        heavy = {name for name in loaded if name in HEAVY or name.startswith(HEAVY_PREFIXES)}
        assert heavy == set(), path


def test_modules_stay_rooms() -> None:
    lengths = {str(path.relative_to(PACKAGE)): len(path.read_text("utf-8").splitlines()) for path in MODULES}
    assert {name: length for name, length in lengths.items() if length > 400} == {}
