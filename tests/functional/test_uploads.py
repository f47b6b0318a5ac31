"""A selfie put under enroll/ enrols its user: which uploads count, and who is enrolled."""

from __future__ import annotations

from collections.abc import Callable

import alibabacloud_oss_v2 as oss
import pytest

from local.credentials import Account
from tests.cloud import Cloud, enrol, photo_bytes, raw_user
from tests.functional.local_oss.test_form_upload import Signer
from tests.functional.upload_probes import FUNCTION, NewUser, failures_of, uploaded


@pytest.mark.parametrize(
    ("key", "meta", "group"),
    [
        ("enroll/{user}/selfie.jpg", {}, "members"),
        ("enroll/staff/{user}/selfie.jpg", {}, "staff"),
        ("enroll/{user}/selfie.jpg", {"facegroupcode": "staff"}, "staff"),
        ("enroll/{user}/selfie.jpg", {"merchantuserid": "{user}"}, "members"),
        ("enroll/staff/{user}/selfie.jpg", {"facegroupcode": "staff", "merchantuserid": "{user}"}, "staff"),
        ("enroll/{user}/selfie.jpg", {"campaign": "spring"}, "members"),
        ("enroll/{user}/a=b@c.d_e-f", {}, "members"),
    ],
)
def test_an_upload_enrols_the_user_of_its_key_in_the_group_of_key_or_metadata(
    cloud: Cloud, new_user: NewUser, key: str, meta: dict[str, str], group: str
) -> None:
    user, calls = new_user(), cloud.calls("AddFaceRecord")
    biz_id = uploaded(cloud, key.format(user=user), **{name: value.format(user=user) for name, value in meta.items()})
    assert cloud.enrolled(user) == [group]
    assert cloud.calls("AddFaceRecord") == calls + 1
    stored = cloud.stored(biz_id)
    assert (stored["Outcome"], stored["Source"], stored["MerchantUserId"]) == (
        "enrolled",
        "upload",
        cloud.pseudonym(user),
    )


def test_the_result_is_readable_by_the_users_id_too(cloud: Cloud, new_user: NewUser) -> None:
    user = new_user()
    biz_id = uploaded(cloud, f"enroll/{user}/selfie.jpg")
    items = cloud.client.get(f"/v1/users/{user}/results").json()["Result"]["Items"]
    assert [item["MerchantBizId"] for item in items] == [biz_id]


def test_a_photograph_that_was_posted_before_is_recognised(cloud: Cloud, new_user: NewUser) -> None:
    user, calls = new_user(), cloud.calls("AddFaceRecord")
    cloud.post("add-face-record", enrol(user))
    biz_id = uploaded(cloud, f"enroll/{user}/selfie.jpg")
    assert "recognised" in cloud.stored(biz_id)["Rule"]
    assert cloud.calls("AddFaceRecord") == calls + 1


def by_put(cloud: Cloud, key: str) -> None:
    cloud.upload(key, photo_bytes("obama"))


def by_form(cloud: Cloud, key: str) -> None:
    where = cloud.endpoints()
    form = Signer(Account(where["access_key_id"], where["access_key_secret"])).fields(key=key)
    answer = cloud.client.post(f"{where['oss']}/{cloud.bucket}", data=form, files={"file": photo_bytes("obama")})
    assert answer.status_code == 204, answer.text


def by_parts(cloud: Cloud, key: str) -> None:
    where = {"bucket": cloud.bucket, "key": key}
    started = cloud.oss.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(**where))
    whole, parts = photo_bytes("obama"), []
    for number, part in enumerate((whole[: 128 * 1024], whole[128 * 1024 :]), 1):
        request = oss.UploadPartRequest(**where, part_number=number, upload_id=started.upload_id, body=part)
        parts.append(oss.UploadPart(part_number=number, etag=cloud.oss.upload_part(request).etag))
    complete = oss.CompleteMultipartUpload(parts=parts)
    cloud.oss.complete_multipart_upload(
        oss.CompleteMultipartUploadRequest(**where, upload_id=started.upload_id, complete_multipart_upload=complete)
    )


def by_copy(cloud: Cloud, key: str) -> None:
    cloud.place(key, photo_bytes("obama"))


@pytest.mark.parametrize(("door", "times"), [(by_put, 1), (by_form, 1), (by_parts, 1), (by_copy, 0)])
def test_a_whole_upload_is_one_event_and_a_copy_none(
    cloud: Cloud, new_user: NewUser, door: Callable[[Cloud, str], None], times: int
) -> None:
    user, before = new_user(), len(cloud.invocations(FUNCTION))
    door(cloud, f"enroll/{user}/selfie.jpg")
    cloud.idle()
    assert len(cloud.invocations(FUNCTION)) - before == times
    assert cloud.enrolled(user) == ["members"] * times


def test_what_is_put_elsewhere_or_removed_invokes_nothing(cloud: Cloud, new_user: NewUser) -> None:
    user = new_user()
    key = f"enroll/{user}/selfie.jpg"
    uploaded(cloud, key)
    before = len(cloud.invocations(FUNCTION))
    for other in (f"pictures/{user}/selfie.jpg", f"enrolled/{user}/selfie.jpg", f"old/enroll/{user}/selfie.jpg"):
        cloud.upload(other, photo_bytes("biden"))
    cloud.oss.delete_object(oss.DeleteObjectRequest(cloud.bucket, key))
    cloud.idle()
    assert len(cloud.invocations(FUNCTION)) == before
    assert cloud.enrolled(user) == ["members"]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("ObjectRemoved:DeleteObject", "enroll/{user}/selfie.jpg"),
        ("ObjectCreated:CopyObject", "enroll/{user}/selfie.jpg"),
        ("ObjectCreated:UploadPart", "enroll/{user}/selfie.jpg"),
        ("ObjectCreated:PutObject", "pictures/{user}/selfie.jpg"),
        ("ObjectCreated:PutObject", "ENROLL/{user}/selfie.jpg"),
        ("ObjectCreated:PutObject", "enroll/{user}/folder/"),
    ],
)
def test_the_function_itself_skips_what_a_wider_trigger_would_bring(cloud: Cloud, name: str, key: str) -> None:
    user, calls = raw_user(), cloud.calls("AddFaceRecord")
    record = cloud.place(key.format(user=user), photo_bytes("obama"))
    assert cloud.deliver(FUNCTION, {"events": [{**record, "eventName": name}]}) == {"skipped": 1}
    assert cloud.calls("AddFaceRecord") == calls
    assert failures_of(cloud, record) == []
