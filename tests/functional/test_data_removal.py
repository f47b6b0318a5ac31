"""`make remove ARGS="--data"` against a local cloud: what was stored is gone, by no more rights than are granted."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.ram import policies
from deploy.ram.roles import DATA_REMOVER
from deploy.rollout.data import TABLES, Data, NotDeleted
from local.credentials import Account
from tests.cloud import Cloud, enrol, photo_bytes, raw_user, running
from tests.functional.ram_trail import SCOPE, Use, uses
from tests.policies import allows


@pytest.fixture
def stored(tmp_path: Path) -> Iterator[Cloud]:
    """A local cloud with rows in its tables and objects in its bucket."""
    with running(tmp_path / "cloud", "--qps", "1000") as cloud:
        assert cloud.post("add-face-record", enrol(raw_user())).is_success
        for number in range(3):
            cloud.upload(f"pictures/{number}.jpg", photo_bytes("obama"))
        yield cloud


def data_of(cloud: Cloud, **changed: str) -> Data:
    """With a key of the one who may remove data."""
    found = cloud.endpoints()
    key = Account(found["access_key_id"], found["access_key_secret"]).issue(int(time.time()) + 60, DATA_REMOVER.name)
    names = {"REGION": found["region"], "TABLESTORE_INSTANCE": found["tablestore_instance"], "BUCKET": found["bucket"]}
    keys = {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": key.access_key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": key.access_key_secret,
        "ALIBABA_CLOUD_SECURITY_TOKEN": key.security_token,
    }
    where = {"TABLESTORE_ENDPOINT": found["tablestore"], "OSS_ENDPOINT": found["oss"]}
    return Data.of({**names, **keys, **where, **changed})


def test_rows_and_objects_are_gone_and_a_second_time_finds_nothing(stored: Cloud) -> None:
    assert list(data_of(stored).delete()) == [
        *(f"table {table} deleted" for table in TABLES),
        f"3 objects of {stored.bucket} deleted; the bucket stays, empty",
    ]
    assert stored.objects("") == []
    assert list(data_of(stored).delete()) == [
        *(f"table {table} was not there" for table in TABLES),
        f"0 objects of {stored.bucket} deleted; the bucket stays, empty",
    ]
    rights = policies.policy(DATA_REMOVER, SCOPE)
    used = {use for use in uses(stored) if use.caller == DATA_REMOVER.name}
    assert {use for use in used if not allows(rights, use.action, use.resource)} == set()
    pictures = f"acs:oss:*:{SCOPE.account_id}:{stored.bucket}/pictures/any"
    assert Use(DATA_REMOVER.name, "oss:DeleteObject", pictures) in used


def test_a_wrong_key_deletes_nothing_and_is_told_in_one_line(stored: Cloud) -> None:
    with pytest.raises(NotDeleted, match=r"^Tablestore: ") as refused:
        list(data_of(stored, ALIBABA_CLOUD_ACCESS_KEY_SECRET="wrong").delete())
    assert "\n" not in str(refused.value)
    assert len(stored.objects("pictures/")) == 3
