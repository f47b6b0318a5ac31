"""What each function imports: at its start, and by the initializer, which imports whatever its handler will.

A module off the list costs every cold start; put it on the list only with a reason.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from facegate.deferral import DEFERRED
from tests.unit.layer_samples import ENVIRONMENT

ROOT = Path(__file__).resolve().parents[2]
DATA = {"msgspec"}
PICTURES = {"PIL"}
TRANSPORT = {"certifi", "idna", "requests", "urllib3"}
TABLESTORE = {"flatbuffers", "google", "six", "tablestore"} | TRANSPORT
VERIFICATION = {
    "Tea",
    "alibabacloud_cloudauth_intl20220809",
    "alibabacloud_credentials",
    "alibabacloud_credentials_api",
    "alibabacloud_gateway_spi",
    "alibabacloud_tea_openapi",
    "darabonba",
} | TRANSPORT
OSS = {"alibabacloud_oss_v2", "crcmod"} | TRANSPORT
BASE64 = {"pybase64"}
OPERATION = (DATA | PICTURES, TABLESTORE | VERIFICATION | BASE64)
EVENTS = (DATA | PICTURES, TABLESTORE | VERIFICATION | OSS | BASE64)
READ_XML = {"xml.etree"}
"""What the OSS client looks into when it is imported by newer Pythons than the deployed one."""
BUDGETS = {
    "face_compare": OPERATION,
    "face_cross_compare": OPERATION,
    "face_duplication_check": OPERATION,
    "add_face_record": OPERATION,
    "compare_faces": OPERATION,
    "results": (DATA, TABLESTORE),
    "erasure": (DATA, TABLESTORE | VERIFICATION | OSS),
    "enroll_on_upload": EVENTS,
    "dedup_on_signup": EVENTS,
    "record_failure": (DATA, TABLESTORE),
}
SCRIPT = """
import json, runpy, sys, types
def roots():
    real = [name for name, module in sys.modules.items() if type(module).__name__ != "_DeferredModule"]
    return {name.partition(".")[0] for name in real} - set(sys.stdlib_module_names) - before
before, names = {name.partition(".")[0] for name in sys.modules}, set(sys.modules)
function = runpy.run_path(sys.argv[1])
start = roots()
function["initialize"](None)
from facegate.deferral import DEFERRED
came = [name for name in DEFERRED if name not in names and type(sys.modules.get(name)) is types.ModuleType]
print(json.dumps([sorted(start), sorted(roots() - start), came]))
"""
IMPORTED_LATER = """
import json, runpy, sys
function = runpy.run_path(sys.argv[1])
function["initialize"](None)
from facegate.deferral import DEFERRED
print(json.dumps([name for name in DEFERRED if type(sys.modules.get(name)).__name__ == "module"]))
"""
INCIDENTAL = {"facegate", "cython_runtime", "_cython_3_3_0", "typing_extensions", "numpy", "_cffi_backend"}
"""Ours, what compiled modules register, and what an SDK only tries and a developer's environment has."""


@pytest.mark.parametrize("name", BUDGETS)
def test_a_function_imports_what_is_on_its_list_and_nothing_else(name: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT, str(ROOT / "functions" / name / "index.py")],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "shared"), **ENVIRONMENT},
        capture_output=True,
        check=False,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    *imported, came = json.loads(ran.stdout)
    start, warm = (set(found) - INCIDENTAL for found in imported)
    assert (start, start | warm) == (BUDGETS[name][0], BUDGETS[name][0] | BUDGETS[name][1])
    assert set(came) <= (READ_XML if "alibabacloud_oss_v2" in warm else set()), "deferred, and yet it came"


def test_every_function_has_a_budget() -> None:
    assert BUDGETS.keys() == {path.parent.name for path in (ROOT / "functions").glob("*/index.py")}


def test_what_is_deferred_is_in_no_budget() -> None:
    listed = set().union(*(start | warm for start, warm in BUDGETS.values()))
    assert listed.isdisjoint(name for name in DEFERRED if "." not in name)
