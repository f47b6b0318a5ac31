"""Creates the tables where they are missing. Safe to run again: an existing table is left as it is.

`python -m deploy.tables` reads TABLESTORE_ENDPOINT, TABLESTORE_INSTANCE, REGION, RETENTION_DAYS and the account's key
(ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET) from the environment.
"""

from __future__ import annotations

import os
import sys

from tablestore import (
    CapacityUnit,
    OTSClient,
    ReservedThroughput,
    SecondaryIndexMeta,
    SecondaryIndexType,
    TableMeta,
    TableOptions,
)

from facegate.ledger import tables

RETENTION_DAYS = 180
FAILURE_RETENTION_DAYS = 30
SECONDS_A_DAY = 86_400


def provision(
    *,
    endpoint: str,
    instance: str,
    access_key_id: str,
    access_key_secret: str,
    region: str = "ap-southeast-1",
    claims_table: str = "facegate_claims",
    results_table: str = "facegate_results",
    failures_table: str = "facegate_failures",
    retention_days: int = RETENTION_DAYS,
) -> list[str]:
    """The names of the tables that were created. Raises tablestore.OTSError."""
    client = OTSClient(endpoint, access_key_id, access_key_secret, instance, region=region)
    existing = set(client.list_table())
    lifetime = retention_days * SECONDS_A_DAY
    free = ReservedThroughput(CapacityUnit(0, 0))
    created = []
    if claims_table not in existing:
        meta = TableMeta(claims_table, [(tables.CLAIM_KEY, "STRING")])
        client.create_table(meta, TableOptions(time_to_live=lifetime, max_version=1), free)
        created.append(claims_table)
    if results_table not in existing:
        columns = [(tables.USER, "STRING"), (tables.DECIDED_AT, "INTEGER"), (tables.RECORD, "STRING")]
        meta = TableMeta(results_table, [(tables.RESULT_KEY, "STRING")], defined_columns=columns)
        index = SecondaryIndexMeta(
            tables.index_of(results_table),
            [tables.USER, tables.DECIDED_AT, tables.RESULT_KEY],
            [tables.RECORD],
            index_type=SecondaryIndexType.GLOBAL_INDEX,
        )
        options = TableOptions(time_to_live=lifetime, max_version=1, allow_update=False)
        client.create_table(meta, options, free, secondary_indexes=[index])
        created.append(results_table)
    if failures_table not in existing:
        meta = TableMeta(failures_table, [(tables.FAILURE_KEY, "STRING")])
        brief = FAILURE_RETENTION_DAYS * SECONDS_A_DAY
        client.create_table(meta, TableOptions(time_to_live=brief, max_version=1), free)
        created.append(failures_table)
    return created


def main() -> None:
    created = provision(
        endpoint=os.environ["TABLESTORE_ENDPOINT"],
        instance=os.environ["TABLESTORE_INSTANCE"],
        region=os.environ["REGION"],
        access_key_id=os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
        access_key_secret=os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
        retention_days=int(os.environ.get("RETENTION_DAYS", RETENTION_DAYS)),
    )
    sys.stdout.write(f"created: {', '.join(created) or 'nothing, all tables are there'}\n")


if __name__ == "__main__":
    main()
