"""Stored decisions: by id, by user, and gone after erasure."""

from __future__ import annotations

import pytest

from tests.cloud import Cloud, compare_faces, enrol, face_compare, new_id, raw_user, search


def test_a_decision_is_stored_with_all_that_led_to_it_and_no_picture(cloud: Cloud) -> None:
    user, biz_id = raw_user(), new_id()
    answer = cloud.post("face-compare", face_compare(MerchantBizId=biz_id, MerchantUserId=user), via="/apigw").json()
    stored = cloud.stored(biz_id)
    assert stored["Result"] == answer["Result"]
    assert stored["RequestId"] == answer["RequestId"]
    assert stored["TransactionId"] == answer["Result"]["TransactionId"]
    assert stored["MerchantUserId"] == answer["MerchantUserId"]
    assert len(stored["MerchantUserId"]) == 32
    assert stored["MerchantUserId"] != user
    assert {name: len(value) for name, value in stored["PictureSha256"].items()} == {
        "SourceFacePicture": 64,
        "TargetFacePicture": 64,
    }
    assert stored["Scores"] == {"FaceComparisonScore": answer["Result"]["FaceComparisonScore"]}
    assert (stored["Operation"], stored["Outcome"], stored["Source"]) == ("FaceCompare", "passed", "api-gateway")
    assert (stored["Attempts"], stored["Code"], stored["HttpStatus"]) == (1, "Success", 200)
    assert stored["StartedAt"] <= stored["DecidedAt"]
    assert stored["Rule"]


def test_the_same_picture_has_the_same_hash_in_every_request(cloud: Cloud) -> None:
    ids = [new_id(), new_id()]
    for biz_id in ids:
        cloud.post("face-compare", face_compare(MerchantBizId=biz_id))
    first, second = (cloud.stored(biz_id)["PictureSha256"] for biz_id in ids)
    assert first == second


@pytest.mark.parametrize("via", ["", "/apigw"], ids=["http-trigger", "api-gateway"])
def test_a_users_decisions_are_listed_newest_first_page_by_page(cloud: Cloud, via: str) -> None:
    user, ids = raw_user(), [new_id() for _ in range(5)]
    for biz_id in ids:
        cloud.post("face-compare", face_compare(MerchantBizId=biz_id, MerchantUserId=user))
    seen, token = [], None
    for _ in range(3):
        query = {"MaxResults": "2", **({"NextToken": token} if token else {})}
        result = cloud.client.get(f"{via}/v1/users/{user}/results", params=query).json()["Result"]
        seen.append([item["MerchantBizId"] for item in result["Items"]])
        token = result.get("NextToken")
    assert seen == [[ids[4], ids[3]], [ids[2], ids[1]], [ids[0]]]
    assert token is None


def test_one_users_list_holds_nobody_elses_decisions(cloud: Cloud) -> None:
    one, other = raw_user(), raw_user()
    cloud.post("face-compare", face_compare(MerchantUserId=one))
    listed = cloud.client.get(f"/v1/users/{other}/results").json()
    assert listed["Result"] == {"Items": []}


def test_a_request_in_progress_is_told_from_an_unknown_one(cloud: Cloud) -> None:
    """An enrolment of unknown outcome keeps its claim, and until somebody asks again it is in progress."""
    biz_id = new_id()
    cloud.fault("AddFaceRecord", "http-500")
    cloud.post("add-face-record", enrol(raw_user(), "biden", MerchantBizId=biz_id))
    answer = cloud.client.get(f"/v1/results/{biz_id}")
    assert (answer.status_code, answer.json()["Code"]) == (202, "RequestInProgress")
    assert answer.headers["Retry-After"]
    assert cloud.client.get(f"/v1/results/{new_id()}").status_code == 404


def test_erasure_leaves_nothing_and_proves_it(cloud: Cloud) -> None:
    user, ids = raw_user(), [new_id() for _ in range(3)]
    pseudonym = cloud.post("add-face-record", enrol(user, "collins", MerchantBizId=ids[0])).json()["MerchantUserId"]
    cloud.post("face-compare", face_compare(MerchantBizId=ids[1], MerchantUserId=user))
    cloud.post("compare-faces", compare_faces(MerchantBizId=ids[2], MerchantUserId=user))
    cloud.post("add-face-record", enrol(user, "collins", FaceGroupCode="staff"))
    assert len(cloud.records(pseudonym)) == 2

    answer = cloud.client.delete(f"/v1/users/{user}")
    assert answer.status_code == 200, answer.text
    result = answer.json()["Result"]
    assert result["Erased"] == "Y"
    assert sorted(result["DeletedGroupCodes"]) == ["members", "staff"]
    assert result["DeletedResults"] == 4
    assert set(result["Remaining"]) == {"members", "staff", "uploads", "results", "failures"}
    assert not any(result["Remaining"].values())
    assert cloud.records(pseudonym) == []
    assert cloud.client.get(f"/v1/users/{user}/results").json()["Result"] == {"Items": []}
    assert {cloud.client.get(f"/v1/results/{biz_id}").status_code for biz_id in ids} == {404}
    found = cloud.post("face-duplication-check", search("collins")).json()["Result"]
    assert pseudonym not in found.get("DuplicateFace", "")


def test_a_half_failed_erasure_is_finished_by_asking_again(cloud: Cloud) -> None:
    user = raw_user()
    pseudonym = cloud.post("add-face-record", enrol(user, "collins")).json()["MerchantUserId"]
    cloud.fault("QueryFaceRecord", "http-500", times=4)
    assert cloud.client.delete(f"/v1/users/{user}").status_code == 502
    cloud.client.delete("/_local/faults")
    assert cloud.client.delete(f"/v1/users/{user}").json()["Result"]["Erased"] == "Y"
    assert cloud.records(pseudonym) == []


def test_erasing_somebody_unknown_is_not_an_error(cloud: Cloud) -> None:
    answer = cloud.client.delete(f"/v1/users/{raw_user()}").json()
    assert answer["Result"]["DeletedGroupCodes"] == []
    assert answer["Result"]["DeletedResults"] == 0
