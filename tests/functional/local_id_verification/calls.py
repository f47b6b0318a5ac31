"""Calls of the service through the official SDK: good as they are, and changed by what a test gives."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from alibabacloud_cloudauth_intl20220809 import models
from alibabacloud_tea_openapi.exceptions import ClientException, ServerException

from tests.functional.local_id_verification.pictures import photo

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.functional.local_id_verification.service import Service

BIZ_ID = "e0c34a77f5ac40a5aa5e6ed20c350000"
REQUEST_ID = re.compile(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")


def compare_request(**changes: Any) -> Any:
    given = {
        "merchant_biz_id": BIZ_ID,
        "source_face_picture": photo("obama.jpg"),
        "target_face_picture": photo("obama2.jpg"),
        **changes,
    }
    return models.FaceCompareRequest(**given)


def face_compare(service: Service, **changes: Any) -> Any:
    return service.client().face_compare(compare_request(**changes)).body


def cross_compare(service: Service, a: str, b: str, c: str, **changes: Any) -> Any:
    request = models.FaceCrossCompareIntlRequest(
        product_code="FACE_CROSS_COMPARE",
        merchant_biz_id=BIZ_ID,
        source_aface_picture=photo(a),
        source_bface_picture=photo(b),
        source_cface_picture=photo(c),
        **changes,
    )
    return service.client().face_cross_compare_intl(request).body.result


def duplication_check(service: Service, source: str, **changes: Any) -> Any:
    given = {
        "product_code": "FACE_IDU_MIN",
        "merchant_biz_id": BIZ_ID,
        "merchant_user_id": "user",
        "verify_model": "0",
        "source_face_picture": photo(source),
        **changes,
    }
    request = models.FaceDuplicationCheckIntlRequest(**given)
    return service.client().face_duplication_check_intl(request).body.result


def enrol(service: Service, group: str, user: str | None, source: str = "obama.jpg", **changes: Any) -> Any:
    given = {
        "product_code": "FACE_ENROLL",
        "face_group_code": group,
        "merchant_user_id": user,
        "face_picture": photo(source),
        **changes,
    }
    return service.client().add_face_record(models.AddFaceRecordRequest(**given)).body.result


def compare_faces(service: Service, **changes: str) -> Any:
    body = {
        "SourceImageType": "FacePic",
        "SourceImageValue": "base64://" + photo("obama.jpg"),
        "TargetImageType": "IDPic",
        "TargetImageValue": "base64://" + photo("obama3.jpg"),
        **changes,
    }
    return service.call("CompareFaces", "2019-03-07", body)


def refusal(call: Callable[[], object]) -> tuple[int, str]:
    with pytest.raises((ClientException, ServerException)) as refused:
        call()
    assert REQUEST_ID.fullmatch(refused.value.data["RequestId"])
    return refused.value.status_code, refused.value.code
