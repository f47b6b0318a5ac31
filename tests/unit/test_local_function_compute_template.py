"""s.yaml as the local cloud reads it: what becomes of each value, and what is refused under which name."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from local.function_compute.template import HttpTrigger, Initializer, load_template
from local.function_compute.variables import TemplateError

if TYPE_CHECKING:
    from pathlib import Path

REMOVED = object()
VALID: dict[str, Any] = {
    "edition": "3.0.0",
    "vars": {"region": "${env('REGION')}", "limits": {"seconds": 30}, "loop": "${vars.loop}"},
    "resources": {
        "compare": {
            "component": "fc3",
            "props": {
                "functionName": "face-compare",
                "region": "${vars.region}",
                "runtime": "python3.10",
                "handler": "index.handler",
                "code": "./code",
                "timeout": "${vars.limits.seconds}",
                "environmentVariables": {"KEY": "a ${env('KEY')} b"},
                "triggers": [
                    {"triggerName": "timer", "triggerType": "timer", "triggerConfig": {}},
                    {
                        "triggerName": "http",
                        "triggerType": "http",
                        "triggerConfig": {"authType": "function", "methods": ["GET", "POST"]},
                    },
                ],
            },
        },
        "domain": {"component": "fc3-domain", "props": {"domainName": "${resources.compare.output.url}"}},
    },
}
ENVIRONMENT = {"REGION": "ap-southeast-1", "KEY": "secret"}


def load(folder: Path, document: object, environment: dict[str, str] | None = None) -> Any:
    (folder / "code").mkdir(exist_ok=True)
    path = folder / "s.yaml"
    path.write_text(document if isinstance(document, str) else yaml.safe_dump(document), "utf-8")
    return load_template(path, ENVIRONMENT if environment is None else environment)


def changed(key: str, value: object) -> dict[str, Any]:
    """VALID with one dotted key set or removed; a key that starts with a dot is under the function's props."""
    document = deepcopy(VALID)
    *path, last = ("resources.compare.props" + key if key.startswith(".") else key).split(".")
    target: Any = document
    for step in path:
        target = target.setdefault(step, {})
    if value is REMOVED:
        del target[last]
    else:
        target[last] = value
    return document


def test_a_function_is_read_with_its_variables_rendered_and_its_defaults(tmp_path: Path) -> None:
    functions = load(tmp_path, VALID)

    spec = functions["face-compare"]
    assert list(functions) == ["face-compare"]
    assert spec.region == "ap-southeast-1"
    assert spec.timeout_seconds == 30
    assert spec.environment == {"KEY": "a secret b"}
    assert spec.code == (tmp_path / "code").resolve()
    assert spec.http_trigger == HttpTrigger("http", ("GET", "POST"), "function")
    assert (spec.memory_mb, spec.cpu, spec.layers, spec.role) == (512, 0.35, (), None)
    assert spec.initializer is None
    assert spec.reserved_concurrency is None


@pytest.mark.parametrize(
    ("text", "rendered"),
    [
        ("${env('ABSENT', 'fallback')}", "fallback"),
        ("${env('ABSENT', '')}", ""),
        ('${env("KEY")}', "secret"),
        ("${ env('KEY') }", "secret"),
        ("${vars.region}/${env('KEY')}", "ap-southeast-1/secret"),
        ("in ${vars.limits.seconds} s", "in 30 s"),
        ("$HOME and {braces}", "$HOME and {braces}"),
    ],
)
def test_a_variable_renders(tmp_path: Path, text: str, rendered: str) -> None:
    functions = load(tmp_path, changed(".environmentVariables", {"A": text}))

    assert functions["face-compare"].environment == {"A": rendered}


def test_the_other_optional_settings_are_read(tmp_path: Path) -> None:
    document = changed(".instanceLifecycleConfig", {"initializer": {"handler": "index.initialize", "timeout": 20}})
    document["resources"]["compare"]["props"] |= {
        "concurrencyConfig": {"reservedConcurrency": 3},
        "logConfig": {"project": "p", "logstore": "l"},
        "layers": ["acs:fc:ap-southeast-1:1:layers/facegate/versions/1"],
        "role": "acs:ram::1:role/facegate",
        "memorySize": 1024,
        "cpu": 1,
    }

    spec = load(tmp_path, document)["face-compare"]

    assert spec.initializer == Initializer("index.initialize", 20)
    assert spec.reserved_concurrency == 3
    assert (spec.log_project, spec.log_store) == ("p", "l")
    assert (spec.memory_mb, spec.cpu) == (1024, 1.0)
    assert spec.role == "acs:ram::1:role/facegate"
    assert len(spec.layers) == 1


@pytest.mark.parametrize(
    ("key", "value", "named", "problem"),
    [
        ("edition", "1.0.0", "edition", "3.0.0"),
        ("resources", {}, "resources", "no function"),
        ("resources.compare", "text", "resources.compare", "mapping"),
        ("resources.compare.extend", {"name": "base"}, "resources.compare.extend", "anchors"),
        (".functionName", REMOVED, "props.functionName", "missing"),
        (".functionName", "9lives", "props.functionName", "of the form"),
        (".region", "${env('ABSENT')}", "props.region", "ABSENT"),
        (".region", "${vars.absent}", "props.region", "not declared"),
        (".region", "${vars.loop}", "props.region", "refers to itself"),
        (".region", "at ${vars.limits}", "props.region", "single value"),
        (".region", "${config('AccountID')}", "props.region", "not understood"),
        (".runtime", "python3.11", "props.runtime", "python3.10"),
        (".handler", "handler", "props.handler", "file.func"),
        (".handler", "../index.handler", "props.handler", "file.func"),
        (".code", "./nowhere", "props.code", "no such folder"),
        (".code", {"ossBucketName": "b"}, "props.code", "string"),
        (".timeout", "30", "props.timeout", "integer"),
        (".timeout", True, "props.timeout", "integer"),
        (".timeout", 86401, "props.timeout", "86400"),
        (".memorySize", 1000, "props.memorySize", "multiple of 64"),
        (".cpu", 0, "props.cpu", "number"),
        (".environmentVariables", {"A": 1}, "props.environmentVariables.A", "quote it"),
        (".environmentVariables", {"FC_REGION": "x"}, "environmentVariables.FC_REGION", "FC_"),
        (".environmentVariables", {"1A": "x"}, "environmentVariables.1A", "letter"),
        (".environmentVariables", {"A": "é" * 2048}, "props.environmentVariables", "4096"),
        (".layers", "acs:fc", "props.layers", "list"),
        (".instanceLifecycleConfig.initializer.handler", "init", "initializer.handler", "file.func"),
        (".instanceLifecycleConfig.preStop", {}, "preStop", "not run"),
        (".concurrencyConfig.reservedConcurrency", 0, "reservedConcurrency", "integer"),
        (".triggers", [{"triggerType": "http", "triggerConfig": {"methods": ["BREW"]}}], "methods", "POST"),
        (
            ".triggers",
            [
                {"triggerName": "a", "triggerType": "http", "triggerConfig": {"methods": ["GET"], "authType": "x"}},
            ],
            "triggers[0].triggerConfig.authType",
            "anonymous",
        ),
        (".triggers", [{"triggerType": "http"}, {"triggerType": "http"}], "props.triggers", "one HTTP trigger"),
    ],
)
def test_a_wrong_value_is_refused_under_its_name(
    tmp_path: Path, key: str, value: object, named: str, problem: str
) -> None:
    with pytest.raises(TemplateError) as refusal:
        load(tmp_path, changed(key, value))

    assert named in str(refusal.value)
    assert problem in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("text", ["- a list", "a: [unclosed", "just text", "a: *unknown"])
def test_a_file_that_is_no_template_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(TemplateError) as refusal:
        load(tmp_path, text)

    assert "s.yaml" in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_two_functions_of_one_name_are_refused(tmp_path: Path) -> None:
    document = deepcopy(VALID)
    document["resources"]["other"] = document["resources"]["compare"]

    with pytest.raises(TemplateError, match=r"resources\.other\.props\.functionName: face-compare is also compare's"):
        load(tmp_path, document)


def test_the_environment_of_the_process_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGION", "from-the-shell")

    with pytest.raises(TemplateError, match="REGION has no value"):
        load(tmp_path, VALID, {"KEY": "k"})
