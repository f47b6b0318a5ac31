"""The bucket's plan: what is wanted against what is there, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.provision import bucket, lifecycle
from deploy.provision.bucket import (
    BlockPublicAccess,
    Bucket,
    CreateBucket,
    Encryption,
    FoundBucket,
    SetEncryption,
    SetPrivate,
)
from deploy.provision.lifecycle import PutLifecycle, Rule
from deploy.provision.retention import Retention
from deploy.provision.steps import Step, Verdict
from facegate.events import deferred
from facegate.settings import from_environment
from tests.unit.layer_samples import ENVIRONMENT

ROOT = Path(__file__).parents[2]
RULES = lifecycle.wanted(Retention())
AES, KMS = Encryption("AES256"), Encryption("KMS", "key-1")
WANTED = Bucket("faces", "ap-southeast-1", AES, RULES)


def configuration(*rules: str) -> str:
    return f"<LifecycleConfiguration>{''.join(rules)}</LifecycleConfiguration>"


RIGHT = FoundBucket(
    "ap-southeast-1",
    is_blocked=True,
    encryption=AES,
    rules=lifecycle.read(configuration(*(rule.xml for rule in RULES))),
)


def foreign(prefix: str, action: str = "<Expiration><Days>9</Days></Expiration>", name: str = "theirs") -> str:
    return f"<Rule><ID>{name}</ID><Prefix>{prefix}</Prefix><Status>Enabled</Status>{action}</Rule>"


def steps(found: FoundBucket | None, want: Bucket = WANTED, *, may_shorten: bool = False) -> dict[str, Step]:
    return {step.resource: step for step in bucket.plan(want, found, may_shorten=may_shorten)}


def rules_step(*found: str, want: tuple[Rule, ...] = RULES, may_shorten: bool = False) -> Step:
    return lifecycle.plan(want, lifecycle.read(configuration(*found)), may_shorten=may_shorten)


def put_ids(step: Step) -> list[str]:
    assert isinstance(step.change, PutLifecycle)
    return [rule.id for rule in lifecycle.read(step.change.document)]


def test_every_prefix_that_facegate_uses_has_a_rule() -> None:
    uploads = yaml.safe_load((ROOT / "s.yaml").read_text("utf-8"))["resources"]["enroll-on-upload"]["props"]
    trigger = uploads["triggers"][0]["triggerConfig"]["filter"]["key"]["prefix"]
    used = {trigger, deferred.PREFIX, *from_environment(ENVIRONMENT).picture_prefixes}
    assert {rule.prefix for rule in RULES} == used


def test_a_missing_bucket_is_made_private_then_blocked_and_encrypted() -> None:
    planned = steps(None)
    assert [step.change for step in planned.values() if not isinstance(step.change, PutLifecycle)] == [
        CreateBucket(),
        BlockPublicAccess(),
        SetEncryption(AES),
        None,
    ]
    assert put_ids(planned["lifecycle rules"]) == [rule.id for rule in RULES]
    assert next(iter(planned)) == "bucket faces"


def test_what_is_right_is_left_alone() -> None:
    assert {step.verdict for step in steps(RIGHT).values()} == {Verdict.UNCHANGED}


@pytest.mark.parametrize(
    ("found", "resource", "change"),
    [
        ({"acl": "public-read"}, "bucket faces", SetPrivate()),
        ({"is_blocked": False}, "public access", BlockPublicAccess()),
        ({"encryption": None}, "encryption", SetEncryption(AES)),
    ],
)
def test_what_drifted_to_less_safety_is_repaired(found: dict[str, Any], resource: str, change: object) -> None:
    planned = steps(replace(RIGHT, **found))
    assert [(name, step.change) for name, step in planned.items() if step.change] == [(resource, change)]


@pytest.mark.parametrize(
    ("found", "resource", "said"),
    [
        ({"versioning": "Enabled"}, "versioning", "outlive an erasure"),
        ({"versioning": "Suspended"}, "versioning", "outlive an erasure"),
        ({"encryption": KMS}, "encryption", "BUCKET_ENCRYPTION"),
        ({"encryption": Encryption("SM4")}, "encryption", "BUCKET_ENCRYPTION"),
    ],
)
def test_what_cannot_be_changed_safely_differs(found: dict[str, Any], resource: str, said: str) -> None:
    planned = steps(replace(RIGHT, **found))
    assert [name for name, step in planned.items() if step.verdict is Verdict.DIFFERS] == [resource]
    assert said in planned[resource].detail


def test_a_bucket_in_another_region_ends_the_plan() -> None:
    [step] = steps(replace(RIGHT, region="cn-hongkong", acl="public-read")).values()
    assert (step.verdict, "it is in cn-hongkong" in step.detail) == (Verdict.DIFFERS, True)


@pytest.mark.parametrize("found", [AES, Encryption("KMS"), Encryption("KMS", "key-2"), None])
def test_a_key_of_kms_is_set_where_it_is_wanted(found: Encryption | None) -> None:
    planned = steps(replace(RIGHT, encryption=found), replace(WANTED, encryption=KMS))
    assert planned["encryption"].change == SetEncryption(KMS)


def test_rules_of_others_travel_as_they_came() -> None:
    theirs = foreign("reports/", "<Transition><Days>3</Days><StorageClass>IA</StorageClass><New>x</New></Transition>")
    step = rules_step(theirs)
    assert isinstance(step.change, PutLifecycle)
    assert theirs in step.change.document
    assert put_ids(step) == ["theirs", *(rule.id for rule in RULES)]
    assert "1 of others kept" in step.detail


@pytest.mark.parametrize(
    ("theirs", "stands_in_the_way"),
    [
        (foreign("enroll/"), True),
        (foreign("enroll/", "<Transition><Days>3</Days><StorageClass>IA</StorageClass></Transition>"), True),
        (foreign("enroll/old/"), True),
        (foreign(""), True),
        (foreign("", "<AbortMultipartUpload><Days>3</Days></AbortMultipartUpload>"), True),
        (foreign("", "<Transition><Days>3</Days><StorageClass>IA</StorageClass></Transition>"), False),
        (foreign("enrolled/"), False),
    ],
)
def test_a_rule_of_others_that_oss_would_not_take_beside_ours_differs(theirs: str, stands_in_the_way: bool) -> None:
    step = rules_step(theirs)
    assert (step.verdict is Verdict.DIFFERS) is stands_in_the_way
    assert not stands_in_the_way or "'theirs'" in step.detail


def ours(days: int = 30, status: str = "Enabled", prefix: str = "enroll/", more: str = "", name: str = "enroll") -> str:
    return (
        f"<Rule><ID>facegate-{name}</ID><Prefix>{prefix}</Prefix><Status>{status}</Status>"
        f"<Expiration><Days>{days}</Days></Expiration>"
        f"<AbortMultipartUpload><Days>1</Days></AbortMultipartUpload>{more}</Rule>"
    )


OTHER_TWO = tuple(rule.xml for rule in RULES[1:])


@pytest.mark.parametrize(
    ("found", "detail"),
    [
        (ours(7), "enroll/ 7 days → 30 days"),
        (ours(status="Disabled"), "enroll/ 30 days repaired"),
        (ours(prefix="enrol/"), "enroll/ 30 days repaired"),
        (ours(more="<NoncurrentVersionExpiration/>"), "enroll/ 30 days repaired"),
        (ours() + ours(name="former", prefix="former/"), "facegate-former removed"),
        (ours().replace("<AbortMultipartUpload><Days>1</Days></AbortMultipartUpload>", ""), "enroll/ 30 days repaired"),
        (ours().replace("<Days>30</Days>", "<CreatedBeforeDate>2026</CreatedBeforeDate>"), "enroll/ no days → 30 days"),
        ("", "enroll/ 30 days"),
    ],
)
def test_a_rule_of_ours_that_drifted_is_repaired(found: str, detail: str) -> None:
    step = rules_step(found, *OTHER_TWO)
    assert (step.verdict, step.detail) == (Verdict.CHANGED, detail)
    assert sorted(put_ids(step)) == sorted(rule.id for rule in RULES)


def test_days_that_would_delete_objects_are_shortened_on_demand_only() -> None:
    found = (ours(31), *OTHER_TWO)
    refused, allowed = rules_step(*found), rules_step(*found, may_shorten=True)
    assert (refused.verdict, allowed.verdict) == (Verdict.DIFFERS, Verdict.CHANGED)
    assert "enroll/ 31 days → 30 days" in allowed.detail
    assert "--shorten-retention" in refused.detail


def test_a_disabled_rule_deletes_nothing_yet_so_its_days_do_not_count_as_longer() -> None:
    assert rules_step(ours(31, "Disabled"), *OTHER_TWO).verdict is Verdict.CHANGED


def test_rules_in_a_namespace_are_read_and_written_without_it() -> None:
    document = configuration(foreign("reports/")).replace(
        "<LifecycleConfiguration>", '<LifecycleConfiguration xmlns="http://doc.oss-cn-hangzhou.aliyuncs.com">'
    )
    [rule] = lifecycle.read(document)
    assert (rule.id, rule.xml) == ("theirs", foreign("reports/"))


def test_a_half_specified_encryption_or_step_is_refused() -> None:
    with pytest.raises(ValueError, match="only KMS"):
        Encryption("AES256", "key-1")
    with pytest.raises(ValueError, match="CREATED"):
        Step("x", Verdict.CREATED)
    with pytest.raises(ValueError, match="DIFFERS"):
        Step("x", Verdict.DIFFERS, change=CreateBucket())
