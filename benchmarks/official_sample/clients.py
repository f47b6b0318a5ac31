"""Clients of the services, made at each call from the keys of the invocation and the endpoints of the environment."""

from __future__ import annotations

import os
from typing import Any

import tablestore
from alibabacloud_cloudauth_intl20220809.client import Client
from alibabacloud_tea_openapi import models as open_api_models


def create_client(context: Any) -> Client:
    """The client of ID Verification."""
    config = open_api_models.Config(
        access_key_id=context.credentials.access_key_id,
        access_key_secret=context.credentials.access_key_secret,
        security_token=context.credentials.security_token,
        region_id=context.region,
        endpoint=os.environ["CLOUDAUTH_ENDPOINT"],
        protocol=os.environ.get("CLOUDAUTH_PROTOCOL", "HTTPS"),
    )
    return Client(config)


def create_table_client(context: Any) -> tablestore.OTSClient:
    """The client of Tablestore."""
    return tablestore.OTSClient(
        os.environ["OTS_ENDPOINT"],
        context.credentials.access_key_id,
        context.credentials.access_key_secret,
        os.environ["OTS_INSTANCE"],
        sts_token=context.credentials.security_token,
    )


def store_result(context: Any, key: str, columns: list[tuple[str, Any]]) -> None:
    """Writes a result under its id."""
    row = tablestore.Row([("merchant_biz_id", key)], columns)
    condition = tablestore.Condition(tablestore.RowExistenceExpectation.IGNORE)
    create_table_client(context).put_row(os.environ["OTS_TABLE"], row, condition)
