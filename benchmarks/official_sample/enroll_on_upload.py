"""AddFaceRecord for each selfie that was put into the bucket under enroll/<user>/."""

from __future__ import annotations

import base64
import json
import os
import time
from typing import Any

import alibabacloud_oss_v2 as oss
from alibabacloud_cloudauth_intl20220809 import models
from alibabacloud_tea_util import models as util_models

from .clients import create_client, store_result
from .pictures import prepare


def handler(event: bytes, context: Any) -> str:
    for record in json.loads(event)["events"]:
        stored = record["oss"]
        enrol(context, stored["bucket"]["name"], stored["object"]["key"])
    return "ok"


def enrol(context: Any, bucket: str, key: str) -> None:
    picture = create_bucket_client(context).get_object(oss.GetObjectRequest(bucket, key)).body.read()
    user = key.split("/")[1]
    request = models.AddFaceRecordRequest(
        product_code="FACE_ENROLL",
        face_group_code=os.environ["FACE_GROUP"],
        merchant_user_id=user[:32],
        face_picture=base64.b64encode(prepare(picture)).decode(),
    )
    body = create_client(context).add_face_record_with_options(request, util_models.RuntimeOptions()).body
    if body.code != "Success":
        raise RuntimeError(f"AddFaceRecord: {body.code}")
    store_result(context, key, [("passed", body.result.passed), ("created_at", int(time.time() * 1000))])


def create_bucket_client(context: Any) -> oss.Client:
    config = oss.config.load_default()
    config.region = context.region
    config.endpoint = os.environ["OSS_ENDPOINT"]
    config.credentials_provider = oss.credentials.StaticCredentialsProvider(
        context.credentials.access_key_id,
        context.credentials.access_key_secret,
        context.credentials.security_token,
    )
    return oss.Client(config)
