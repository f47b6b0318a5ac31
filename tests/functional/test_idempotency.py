"""One MerchantBizId, one call: replays, conflicts, concurrent twins."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.cloud import Cloud, enrol, face_compare, new_id, raw_user


def test_a_replay_answers_the_same_and_makes_no_call(cloud: Cloud) -> None:
    fields = face_compare(MerchantBizId=new_id())
    first = cloud.post("face-compare", fields)
    calls = cloud.calls("FaceCompare")
    second = cloud.post("face-compare", fields, via="/apigw")
    assert second.json() == first.json()
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert cloud.calls("FaceCompare") == calls


def test_a_refusal_of_the_pictures_is_replayed_too(cloud: Cloud) -> None:
    fields = face_compare("obama", "coffee", MerchantBizId=new_id())
    first = cloud.post("face-compare", fields)
    calls = cloud.calls("FaceCompare")
    second = cloud.post("face-compare", fields)
    assert [a.status_code for a in (first, second)] == [422, 422]
    assert second.json() == first.json()
    assert cloud.calls("FaceCompare") == calls


@pytest.mark.parametrize(
    ("operation", "changed"),
    [
        ("face-compare", face_compare("obama", "biden")),
        ("face-compare", face_compare(FaceQualityCheck="Y")),
        ("add-face-record", enrol("raw-user-conflict")),
    ],
    ids=["other picture", "other parameter", "other operation"],
)
def test_the_same_id_with_other_input_is_a_conflict_and_makes_no_call(
    cloud: Cloud, operation: str, changed: dict[str, str]
) -> None:
    biz_id = new_id()
    cloud.post("face-compare", face_compare(MerchantBizId=biz_id))
    calls = cloud.calls("FaceCompare"), cloud.calls("AddFaceRecord")
    answer = cloud.post(operation, {**changed, "MerchantBizId": biz_id})
    assert (answer.status_code, answer.json()["Code"]) == (409, "IdempotencyConflict")
    assert (cloud.calls("FaceCompare"), cloud.calls("AddFaceRecord")) == calls


def test_an_idempotency_key_becomes_the_id(cloud: Cloud) -> None:
    key = f"order/{new_id()}"
    first = cloud.post("face-compare", face_compare(), Idempotency_Key=key)
    second = cloud.post("face-compare", face_compare(), Idempotency_Key=key)
    assert second.headers["Idempotency-Replayed"] == "true"
    assert len(first.json()["MerchantBizId"]) == 32
    assert cloud.stored(first.json()["MerchantBizId"])["Outcome"] == "passed"


def test_without_an_id_every_request_is_a_new_one(cloud: Cloud) -> None:
    calls = cloud.calls("FaceCompare")
    ids = {cloud.post("face-compare", face_compare()).json()["MerchantBizId"] for _ in range(2)}
    assert len(ids) == 2
    assert cloud.calls("FaceCompare") == calls + 2


def test_twenty_concurrent_twins_enrol_once(cloud: Cloud) -> None:
    user, biz_id = raw_user(), new_id()
    fields = enrol(user, MerchantBizId=biz_id)
    calls = cloud.calls("AddFaceRecord")
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: cloud.post("add-face-record", fields), range(20)))
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert {answer.json()["Code"] for answer in answers} <= {"Success", "RequestInProgress"}
    assert all(answer.headers["Retry-After"] for answer in answers if answer.status_code == 409)
    assert cloud.calls("AddFaceRecord") == calls + 1
    pseudonym = next(answer.json()["MerchantUserId"] for answer in answers if answer.status_code == 200)
    assert len(cloud.records(pseudonym)) == 1
    cloud.client.delete(f"/v1/users/{user}")
