"""Records, groups and results queried and deleted, and the keep-alive."""

from __future__ import annotations

import re
import uuid
from typing import Any

from alibabacloud_cloudauth_intl20220809 import models

from tests.functional.local_id_verification.calls import duplication_check, enrol, face_compare, refusal
from tests.functional.local_id_verification.service import Service


def query_records(service: Service, group: str, **changes: Any) -> Any:
    given = {"current_page": 1, "page_size": 10, "face_group_code": group, **changes}
    return service.client().query_face_record(models.QueryFaceRecordRequest(**given)).body


def test_records_are_queried_by_page_and_filter(service: Service, group: str) -> None:
    for user in ("a", "b", "c"):
        enrol(service, group, user)
    everything = query_records(service, group)
    assert [item.merchant_user_id for item in everything.items] == ["a", "b", "c"]
    assert (everything.total_count, everything.total_page) == (3, 1)
    second = query_records(service, group, current_page=2, page_size=2)
    assert ([item.merchant_user_id for item in second.items], second.total_page) == (["c"], 2)
    (item,) = query_records(service, group, merchant_user_id="b").items
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", item.gmt_create)
    assert item.registration_type == "MANUAL"
    assert item.img_oss_url is None
    assert query_records(service, group, face_id=item.face_id).total_count == 1
    assert query_records(service, group, registration_type="AUTO").items == []


def test_groups_are_queried(service: Service, group: str) -> None:
    client = service.client()
    every = client.query_face_group(models.QueryFaceGroupRequest(current_page=1, page_size=100)).body
    assert [item.code for item in every.items][:2] == ["members", "staff"]
    one = client.query_face_group(models.QueryFaceGroupRequest(current_page=1, page_size=1, group_code=group)).body
    assert [item.code for item in one.items] == [group]


def test_a_record_is_deleted_by_its_id(service: Service, group: str) -> None:
    enrol(service, group, "user")
    (item,) = query_records(service, group).items
    deleted = [
        service.client().delete_face_record(models.DeleteFaceRecordRequest(id=str(item.id))).body.data for _ in "12"
    ]
    assert (deleted, service.records(group)) == ([1, 0], [])


def test_a_user_is_erased_from_one_group_or_from_all(service: Service, group: str) -> None:
    user = uuid.uuid4().hex
    for code in (group, "members", "staff"):
        enrol(service, code, user)

    def erase(**changes: str) -> tuple[str, str]:
        request = models.DeleteFaceRecordV2Request(merchant_user_id=user, **changes)
        result = service.client().delete_face_record_v2(request).body.result
        return result.deleted, result.deleted_group_codes

    assert erase(face_group_code=group) == ("Y", group)
    assert erase() == ("Y", "members,staff")
    assert erase() == ("N", "")
    assert refusal(lambda: erase(face_group_code="absent")) == (400, "InvalidParameter")
    assert duplication_check(service, "obama.jpg", face_group_codes=group).sub_code == "200"


def test_a_verification_result_is_deleted_once(service: Service) -> None:
    transaction = face_compare(service).result.transaction_id
    request = models.DeleteVerifyResultRequest(transaction_id=transaction, delete_after_query="N", delete_type="All")
    results = [service.client().delete_verify_result(request).body.result for _ in "12"]
    assert [(r.delete_result, r.transaction_id) for r in results] == [("Y", transaction), ("N", transaction)]


def test_keepalive_is_not_billed(service: Service) -> None:
    assert service.client().keepalive_intl().body.result.result == "SUCCESS"
    assert service.calls("KeepaliveIntl") == {"received": 1, "executed": 1, "billed": 0, "throttled": 0}
