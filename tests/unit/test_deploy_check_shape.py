"""Keys and types in `make check-deploy`: what the component's own schema lets pass is refused, at its key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from deploy.check.checking import check
from deploy.variables import ROOT
from tests.unit.deploy_check_samples import ACCOUNT, REMOVED, VALUES, checked

FACE = "face-compare.props"
UPLOADS = "enroll-on-upload.props"
OSS = f"{UPLOADS}.triggers[0]"
JWKS = {"kty": "RSA", "alg": "RS256", "use": "sig", "n": "AQAB", "e": "AQAB"}

REFUSED: list[tuple[str, Any, str]] = [
    (f"{FACE}.memorysize", 1024, "unknown key; did you mean memorySize?"),
    (f"{FACE}.asyncInvokeConfig.maxRetries", 3, "unknown key; known here: asyncTask, destinationConfig, "),
    (f"{FACE}.provisionConfig", {}, "unknown key; known here: asyncInvokeConfig, code, "),
    (f"{OSS}.triggerConfig.filter.key.preffix", "a/", "unknown key; did you mean prefix?"),
    (f"{FACE}.timeout", "30", "is '30': expected whole seconds from 1 to 86400"),
    (f"{FACE}.timeout", 86401, "is 86401: expected whole seconds from 1 to 86400"),
    (f"{FACE}.timeout", 30.5, "is 30.5: expected whole seconds from 1 to 86400"),
    (f"{FACE}.memorySize", 1000, "is 1000: expected a multiple of 64 from 128 to 32768, in MB"),
    (f"{FACE}.cpu", True, "is True: expected a number from 0.05 to 16"),
    (f"{FACE}.diskSize", 1024, "is 1024: expected 512 or 10240"),
    (f"{FACE}.runtime", "python3.12", "is 'python3.12': expected python3.10"),
    (f"{FACE}.role", "auto", "is 'auto': expected acs:ram::<account>:role/<name>, in lower case"),
    (f"{FACE}.role", "", "is '': expected acs:ram::<account>:role/<name>"),
    (f"{FACE}.role", f"acs:ram::{ACCOUNT}:role/Facegate", f"is 'acs:ram::{ACCOUNT}:role/Facegate': expected"),
    (f"{FACE}.role", REMOVED, "is missing: expected acs:ram::<account>:role/<name>"),
    (f"{FACE}.internetAccess", "no", "is 'no': expected true or false"),
    (f"{FACE}.internetAccess", REMOVED, "is missing: expected true or false"),
    (f"{FACE}.logConfig", "auto", "is 'auto': expected a mapping"),
    (f"{FACE}.logConfig", REMOVED, "is missing: expected a mapping"),
    (f"{FACE}.logConfig.project", "", "is '': expected the name of a log project"),
    (f"{FACE}.asyncInvokeConfig", REMOVED, "is missing: expected a mapping"),
    (f"{FACE}.asyncInvokeConfig.maxAsyncEventAgeInSeconds", REMOVED, "is missing: expected whole seconds from 1"),
    (f"{FACE}.asyncInvokeConfig.maxAsyncRetryAttempts", 9, "is 9: expected a whole number from 0 to 8"),
    (f"{FACE}.asyncInvokeConfig.destinationConfig", None, "is None: expected a mapping"),
    (
        f"{FACE}.asyncInvokeConfig.destinationConfig.onFailure.destination",
        "record-failure",
        "is 'record-failure': expected acs:fc:<region>:<account>:functions/<function>",
    ),
    (f"{FACE}.layers", "facegate", "is 'facegate': expected a list"),
    (f"{FACE}.layers[0]", "facegate", "is 'facegate': expected acs:fc:<region>:<account>:layers/<name>/versions/"),
    (f"{FACE}.tags[0].value", REMOVED, "is missing: expected at most 128 characters"),
    (f"{FACE}.vpcConfig.vSwitchIds", "vsw-1", "is 'vsw-1': expected a list"),
    (f"{FACE}.triggers[0].triggerType", "https", "is 'https': expected one of http, oss, mns_topic"),
    (f"{FACE}.triggers[0].triggerConfig", "${vars.httpp.POST}", "${vars.httpp.POST} is not declared under vars"),
    (f"{OSS}.invocationRole", REMOVED, "is missing: expected acs:ram::<account>:role/<name>"),
    (f"{OSS}.sourceArn", "my-bucket", "is 'my-bucket': expected acs:oss:<region>:<account>:<bucket>"),
    (f"{OSS}.triggerConfig.filter.key.prefix", "", "is '': expected text that is not empty"),
    (f"{OSS}.triggerConfig.events", [], "has 0 items: expected at least one event type"),
    (f"{UPLOADS}.concurrencyConfig.reservedConcurrency", "4", "is '4': expected a whole number from 1 to 300"),
    (f"{UPLOADS}.concurrencyConfig.reservedConcurrency", REMOVED, "is missing: expected a whole number from 1"),
    ("results.component", "fc", "is 'fc': expected fc3"),
    ("results.actions", {}, "unknown key; known here: component, props"),
    ("edition", "1.0.0", "is '1.0.0': expected 3.0.0"),
]


@pytest.mark.parametrize(("key", "value", "told"), REFUSED)
def test_a_wrong_key_or_value_is_told_in_one_line(key: str, value: Any, told: str) -> None:
    (line,) = checked((key, value))

    where = key if key == "edition" else f"resources.{key}"
    assert line.startswith(f"{where}: {told}")


def test_an_unknown_key_does_not_hide_what_else_is_wrong() -> None:
    found = checked((f"{FACE}.memorysize", 1024), (f"{FACE}.cpu", 1.5), (f"{FACE}.tags[0].colour", "red"))

    assert [line.split(": ")[0] for line in found] == [
        f"resources.{FACE}.cpu",
        f"resources.{FACE}.memorysize",
        f"resources.{FACE}.tags[0].colour",
    ]


def test_a_function_of_a_wrong_shape_does_not_make_others_wrong() -> None:
    assert len(checked(("record-failure.props.timeout", "x"))) == 1


def test_a_variable_that_is_no_text_is_told_without_its_value() -> None:
    (line,) = checked((f"{FACE}.environmentVariables.FACEGATE_USER_ID_KEY", 12345678))

    assert line == f"resources.{FACE}.environmentVariables.FACEGATE_USER_ID_KEY: is not text: put it in quotes [shape]"


def test_a_variable_without_a_value_is_told() -> None:
    values = {name: value for name, value in VALUES.items() if name != "LOG_PROJECT"}

    assert checked(values=values) == [
        "resources.*.props.logConfig.project: the variable LOG_PROJECT has no value and no default [variables]"
    ]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            {"ENROLMENT_CONCURRENCY": "twelve"},
            "reservedConcurrency: ${json(env('ENROLMENT_CONCURRENCY', '4'))}: 'twelve'",
        ),
        ({"ENROLMENT_CONCURRENCY": "0"}, "reservedConcurrency: is 0: expected a whole number from 1 to 300"),
        ({"HTTP_AUTH": "anonymous"}, "the file ./deploy/http-auth/anonymous.json cannot be read"),
        ({"HTTP_AUTH": "jwt"}, "the variable JWKS_FILE has no value and no default"),
        ({"HTTP_AUTH": "jwt", "JWKS_FILE": "absent.json"}, "the file absent.json cannot be read"),
        ({"VPC_ID": "vpc-1"}, "has no vSwitchIds and no securityGroupId"),
        ({"FACE_GROUPS": "a group"}, "FACEGATE_FACE_GROUPS must list face group codes"),
        ({"USER_ID_KEY": "short"}, "FACEGATE_USER_ID_KEY must have at least 32 characters"),
    ],
)
def test_a_wrong_value_of_the_deployments_is_told(given: dict[str, str], told: str) -> None:
    found = checked(values={**VALUES, **given})

    assert found
    assert all(told in line for line in found)


def test_a_vpc_and_more_instances_are_taken_from_the_deployments_values() -> None:
    given = {"VPC_ID": "vpc-1", "VSWITCH_IDS": '["vsw-1","vsw-2"]', "SECURITY_GROUP_ID": "sg-1"}

    assert checked(values={**VALUES, **given, "ENROLMENT_CONCURRENCY": "12", "SIGNUP_CONCURRENCY": "12"}) == []


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, []),
        ({"d": "AQAB"}, ["keys[0].d: unknown key; known here: alg, e, kid, kty, n, use [unknown-key]"]),
        ({"alg": "HS256"}, ["keys[0].alg: is 'HS256': expected RS256 [shape]"]),
        ({"n": "+/=="}, ["keys[0].n: is '+/==': expected Base64url without padding [shape]"]),
    ],
)
def test_tokens_are_checked_with_one_public_rsa_key(tmp_path: Path, changed: dict[str, str], told: list[str]) -> None:
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps({"keys": [{**JWKS, **changed}]}), "utf-8")

    found = checked(values={**VALUES, "HTTP_AUTH": "jwt", "JWKS_FILE": str(path)})

    place = ".props.triggers[0].triggerConfig.authConfig.jwks."
    assert {line.partition(place)[2] for line in found} == set(told)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- a list", "s.yaml: is not a YAML mapping [yaml]"),
        ("a: [unclosed", "s.yaml: while parsing a flow sequence"),
        ("edition: 3.0.0\nedition: 3.0.0", "s.yaml: line 2 gives edition a second time [yaml]"),
        ("? [a, b]\n: c", "s.yaml: line 1 has a key that is no text [yaml]"),
    ],
)
def test_what_is_no_template_is_refused_in_one_line(text: str, told: str) -> None:
    (finding,) = check(text, ROOT, VALUES).findings

    assert str(finding).startswith(told)
    assert "\n" not in str(finding)


def test_an_unknown_section_of_the_file_is_told() -> None:
    text = (ROOT / "s.yaml").read_text("utf-8") + "\nservices: {}\n"

    assert [str(finding) for finding in check(text, ROOT, VALUES).findings] == [
        "s.yaml: services: unknown key; known here: access, edition, name, resources, vars [unknown-key]"
    ]
