"""`make provision` against the local cloud: what it makes, what it repairs, what it leaves alone."""

from __future__ import annotations

from collections.abc import Iterator

import alibabacloud_oss_v2 as oss
import pytest
import tablestore as ts

from tests.cloud import Cloud, running
from tests.functional.provision_world import DAY, TABLES, World

RESOURCES = [
    "table facegate_claims",
    "table facegate_results",
    "table facegate_failures",
    "bucket",
    "public access",
    "encryption",
    "versioning",
    "lifecycle rules",
    "topic",
]
RESULT_COLUMNS = (("user", "STRING"), ("decided_at_ms", "INTEGER"), ("record", "STRING"))


@pytest.fixture(scope="module")
def own_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with running(tmp_path_factory.mktemp("provision")) as started:
        yield started


@pytest.fixture
def world(own_cloud: Cloud) -> World:
    return World(own_cloud)


def test_the_first_run_makes_everything_and_the_second_changes_nothing(world: World) -> None:
    first = world.lines()
    assert list(first) == RESOURCES
    assert {said.partition(":")[0] for name, said in first.items() if name not in ("versioning", "public access")} == {
        "created"
    }

    with world.unchanged():
        second = world.lines()

    assert list(second) == [*RESOURCES[:2], "index facegate_results_by_user", *RESOURCES[2:]]
    assert {said.partition(":")[0] for said in second.values()} == {"unchanged"}


def test_what_was_made_is_what_the_functions_and_the_law_need(world: World) -> None:
    world.lines(FAILURE_RETENTION_DAYS="14", UPLOAD_RETENTION_DAYS="3")

    assert [world.days_to_live(name) for name in TABLES] == [180, 180, 14]
    results = world.describe("facegate_results")
    assert results.table_options.allow_update is False
    assert [index.index_name for index in results.secondary_indexes] == ["facegate_results_by_user"]
    info = world.info()
    assert (info.acl, info.block_public_access, info.sse_rule.sse_algorithm) == ("private", True, "AES256")
    assert [
        (rule.prefix, rule.status, rule.expiration.days, rule.abort_multipart_upload.days) for rule in world.rules()
    ] == [("enroll/", "Enabled", 3, 1), ("pictures/", "Enabled", 30, 1), ("deferred/", "Enabled", 1, 1)]
    assert world.topics.get_topic(world.variables["SIGNUP_TOPIC"]).get_attributes().maximum_message_size == 65536


def test_a_dry_run_says_all_and_changes_nothing(world: World) -> None:
    with world.unchanged():
        lines = world.lines("--dry-run")

    assert list(lines) == RESOURCES
    assert {said.partition(":")[0] for said in lines.values()} == {"would be created", "would be changed", "unchanged"}
    assert not set(world.tables.list_table()) & set(TABLES)


@pytest.mark.parametrize("table", TABLES)
def test_a_time_to_live_that_drifted_is_repaired(world: World, table: str) -> None:
    world.lines()
    wanted = world.days_to_live(table)
    world.tables.update_table(table, ts.TableOptions(DAY, None, None))

    lines = world.lines()

    assert lines[f"table {table}"] == f"changed: time to live 1 day → {wanted:.0f} days"
    assert world.days_to_live(table) == wanted
    assert [name for name, said in lines.items() if not said.startswith("unchanged")] == [f"table {table}"]


def test_retention_is_shortened_on_demand_only(world: World) -> None:
    world.lines()
    with world.unchanged():
        refused = world.lines(status=1, RETENTION_DAYS="90", PICTURE_RETENTION_DAYS="7")
    assert "--shorten-retention" in refused["table facegate_claims"]
    assert "pictures/ 30 days → 7 days would delete objects" in refused["lifecycle rules"]

    world.lines("--shorten-retention", RETENTION_DAYS="90", PICTURE_RETENTION_DAYS="7")

    assert world.days_to_live("facegate_results") == 90
    assert [rule.expiration.days for rule in world.rules()] == [30, 7, 1]


def test_a_table_with_another_primary_key_is_refused_and_the_rest_is_made(world: World) -> None:
    world.create_table("facegate_claims", key="claim_key", kind="INTEGER")

    lines = world.lines(status=1)

    said = lines.pop("table facegate_claims")
    assert said.startswith("differs, not changed: its primary key is claim_key INTEGER where claim_key STRING")
    assert lines["table facegate_results"].startswith("created")
    assert lines["topic"].startswith("created")


@pytest.mark.parametrize(("rows", "status", "said"), [(0, 0, "created"), (1, 1, "differs, not changed: missing")])
def test_a_missing_index_is_made_while_there_are_no_rows(world: World, rows: int, status: int, said: str) -> None:
    world.create_table("facegate_results", key="result_key", columns=RESULT_COLUMNS, allow_update=False)
    for number in range(rows):
        world.tables.put_row("facegate_results", ts.Row([("result_key", f"k{number}")], [("record", "{}")]))

    lines = world.lines(status=status)

    assert lines["table facegate_results"] == "unchanged"
    assert lines["index facegate_results_by_user"].startswith(said)
    assert len(world.describe("facegate_results").secondary_indexes) == 1 - rows


def test_an_index_on_other_columns_is_refused(world: World) -> None:
    world.create_table("facegate_results", key="result_key", columns=RESULT_COLUMNS, allow_update=False)
    other = ts.SecondaryIndexMeta("facegate_results_by_user", ["decided_at_ms"], ["record"])
    world.tables.create_secondary_index("facegate_results", other, include_base_data=False)

    said = world.lines(status=1)["index facegate_results_by_user"]

    assert said.startswith("differs, not changed: it is on decided_at_ms, result_key, record where user,")


def test_a_bucket_that_was_opened_is_closed_again(world: World) -> None:
    world.lines()
    client = world.cloud.oss
    client.delete_bucket_public_access_block(oss.DeleteBucketPublicAccessBlockRequest(world.bucket))
    client.put_bucket_acl(oss.PutBucketAclRequest(world.bucket, acl="public-read"))
    client.delete_bucket_encryption(oss.DeleteBucketEncryptionRequest(world.bucket))

    lines = world.lines()

    assert lines["bucket"] == "changed: ACL public-read → private"
    assert lines["public access"] == "changed: blocked"
    assert lines["encryption"] == "created: AES256"
    assert (world.info().acl, world.info().block_public_access) == ("private", True)


def test_encryption_by_a_key_of_kms_is_set_and_never_given_up(world: World) -> None:
    kms = {"BUCKET_ENCRYPTION": "KMS", "BUCKET_KMS_KEY_ID": "key-1"}
    assert world.lines(**kms)["encryption"] == "created: KMS with the key key-1"
    with world.unchanged():
        assert world.lines(**kms)["encryption"] == "unchanged"
        assert "it is KMS with the key key-1, more than AES256" in world.lines(status=1)["encryption"]


def test_lifecycle_rules_of_others_are_kept(world: World) -> None:
    world.lines()
    theirs = oss.LifecycleRule(
        id="reports",
        prefix="reports/",
        status="Disabled",
        transitions=[oss.LifecycleRuleTransition(days=30, storage_class="IA")],
        expiration=oss.LifecycleRuleExpiration(days=365),
    )
    ours = oss.LifecycleRule(
        id="facegate-enroll", prefix="enroll/", status="Disabled", expiration=oss.LifecycleRuleExpiration(days=9)
    )
    world.put_rules(theirs, ours)

    said = world.lines()["lifecycle rules"]

    assert said == "changed: enroll/ 9 days → 30 days, pictures/ 30 days, deferred/ 1 day, 1 of others kept"
    kept, *rest = world.rules()
    assert (kept.id, kept.status, kept.expiration.days) == ("reports", "Disabled", 365)
    assert (kept.transitions[0].days, kept.transitions[0].storage_class) == (30, "IA")
    assert [(rule.id, rule.status) for rule in rest] == [
        (f"facegate-{name}", "Enabled") for name in ("enroll", "pictures", "deferred")
    ]
    with world.unchanged():
        assert world.lines()["lifecycle rules"] == "unchanged: 1 of others kept"


def test_a_rule_of_others_that_stands_in_the_way_is_told_of_and_stays(world: World) -> None:
    world.cloud.oss.put_bucket(oss.PutBucketRequest(world.bucket))
    world.put_rules(
        oss.LifecycleRule(id="all", prefix="", status="Enabled", expiration=oss.LifecycleRuleExpiration(days=9))
    )

    said = world.lines(status=1)["lifecycle rules"]

    assert said.startswith("differs, not changed: the rule 'all' for the whole bucket stands in the way of enroll/")
    assert [rule.id for rule in world.rules()] == ["all"]


def test_a_topic_of_others_is_used_as_it_is(world: World) -> None:
    topic = world.topics.get_topic(world.variables["SIGNUP_TOPIC"])
    topic.create(type("Meta", (), {"maximum_message_size": 2048, "logging_enabled": True}))

    assert world.lines()["topic"] == "unchanged"
    assert topic.get_attributes().maximum_message_size == 2048
