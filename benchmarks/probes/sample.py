"""Parts of the official sample, as its handlers use them."""

from __future__ import annotations

import base64
import json
import os
import time
import uuid
from pathlib import Path
from typing import Any

from alibabacloud_cloudauth_intl20220809 import models
from alibabacloud_tea_util import models as util_models
from Tea.exceptions import TeaException

from benchmarks.official_sample.clients import create_client, store_result
from benchmarks.official_sample.pictures import prepare
from benchmarks.probes.payload import payload
from benchmarks.probes.stopwatch import timed, weighed


def normaliser(event: bytes, _: Any) -> dict[str, Any]:
    """Order: `path`."""
    data = Path(json.loads(event)["path"]).read_bytes()
    return weighed(lambda: prepare(data))


def sdk_call(event: bytes, context: Any) -> dict[str, Any]:
    """One FaceCompare with one picture. Order: `bytes` of it, and `endpoint`, a URL in place of the setting."""
    order = json.loads(event)
    picture = payload(order["bytes"])
    if "endpoint" in order:
        protocol, host = order["endpoint"].split("://")
        os.environ.update(CLOUDAUTH_PROTOCOL=protocol.upper(), CLOUDAUTH_ENDPOINT=host)

    def call() -> None:
        text = base64.b64encode(picture).decode()
        request = models.FaceCompareRequest(merchant_biz_id=uuid.uuid4().hex, source_face_picture=text)
        create_client(context).face_compare_with_options(request, util_models.RuntimeOptions())

    return timed(call, (TeaException,))


def ledger(_: bytes, context: Any) -> dict[str, Any]:
    """A result."""
    columns = [
        ("passed", "Y"),
        ("score", 92.95),
        ("transaction_id", "t-1"),
        ("created_at", int(time.time() * 1000)),
    ]
    return timed(lambda: store_result(context, uuid.uuid4().hex, columns))
