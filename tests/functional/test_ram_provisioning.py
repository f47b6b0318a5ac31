"""`make provision` as the provisioner: it needs no more rights than are granted, and all of them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import alibabacloud_oss_v2 as oss
from tablestore import CapacityUnit, OTSClient, ReservedThroughput, TableMeta, TableOptions

from deploy.provision.deployment import of_local_cloud
from deploy.ram import policies
from deploy.ram.roles import DATA_REMOVER, PROVISIONER
from deploy.rollout.data import Data
from facegate.ledger import tables
from local.credentials import Account
from tests.cloud import ROOT, Cloud, running
from tests.functional.ram_trail import SCOPE, uses
from tests.policies import allows, matches


def provision(cloud: Cloud, **variables: str) -> None:
    """With a key of the provisioner's."""
    given = {**os.environ, "PYTHONPATH": "shared", **variables_of(cloud, PROVISIONER.name), **variables}
    command = [sys.executable, "-m", "deploy.provision"]
    done = subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def variables_of(cloud: Cloud, who: str) -> dict[str, str]:
    found = cloud.endpoints()
    key = Account(found["access_key_id"], found["access_key_secret"]).issue(int(time.time()) + 60, who)
    return {
        **of_local_cloud(found),
        "ALIBABA_CLOUD_ACCESS_KEY_ID": key.access_key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": key.access_key_secret,
        "ALIBABA_CLOUD_SECURITY_TOKEN": key.security_token,
    }


def test_the_provisioner_has_the_rights_that_provisioning_uses_and_no_others(tmp_path: Path) -> None:
    with running(tmp_path / "cloud") as cloud:
        made = uses(cloud)  # it has provisioned itself, from nothing, with the account's key
        provision(cloud, RETENTION_DAYS="200", FAILURE_RETENTION_DAYS="40")
        open_to_everybody(cloud)
        list(Data.of(variables_of(cloud, DATA_REMOVER.name)).delete())
        results_without_index(cloud)
        provision(cloud)
        made |= {use for use in uses(cloud) if use.caller == PROVISIONER.name}
    rights = policies.policy(PROVISIONER, SCOPE)
    assert {use for use in made if not allows(rights, use.action, use.resource)} == set()
    granted = {
        (action, resource)
        for statement in rights["Statement"]
        for action in statement["Action"]
        for resource in statement["Resource"]
    }
    assert {
        (action, resource)
        for action, resource in granted
        if not any(use.action == action and matches(resource, use.resource) for use in made)
    } == set()


def results_without_index(cloud: Cloud) -> None:
    """The table as somebody makes it by hand."""
    found = cloud.endpoints()
    key = (found["access_key_id"], found["access_key_secret"], found["tablestore_instance"])
    columns = [(tables.USER, "STRING"), (tables.DECIDED_AT, "INTEGER"), (tables.RECORD, "STRING")]
    meta = TableMeta("facegate_results", [(tables.RESULT_KEY, "STRING")], defined_columns=columns)
    options = TableOptions(time_to_live=180 * 86_400, max_version=1, allow_update=False)
    client = OTSClient(found["tablestore"], *key, region=found["region"])
    client.create_table(meta, options, ReservedThroughput(CapacityUnit(0, 0)))


def open_to_everybody(cloud: Cloud) -> None:
    """The bucket as a careless hand leaves it."""
    unblocked = oss.PublicAccessBlockConfiguration(block_public_access=False)
    cloud.oss.put_bucket_public_access_block(
        oss.PutBucketPublicAccessBlockRequest(cloud.bucket, public_access_block_configuration=unblocked)
    )
    cloud.oss.put_bucket_acl(oss.PutBucketAclRequest(cloud.bucket, acl="public-read"))
