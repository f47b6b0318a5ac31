"""The policy documents: narrow by what they name, and made for every function there is."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.ram import policies, roles
from deploy.ram.__main__ import main, write
from deploy.ram.grants import BUCKET, CLAIMS, UPLOADS
from deploy.ram.roles import IDENTITIES, ROLE_OF_FUNCTION, Identity
from deploy.ram.scope import Scope, ScopeError
from facegate.ledger import tables
from facegate.settings import from_environment
from tests.policies import allows

ROOT = Path(__file__).resolve().parents[2]
NAMES = {
    "REGION": "ap-southeast-5",
    "ACCOUNT_ID": "1234567890123456",
    "BUCKET": "pictures-of-acme",
    "TABLESTORE_INSTANCE": "AcmeFaces",
    "SIGNUP_TOPIC": "sign-ups",
}
SCOPE = Scope.of(NAMES)
DOCUMENTS = policies.all_documents(SCOPE)
STATEMENTS = [
    (name, statement)
    for name, document in DOCUMENTS.items()
    if name.endswith(".policy.json")
    for statement in document["Statement"]
]
ON_EVERYTHING = {"fc:GetTempBucketToken"}
"""The one action of ours without a resource of its own."""


def test_every_function_of_s_yaml_has_a_role_and_no_other_has() -> None:
    resources = yaml.safe_load((ROOT / "s.yaml").read_text("utf-8"))["resources"]
    assert set(ROLE_OF_FUNCTION) == {resource["props"]["functionName"] for resource in resources.values()}


def test_every_function_and_trigger_of_s_yaml_has_the_role_that_is_made_for_it() -> None:
    named = yaml.safe_load((ROOT / "s.yaml").read_text("utf-8"))
    usual = named["vars"]["role"]
    for props in (resource["props"] for resource in named["resources"].values()):
        role = usual if props["role"] == "${vars.role}" else props["role"]
        assert role.rpartition("/")[2] == ROLE_OF_FUNCTION[props["functionName"]]
        for trigger in props["triggers"]:
            taken = {"oss": roles.UPLOAD_TRIGGER, "mns_topic": roles.SIGNUP_TRIGGER}.get(trigger["triggerType"])
            assert trigger.get("invocationRole", "").rpartition("/")[2] == (taken.name if taken else "")


def test_every_function_may_invoke_its_failure_destination() -> None:
    resources = yaml.safe_load((ROOT / "s.yaml").read_text("utf-8"))["resources"]
    identities = {identity.name: identity for identity in IDENTITIES}
    checked = 0
    for props in (resource["props"] for resource in resources.values()):
        destination = props["asyncInvokeConfig"].get("destinationConfig", {}).get("onFailure", {}).get("destination")
        if destination is None:
            continue
        arn = SCOPE.arn(f"acs:fc:{{region}}:{{account_id}}:functions/{destination.rpartition('/')[2]}")
        rights = policies.policy(identities[ROLE_OF_FUNCTION[props["functionName"]]], SCOPE)
        assert allows(rights, "fc:InvokeFunction", arn), props["functionName"]
        checked += 1
    assert checked == len(resources) - 1, "all but the destination itself"


def test_the_tables_are_those_of_the_settings() -> None:
    environment = {"FACEGATE_TABLESTORE_INSTANCE": "acme", "FACEGATE_BUCKET": "acme", "FACEGATE_USER_ID_KEY": "plain"}
    fc = {"FC_REGION": "ap-southeast-1", "FC_ACCOUNT_ID": "1", "FC_FUNCTION_NAME": "f", "FACEGATE_FACE_GROUPS": "g"}
    settings = from_environment({**environment, **fc})
    named = {resource.rpartition("/table/")[2] for grant in policies.TABLE for resource in grant.resources}
    names = {settings.claims_table, settings.results_table, settings.failures_table}
    assert {name for name in named if name.startswith("facegate_")} == names | {tables.index_of(settings.results_table)}


@pytest.mark.parametrize(("name", "statement"), STATEMENTS)
def test_no_statement_has_a_wildcard_for_actions_or_for_all_resources(name: str, statement: dict[str, Any]) -> None:
    assert not any("*" in action for action in statement["Action"])
    assert "*" not in statement["Resource"] or set(statement["Action"]) == ON_EVERYTHING


@pytest.mark.parametrize(("name", "statement"), STATEMENTS)
def test_every_resource_is_of_this_account_and_deployment(name: str, statement: dict[str, Any]) -> None:
    ours = r"acs:(ots|oss|fc|mns|ram|log):[a-z0-9-]*\*?:1234567890123456:.+"
    for resource in set(statement["Resource"]) - {"*"}:
        assert re.fullmatch(ours, resource), resource
        assert "{" not in resource


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_keeps_within_the_size_of_a_custom_policy(name: str) -> None:
    assert len(json.dumps(DOCUMENTS[name], indent=2)) <= policies.MAX_CHARACTERS


@pytest.mark.parametrize("identity", IDENTITIES, ids=lambda one: one.name)
def test_the_component_s_lower_casing_changes_no_name(identity: Identity) -> None:
    assert identity.name == identity.name.lower()


@pytest.mark.parametrize(
    ("identity", "service"),
    [
        (roles.VERIFICATION, "fc.aliyuncs.com"),
        (roles.UPLOAD_TRIGGER, "oss.aliyuncs.com"),
        (roles.SIGNUP_TRIGGER, "mns.aliyuncs.com"),
        (roles.GATEWAY, "apigateway.aliyuncs.com"),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_only_its_service_may_take_a_role(identity: Identity, service: str) -> None:
    document = policies.trust(identity)
    assert document is not None
    assert document["Statement"] == [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": [service]}}
    ]


@pytest.mark.parametrize(
    ("identity", "action", "template"),
    [
        (roles.RESULTS, "ots:PutRow", CLAIMS),
        (roles.RESULTS, "ots:DeleteRow", CLAIMS),
        (roles.FAILURES, "ots:DeleteRow", CLAIMS),
        (roles.VERIFICATION, "oss:DeleteObject", UPLOADS),
        (roles.VERIFICATION, "oss:PutObject", UPLOADS),
        (roles.VERIFICATION, "oss:ListObjects", BUCKET),
        (roles.ERASURE, "oss:GetObject", UPLOADS),
        (roles.UPLOAD_TRIGGER, "fc:InvokeFunction", "acs:fc:{region}:{account_id}:functions/erasure"),
        (roles.DEPLOYER, "ots:DeleteTable", CLAIMS),
        (roles.DEPLOYER, "ram:PassRole", "acs:ram:*:{account_id}:role/administrator"),
        (roles.OPERATOR, "fc:InvokeFunction", "acs:fc:{region}:{account_id}:functions/erasure"),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_what_nobody_needs_is_not_granted(identity: Identity, action: str, template: str) -> None:
    assert not allows(policies.policy(identity, SCOPE), action, SCOPE.arn(template))


@pytest.mark.parametrize("identity", [roles.RESULTS, roles.FAILURES], ids=lambda one: one.name)
def test_who_does_not_call_id_verification_has_no_right_to(identity: Identity) -> None:
    assert identity.system_policies == ()
    assert policies.narrow(identity, SCOPE) is None


def test_an_instance_is_lower_case_in_a_resource() -> None:
    assert SCOPE.arn(CLAIMS) == "acs:ots:ap-southeast-5:1234567890123456:instance/acmefaces/table/facegate_claims"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REGION", ""),
        ("REGION", "Singapore"),
        ("ACCOUNT_ID", "acme"),
        ("BUCKET", "*"),
        ("TABLESTORE_INSTANCE", "a/b"),
        ("SIGNUP_TOPIC", "sign ups"),
    ],
)
def test_a_wrong_name_is_refused_by_its_variable(name: str, value: str) -> None:
    with pytest.raises(ScopeError, match=f"^{name} is '{re.escape(value)}': expected the "):
        Scope.of({**NAMES, name: value})


def test_every_wrong_name_is_told_at_once() -> None:
    with pytest.raises(ScopeError) as refused:
        Scope.of({})
    assert [line.split()[0] for line in str(refused.value).splitlines()] == list(NAMES)


def test_make_ram_writes_the_documents_and_commands_that_name_each(tmp_path: Path) -> None:
    write(SCOPE, tmp_path)
    written = {path.name: json.loads(path.read_text()) for path in tmp_path.glob("*.json")}
    assert written == DOCUMENTS
    commands = (tmp_path / "commands.sh").read_text()
    for identity in IDENTITIES:
        assert f"--PolicyName {identity.name} --PolicyDocument" in commands
        assert (f"CreateRole --RoleName {identity.name} " in commands) is (identity.trusts is not None)
    assert "narrow" not in commands


def test_make_ram_refuses_in_one_word_per_variable(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUCKET", "No_Bucket")
    assert main([]) == 1
    assert "BUCKET is 'No_Bucket': expected the name of the OSS bucket" in capsys.readouterr().err
