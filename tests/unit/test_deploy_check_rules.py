"""The rules of `make check-deploy`: each mistake, put into the real s.yaml, is told in exactly one clear line."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.check.rules import RULES, name_of
from deploy.variables import ROOT
from tests.unit.deploy_check_mistakes import ENVIRONMENT, FACE, MISTAKES, OSS, UPLOADS
from tests.unit.deploy_check_samples import REMOVED, VALUES, checked, oss_trigger, report


def test_the_file_of_this_repository_is_fit() -> None:
    found = report()

    assert [str(finding) for finding in found.findings] == []
    assert found.functions == len(list((ROOT / "functions").glob("*/index.py")))


@pytest.mark.parametrize(("key", "value", "where", "problem", "rule"), MISTAKES)
def test_a_mistake_is_told_in_one_line(key: str, value: Any, where: str, problem: str, rule: str) -> None:
    assert checked((key, value)) == [f"resources.{where or key}: {problem} [{rule}]"]


def test_a_route_without_a_function_is_told() -> None:
    assert checked(("erasure", REMOVED)) == [
        "resources: there is no erasure, to which DELETE /v1/users/{MerchantUserId} of routes.yaml leads"
        " [every-route-has-a-function]"
    ]


def test_what_is_wrong_in_all_functions_alike_is_told_once() -> None:
    elsewhere = {name: value.replace("ap-southeast-1", "eu-central-1") for name, value in VALUES.items()}

    assert checked(values=elsewhere) == [
        "resources.*.props.region: is eu-central-1: ID Verification is offered in ap-southeast-1, ap-southeast-5,"
        " cn-hongkong, ap-southeast-3 [the-region-offers-id-verification]"
    ]


def test_what_is_wrong_in_some_functions_alike_is_told_once_and_names_them() -> None:
    assert checked(("results.props.diskSize", 1024), ("erasure.props.diskSize", 1024)) == [
        "resources.{erasure, results}.props.diskSize: is 1024: expected 512 or 10240 [shape]"
    ]


def test_triggers_that_cannot_meet_do_not_overlap() -> None:
    events = f"{OSS}.triggerConfig.events"
    apart = oss_trigger("enroll/b/", "")

    assert checked((f"{OSS}.triggerConfig.filter.key.prefix", "enroll/a/"), (f"{UPLOADS}.triggers[1]", apart)) == []
    assert checked((events, ["oss:ObjectCreated:PostObject"]), (f"{UPLOADS}.triggers[1]", apart)) == []


def test_every_mistake_is_told_at_once_in_the_order_of_the_keys() -> None:
    found = checked(
        (f"{FACE}.cpu", 1.5), (f"{ENVIRONMENT}.FACEGATE_BUKET", "x"), ("erasure.props.internetAccess", True)
    )

    assert [line.split(": ")[0] for line in found] == [
        "resources.erasure.props.internetAccess",
        f"resources.{FACE}.cpu",
        f"resources.{ENVIRONMENT}.FACEGATE_BUKET",
    ]


def test_every_rule_has_a_mistake_that_breaks_it() -> None:
    broken = {rule for *_, rule in MISTAKES} | {"every-route-has-a-function", "the-region-offers-id-verification"}

    assert {name_of(rule) for rule in RULES} == broken
