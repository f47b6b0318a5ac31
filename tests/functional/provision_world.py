"""What the provisioning tests use: the command as a person runs it, and the SDKs to see and to spoil what it made."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import alibabacloud_oss_v2 as oss
import tablestore as ts
from mns.account import Account as MnsAccount

from deploy.provision import deployment
from tests.cloud import ROOT, Cloud

DAY = 86_400
TABLES = ("facegate_claims", "facegate_results", "facegate_failures")
READS = ("Get", "Describe", "List", "Head")
_numbers = itertools.count(1)


@dataclass
class World:
    """A local cloud in which nothing of a deployment with this bucket and topic exists yet."""

    cloud: Cloud
    bucket: str = field(default_factory=lambda: f"faces-{next(_numbers)}")

    def __post_init__(self) -> None:
        found = self.cloud.endpoints()
        key = (found["access_key_id"], found["access_key_secret"])
        self.variables = {
            **deployment.of_local_cloud(found),
            "BUCKET": self.bucket,
            "SIGNUP_TOPIC": f"signups-{self.bucket}",
        }
        self.tables = ts.OTSClient(found["tablestore"], *key, found["tablestore_instance"], region=found["region"])
        for name in set(self.tables.list_table()) & set(TABLES):
            self.tables.delete_table(name)
        self.topics = MnsAccount(found["mns"], *key)
        self.topics.mns_client.set_keep_alive(False)

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """The command with the deployment's variables; an empty one is as one that is not set."""
        inherited = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        environment = {**inherited, "PYTHONPATH": str(ROOT / "shared"), **self.variables, **variables}
        command = [sys.executable, "-m", "deploy.provision", *arguments]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    def lines(self, *arguments: str, status: int = 0, **variables: str) -> dict[str, str]:
        """What it says of each resource; the bucket and topic are called so whatever their names."""
        done = self.run(*arguments, **variables)
        assert done.returncode == status, done.stdout + done.stderr
        assert ("provision: " in done.stderr) is (status != 0)
        *lines, _ = done.stdout.splitlines()
        pairs = (line.split("  ", 1) for line in lines)
        return {
            resource.replace(f" {self.variables['SIGNUP_TOPIC']}", "").replace(f" {self.bucket}", ""): said.strip()
            for resource, said in pairs
        }

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """Nothing that happens within changes anything in any service, as their own counts of requests show."""
        before = self._mutations()
        yield
        assert self._mutations() == before

    def _mutations(self) -> dict[str, int]:
        services = ("oss", "tablestore", "mns")
        counts = [self.cloud.client.get(f"/_local/{service}/calls").json() for service in services]
        assert all(counts)
        return {name: count for calls in counts for name, count in calls.items() if not name.startswith(READS)}

    def describe(self, table: str) -> Any:
        return self.tables.describe_table(table)

    def days_to_live(self, table: str) -> float:
        return float(self.describe(table).table_options.time_to_live / DAY)

    def create_table(
        self, name: str, *, key: str, kind: str = "STRING", columns: Any = (), allow_update: bool = True
    ) -> None:
        """One without an index."""
        options = ts.TableOptions(180 * DAY, 1, allow_update=allow_update)
        meta = ts.TableMeta(name, [(key, kind)], list(columns))
        self.tables.create_table(meta, options, ts.ReservedThroughput(ts.CapacityUnit(0, 0)))

    def rules(self) -> list[oss.LifecycleRule]:
        found = self.cloud.oss.get_bucket_lifecycle(oss.GetBucketLifecycleRequest(self.bucket))
        rules: list[oss.LifecycleRule] = found.lifecycle_configuration.rules
        return rules

    def put_rules(self, *rules: oss.LifecycleRule) -> None:
        configuration = oss.LifecycleConfiguration(rules=list(rules))
        request = oss.PutBucketLifecycleRequest(self.bucket, lifecycle_configuration=configuration)
        self.cloud.oss.put_bucket_lifecycle(request)

    def info(self) -> oss.BucketInfo:
        return self.cloud.oss.get_bucket_info(oss.GetBucketInfoRequest(self.bucket)).bucket_info
