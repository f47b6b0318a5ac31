"""What `make provision` says when it cannot: one line that names what to look at, and nothing is changed."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec.structs
import pytest

from deploy.provision import deployment
from deploy.provision.bucket import Bucket, Encryption
from deploy.provision.deployment import Deployment
from deploy.provision.lifecycle import wanted
from deploy.provision.mns_part import MnsPart
from deploy.provision.oss_part import OssPart
from deploy.provision.retention import Retention
from deploy.provision.steps import Part, ProvisionError
from deploy.provision.tablestore_part import TablestorePart
from facegate.credentials import Credentials
from local.credentials import Account
from tests.cloud import Cloud, running
from tests.functional.local_oss_process import ACCOUNT, BUCKET, REGION, LocalOss, put
from tests.functional.provision_world import World

TAKEN = "somebody-elses"
PARTS = {"tablestore": TablestorePart, "oss": lambda given: OssPart(given, given.bucket), "mns": MnsPart}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running(tmp_path_factory.mktemp("provision")) as started:
        yield World(started)


def part(name: str, given: Deployment) -> Part:
    made: Part = PARTS[name](given)
    return made


def key_of(world: World) -> Credentials:
    return deployment.read(world.variables).credentials


@pytest.mark.parametrize("service", PARTS)
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"access_key_id": "LTAI0000"}, "ALIBABA_CLOUD_ACCESS_KEY_ID is unknown"),
        ({"access_key_secret": "0" * 32}, "ALIBABA_CLOUD_ACCESS_KEY_SECRET is not that of ALIBABA_CLOUD_ACCESS_KEY_ID"),
    ],
)
def test_each_service_says_what_is_wrong_with_a_key(
    world: World, service: str, change: dict[str, str], said: str
) -> None:
    given = deployment.read(world.variables)
    wrong = replace(given, credentials=msgspec.structs.replace(given.credentials, **change))
    with pytest.raises(ProvisionError, match=f"^[^\n]*: {said}$"):
        part(service, wrong).plan(may_shorten=False)


@pytest.mark.parametrize("service", PARTS)
def test_a_temporary_key_is_taken_with_its_token(world: World, service: str) -> None:
    given = deployment.read(world.variables)
    key = Account(given.credentials.access_key_id, given.credentials.access_key_secret).issue(int(time.time()) + 60)
    temporary = Credentials(key.access_key_id, key.access_key_secret, key.security_token)
    assert part(service, replace(given, credentials=temporary)).plan(may_shorten=False)


@pytest.mark.parametrize("service", PARTS)
def test_a_service_that_does_not_answer_is_named_with_what_may_be_wrong(world: World, service: str) -> None:
    nowhere = {f"{name}_ENDPOINT": "http://127.0.0.1:1" for name in ("OSS", "TABLESTORE", "MNS")}
    given = deployment.read({**world.variables, **nowhere})
    with pytest.raises(ProvisionError, match=r"^[^\n]* at http://127.0.0.1:1: no answer \([^\n]+REGION[^\n]*$"):
        part(service, given).plan(may_shorten=False)


def test_an_instance_that_does_not_exist_is_said(world: World) -> None:
    given = deployment.read({**world.variables, "TABLESTORE_INSTANCE": "another"})
    with pytest.raises(ProvisionError, match="the instance does not exist: make it in the console"):
        part("tablestore", given).plan(may_shorten=False)


@pytest.mark.parametrize("variable", ["REGION", "BUCKET", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"])
def test_the_command_names_a_missing_variable_and_calls_nothing(world: World, variable: str) -> None:
    with world.unchanged():
        done = world.run(**{variable: ""})
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"provision: {variable} is not set: set it in deployment.env or in the environment\n"


def test_a_wrong_key_is_told_of_before_anything_is_made(world: World) -> None:
    with world.unchanged():
        done = world.run(ALIBABA_CLOUD_ACCESS_KEY_SECRET="0" * 32)
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(r"provision: Tablestore instance [^\n]+ALIBABA_CLOUD_ACCESS_KEY_SECRET[^\n]+\n", done.stderr)
    assert key_of(world).access_key_secret not in done.stderr


def test_a_running_local_cloud_is_provisioned_by_its_url(world: World) -> None:
    done = world.run("--local", world.cloud.url)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"bucket {world.cloud.bucket}" in done.stdout


def test_an_url_without_a_local_cloud_is_said(world: World) -> None:
    done = world.run("--local", "http://127.0.0.1:1")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("provision: no local cloud answers at http://127.0.0.1:1 (ConnectError)")


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[LocalOss]:
    started = LocalOss.start(tmp_path, "--taken", TAKEN)
    yield started
    started.stop()


def of_oss(service: LocalOss, bucket: str = BUCKET) -> OssPart:
    key = Credentials(ACCOUNT.access_key_id, ACCOUNT.access_key_secret)
    want = Bucket(bucket, REGION, Encryption("AES256"), wanted(Retention()))
    nowhere = "http://127.0.0.1:1"
    return OssPart(
        Deployment(REGION, "none", want, "none", Retention(), key, nowhere, service.url, nowhere),
        want,
    )


def apply_all(given: OssPart) -> None:
    for step in given.plan(may_shorten=False):
        if step.change is not None:
            given.apply(step.change)


def test_a_bucket_of_another_account_is_refused(alone: LocalOss) -> None:
    with pytest.raises(ProvisionError, match="another account or region has this name, or the key lacks oss:"):
        of_oss(alone, TAKEN).plan(may_shorten=False)
    assert alone.calls("PutBucket") == 0


def test_a_name_that_is_taken_between_looking_and_making_is_refused(alone: LocalOss) -> None:
    (made, *_) = of_oss(alone, "not-there-yet").plan(may_shorten=False)
    with pytest.raises(ProvisionError, match="another account has this name: choose another BUCKET"):
        of_oss(alone, TAKEN).apply(made.change)


@pytest.mark.parametrize(
    ("days", "left"),
    [
        (0, ["deferred/a", "enroll/u/a.jpg", "other/a", "pictures/a.jpg"]),
        (2, ["enroll/u/a.jpg", "other/a", "pictures/a.jpg"]),
        (31, ["other/a"]),
    ],
)
def test_objects_leave_when_their_prefix_says(tmp_path: Path, days: int, left: list[str]) -> None:
    first = LocalOss.start(tmp_path)
    apply_all(of_oss(first))
    for key in ("deferred/a", "enroll/u/a.jpg", "other/a", "pictures/a.jpg"):
        put(first.client(), key)
    first.stop()

    later = LocalOss.start(tmp_path, "--clock-offset-ms", str(days * 86_400_000))
    apply_all(of_oss(later))

    assert sorted(later.objects()) == left
    later.stop()


def test_a_local_cloud_whose_kept_tables_differ_does_not_start(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(data) as started:
        spoiled = World(started)
        spoiled.create_table("facegate_claims", key="another")
    refused = pytest.raises(
        AssertionError, match="local cloud: it cannot be provisioned: table facegate_claims differs"
    )
    with refused, running(data):
        pass


def test_the_local_cloud_provisions_itself_once(tmp_path: Path) -> None:
    data = tmp_path / "data"
    names = ("tablestore", "oss", "mns")

    def made(cloud: Cloud) -> set[str]:
        calls = [cloud.client.get(f"/_local/{name}/calls").json() for name in names]
        return {name for counts in calls for name in counts if name.startswith(("Create", "Put", "Update"))}

    with running(data) as first:
        assert {"CreateTable", "PutBucket", "PutBucketLifecycle", "CreateTopic"} <= made(first)
    with running(data) as again:
        assert made(again) == set()
