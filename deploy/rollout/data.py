"""Deletes what a deployment has stored: every row with its table, every object of the bucket. Not undone by anything.

The empty bucket stays: it costs nothing, and its name cannot fall to a stranger. What the service itself keeps, the
enrolled faces, is not reached from here: erase the persons before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import alibabacloud_oss_v2 as oss
from alibabacloud_oss_v2.credentials import StaticCredentialsProvider
from alibabacloud_oss_v2.exceptions import OperationError
from tablestore import OTSClient, OTSError, OTSServiceError

TABLES = ("facegate_claims", "facegate_results", "facegate_failures")
ABSENT = "OTSObjectNotExist"


class NotDeleted(Exception):
    """Something could not be deleted; one line."""


@dataclass(frozen=True, slots=True)
class Data:
    """Where the data is, and the key that may delete it. Endpoints are URLs."""

    region: str
    instance: str
    bucket: str
    tablestore: str
    oss: str
    key_id: str
    key_secret: str
    token: str

    @classmethod
    def of(cls, set_up: Mapping[str, str]) -> Data:
        """From variables that the preflight found right; TABLESTORE_ENDPOINT and OSS_ENDPOINT go before the public
        endpoints, as in make provision."""
        region, instance = set_up["REGION"], set_up["TABLESTORE_INSTANCE"]
        return cls(
            region=region,
            instance=instance,
            bucket=set_up["BUCKET"],
            tablestore=set_up.get("TABLESTORE_ENDPOINT") or f"https://{instance}.{region}.ots.aliyuncs.com",
            oss=set_up.get("OSS_ENDPOINT") or f"https://oss-{region}.aliyuncs.com",
            key_id=set_up["ALIBABA_CLOUD_ACCESS_KEY_ID"],
            key_secret=set_up["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
            token=set_up.get("ALIBABA_CLOUD_SECURITY_TOKEN", ""),
        )

    def delete(self) -> Iterator[str]:
        """Deletes, saying line by line what is gone. Raises NotDeleted."""
        try:
            yield from self._tables()
            yield from self._objects()
        except OTSError as error:
            raise NotDeleted(f"Tablestore: {' '.join(str(error).split())}") from None
        except OperationError as error:
            raise NotDeleted(f"OSS: {' '.join(str(error.unwrap()).split())[:300]}") from None

    def _tables(self) -> Iterator[str]:
        client = OTSClient(
            self.tablestore, self.key_id, self.key_secret, self.instance, region=self.region, sts_token=self.token
        )
        for table in TABLES:
            try:
                client.delete_table(table)
            except OTSServiceError as error:
                if error.get_error_code() != ABSENT:
                    raise
                yield f"table {table} was not there"
            else:
                yield f"table {table} deleted"

    def _objects(self) -> Iterator[str]:
        config = oss.config.load_default()
        config.region, config.endpoint = self.region, self.oss
        config.credentials_provider = StaticCredentialsProvider(self.key_id, self.key_secret, self.token or None)
        client = oss.Client(config)
        deleted = 0
        for page in client.list_objects_v2_paginator().iter_page(oss.ListObjectsV2Request(self.bucket)):
            for found in page.contents or []:
                client.delete_object(oss.DeleteObjectRequest(self.bucket, found.key))
                deleted += 1
        yield f"{deleted} objects of {self.bucket} deleted; the bucket stays, empty"
