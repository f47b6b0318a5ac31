"""The functions run from the built layer alone, with the deployed interpreter where there is one."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.layer import lock
from deploy.layer.build import Places
from deploy.layer.built import Runnable, runnable
from deploy.layer.pruning import RULES
from deploy.layer.target import FUNCTION_COMPUTE
from deploy.layer.wheels import fetched
from local.demo import Demo
from tests.cloud import ROOT, Cloud, face_compare, running, written_template

FUNCTIONS = sorted(path.parent for path in (ROOT / "functions").glob("*/index.py"))
SETTINGS = {
    "FC_REGION": "ap-southeast-1",
    "FC_ACCOUNT_ID": "1234567890123456",
    "FC_FUNCTION_NAME": "probe",
    "FACEGATE_TABLESTORE_INSTANCE": "facegate",
    "FACEGATE_FACE_GROUPS": "members",
    "FACEGATE_BUCKET": "facegate-local",
    "FACEGATE_USER_ID_KEY": "plain",
}
IMPORTED = """
import sys
compiled = []
sys.addaudithook(lambda name, given: compiled.append(str(given[1])) if name == "compile" else None)
import index
assert callable(index.handler)
import json
print(json.dumps({
    "files": [str(m.__file__) for m in list(sys.modules.values()) if getattr(m, "__file__", None)],
    "compiled": compiled,
    "prefix": sys.base_prefix,
}))
"""
COMPILED_TWICE = """
import sys
sys.path.insert(0, sys.argv[1])
import bytecode
source = b'def known(rarely_used_name):\\n    return rarely_used_name in {None, "x", "y", "z", 7, ("p", 2)}\\n'
first = bytecode.compiled(source, "/opt/python/known.py")
held = [sys.intern("rarely_used_name"), sys.intern("known")]
assert bytecode.compiled(source, "/opt/python/known.py") == first
print(first.hex())
"""
PATTERNS = """
import re, sre_compile
from facegate import patterns
known = patterns.install()
held = dict(re._cache)
fresh = {key: sre_compile.compile(key[1], key[2]) for key in held}
import index
index.initialize(None)
print(known, held == fresh, len(held.keys() - re._cache.keys()), len(re._cache.keys() - held.keys()))
"""
PROBE = """
import importlib.util, json, sys
import facegate.app.parts, tablestore, fc2, alibabacloud_oss_v2
from alibabacloud_cloudauth_intl20220809.client import Client
from PIL import Image

def handler(event, context):
    names = ("facegate.app.parts", "tablestore", "fc2", "alibabacloud_oss_v2", "PIL.Image", Client.__module__)
    return {
        "from": {name: sys.modules[name].__file__ for name in names},
        "python": list(sys.version_info[:2]),
        "tools": [name for name in ("pytest", "httpx", "numpy", "pip") if importlib.util.find_spec(name)],
    }
"""


@pytest.fixture(scope="module")
def built() -> Runnable:
    return runnable(ROOT, lambda line: print(line, file=sys.stderr))  # noqa: T201 - a first build takes a while


@pytest.fixture(scope="module")
def from_layer(built: Runnable, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A local cloud of the built layer, with one function more, which tells where its modules come from."""
    folder = tmp_path_factory.mktemp("layer")
    (folder / "probe").mkdir()
    (folder / "probe" / "index.py").write_text(PROBE, "utf-8")
    document = yaml.safe_load((ROOT / "s.yaml").read_text("utf-8"))
    for resource in document["resources"].values():
        resource["props"]["code"] = str(ROOT / resource["props"]["code"])
    props = {**document["resources"]["results"]["props"], "functionName": "probe", "code": str(folder / "probe")}
    del props["instanceLifecycleConfig"]
    document["resources"]["probe"] = {"component": "fc3", "props": {**props, "triggers": []}}
    path = written_template(document, folder)
    with running(folder / "data", "--built-layer", "--template", str(path)) as cloud:
        yield cloud


def alone(script: str, function: Path, built: Runnable) -> str:
    """What a script prints that runs in a function's folder, with the layer and the standard library alone."""
    done = subprocess.run(
        [*built.python, "-c", script],
        cwd=function,
        env={**SETTINGS, "PYTHONPATH": str(built.folder), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda folder: folder.name)
def test_a_handler_imports_from_the_layer_and_the_standard_library_alone(function: Path, built: Runnable) -> None:
    printed = alone(IMPORTED, function, built)
    told = json.loads(printed)
    allowed = (str(built.folder), str(function), f"{told['prefix']}/")
    assert [file for file in told["files"] if not file.startswith(allowed) or "site-packages" in file] == []
    assert [file for file in told["compiled"] if file.startswith(str(built.folder))] == []


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda folder: folder.name)
def test_regular_expressions_come_compiled_and_are_what_compiling_them_gives(function: Path, built: Runnable) -> None:
    if built.target != FUNCTION_COMPUTE:
        pytest.skip("they are shipped for the deployed version of CPython alone")
    printed = alone(PATTERNS, function, built)
    known, equal, lost, compiled = printed.split()
    assert (int(known) > 100, equal, lost, compiled) == (True, "True", "0", "0")


def test_bytecode_depends_on_neither_hashes_nor_what_else_the_compiling_process_holds(built: Runnable) -> None:
    if built.target != FUNCTION_COMPUTE:
        pytest.skip("this is promised of what is deployed, by the interpreter that compiles it")
    made = {
        subprocess.run(
            [*built.python, "-c", COMPILED_TWICE, str(ROOT / "deploy" / "layer")],
            env={"PYTHONHASHSEED": seed, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2", "3")
    }
    assert len(made) == 1


def test_an_instance_has_its_modules_from_the_layer_and_no_tools_of_the_developer(
    from_layer: Cloud, built: Runnable
) -> None:
    told: dict[str, Any] = from_layer.deliver("probe", b"{}")
    assert [name for name, file in told["from"].items() if not file.startswith(f"{built.folder}/")] == []
    assert (tuple(told["python"]), told["tools"]) == (built.target.python, [])


def test_the_demo_comes_to_what_it_should(from_layer: Cloud) -> None:
    demo = Demo(from_layer.client)
    demo.run()
    assert demo.report.surprises == 0, demo.report.verdict()


def test_work_is_handed_over_through_the_function_compute_client(from_layer: Cloud) -> None:
    answer = from_layer.post("face-compare", face_compare(), Prefer="respond-async")
    assert answer.status_code == 202, answer.text
    from_layer.idle()
    assert from_layer.stored(answer.json()["MerchantBizId"])["Outcome"] == "passed"


def test_the_description_of_the_api_is_served(from_layer: Cloud) -> None:
    answer = from_layer.client.get("/v1/openapi.json")
    assert answer.status_code == 200, answer.text
    assert answer.json()["openapi"].startswith("3.1")


def test_a_failed_event_is_recorded(from_layer: Cloud) -> None:
    before = len(from_layer.failures())
    from_layer.deliver("record-failure", (ROOT / "events" / "record-failure.destination.json").read_bytes())
    assert len(from_layer.failures()) == before + 1


@pytest.mark.skipif(sys.platform != "linux", reason="wheels for other systems bundle other libraries")
def test_every_row_of_the_table_leaves_something_out(built: Runnable) -> None:
    cache = Places.of(ROOT, built.target).cache
    wheels = fetched(lock.wanted(lock.read(ROOT), built.target), built.target, cache)
    members = [name for wheel in wheels for name in zipfile.ZipFile(wheel.path).namelist()]
    assert [rule.what for rule in RULES if not any(map(rule.drops, members))] == []
