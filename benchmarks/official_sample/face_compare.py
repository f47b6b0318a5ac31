"""FaceCompare over HTTP: two pictures of one person?"""

from __future__ import annotations

import base64
import time
from typing import Any

from alibabacloud_cloudauth_intl20220809 import models
from alibabacloud_tea_util import models as util_models
from Tea.exceptions import TeaException

from .clients import create_client, store_result
from .http_answers import answer, fields_of
from .pictures import prepare


def handler(event: bytes, context: Any) -> dict[str, Any]:
    fields = fields_of(event)
    pictures = {
        name: base64.b64encode(prepare(base64.b64decode(fields[name]))).decode()
        for name in ("SourceFacePicture", "TargetFacePicture")
    }
    request = models.FaceCompareRequest(
        merchant_biz_id=fields["MerchantBizId"],
        source_face_picture=pictures["SourceFacePicture"],
        target_face_picture=pictures["TargetFacePicture"],
    )
    try:
        body = create_client(context).face_compare_with_options(request, util_models.RuntimeOptions()).body
    except TeaException as error:
        return answer(502, {"Code": error.code, "Message": error.message})
    if body.code != "Success":
        return answer(502, {"Code": body.code, "Message": body.message})
    columns = [
        ("passed", body.result.passed),
        ("score", float(body.result.face_comparison_score)),
        ("transaction_id", body.result.transaction_id),
        ("created_at", int(time.time() * 1000)),
    ]
    store_result(context, fields["MerchantBizId"], columns)
    return answer(200, {"RequestId": body.request_id, "Code": body.code, "Result": body.result.to_map()})
