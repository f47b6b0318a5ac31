"""A selfie put under enroll/ enrols its user: once, however often and in whatever company its event arrives."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import alibabacloud_oss_v2 as oss
import pytest

from facegate.ledger.failures import Failure
from local.credentials import Account
from tests.cloud import Cloud, drawn, enrol, oss_record, photo_bytes, raw_user, until, upload_id
from tests.functional.test_local_oss_form_upload import Signer
from tests.unit.picture_samples import flat_png, segment, with_claimed_size, with_scans, with_segments

FUNCTION = "enroll-on-upload"
NewUser = Callable[[], str]
COMMENT = 0xFE


def uploaded(cloud: Cloud, key: str, picture: str = "obama", **meta: str) -> str:
    """PutObject of a photograph, and the end of all that follows from it; the id of the result."""
    etag = cloud.upload(key, photo_bytes(picture), **meta)
    cloud.idle()
    return upload_id(cloud.bucket, key, etag)


def failures_of(cloud: Cloud, record: dict[str, Any]) -> list[Failure]:
    """The rows of the failure table that hold this version of this object."""
    stored = record["oss"]["object"]
    return [row for row in cloud.failures() if all(f'"{stored[name]}"' in row.event for name in ("key", "eTag"))]


# --- who is enrolled ------------------------------------------------------------------------------------------------


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


# --- which uploads count --------------------------------------------------------------------------------------------


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


# --- what cannot be used --------------------------------------------------------------------------------------------

SELFIE = photo_bytes("obama")


@pytest.mark.parametrize(
    ("key", "meta", "picture", "reason"),
    [
        ("enroll/{user}/s.jpg", {"merchantuserid": "raw-user-other"}, SELFIE, "ContradictingMetadata"),
        ("enroll/members/{user}/s.jpg", {"facegroupcode": "staff"}, SELFIE, "ContradictingMetadata"),
        ("enroll/visitors/{user}/s.jpg", {}, SELFIE, "InvalidParameter"),
        ("enroll/{user}/s.jpg", {"facegroupcode": "visitors"}, SELFIE, "InvalidParameter"),
        ("enroll/{user}.jpg", {}, SELFIE, "InvalidObjectKey"),
        ("enroll/a/b/{user}/s.jpg", {}, SELFIE, "InvalidObjectKey"),
        ("enroll//{user}.jpg", {}, SELFIE, "InvalidObjectKey"),
        ("enroll/.../{user}.jpg", {}, SELFIE, "InvalidObjectKey"),
        ("enroll/{user}+tag/s.jpg", {}, SELFIE, "InvalidObjectKey"),
        ("enroll/{user}/a selfie.jpg", {}, SELFIE, "InvalidObjectKey"),
        ("enroll/{user}%2Fa/s.jpg", {}, SELFIE, "InvalidObjectKey"),
        ("enroll/{user}/자기.jpg", {}, SELFIE, "InvalidObjectKey"),
        ("enroll/{user}/" + "long" * 65, {}, SELFIE, "InvalidObjectKey"),
        ("enroll/{user}/s.jpg", {}, b"", "EmptyObject"),
        ("enroll/{user}/s.jpg", {}, b"\0" * (20 * 1024 * 1024 + 1), "ToolargeImage"),
        ("enroll/{user}/s.jpg", {}, b"no picture", "UnsupportedImageFormat"),
        ("enroll/{user}/s.jpg", {}, SELFIE[:9_000], "UnqualifiedPhoto"),
        ("enroll/{user}/s.jpg", {}, drawn(20, 20), "UnqualifiedPhoto"),
        ("enroll/{user}/s.jpg", {}, with_claimed_size(drawn(480, 640), 65_000, 65_000), "ToolargeImage"),
        ("enroll/{user}/s.png", {}, flat_png(20_000, 20_000), "ToolargeImage"),
        ("enroll/{user}/s.jpg", {}, with_scans(3_000), "ToolargeImage"),
    ],
    ids=[
        "metadata names another user",
        "metadata names another group",
        "the key's group is none of the deployment's",
        "the metadata's group is none of the deployment's",
        "no user in the key",
        "too many parts in the key",
        "an empty part in the key",
        "a part of dots in the key",
        "+ in the key",
        "a space in the key",
        "%2F in the key",
        "non-ASCII in the key",
        "a file name of 260 characters",
        "zero bytes",
        "more than 20 MB",
        "not a picture",
        "a picture cut short",
        "a picture too small",
        "a JPEG that claims 4 gigapixels",
        "a PNG of 400 megapixels in a few bytes",
        "a JPEG of 3,000 scans",
    ],
)
def test_an_upload_that_cannot_be_used_is_a_failure_with_its_reason_and_no_call(
    cloud: Cloud, key: str, meta: dict[str, str], picture: bytes, reason: str
) -> None:
    user, calls = raw_user(), cloud.calls("AddFaceRecord")
    key = key.format(user=user)
    etag = cloud.upload(key, picture, **meta)
    cloud.idle()
    (failure,) = failures_of(cloud, oss_record(key, etag, 0))
    assert (failure.function, failure.reason, failure.attempts) == (FUNCTION, reason, 1)
    assert failure.user == (None if reason == "InvalidObjectKey" else cloud.pseudonym(user))
    assert cloud.calls("AddFaceRecord") == calls
    assert cloud.enrolled(user) == []
    assert {i["outcome"] for i in cloud.invocations(FUNCTION)} == {"succeeded"}, "the platform is not to repeat it"


def test_a_key_may_have_1023_bytes_and_is_refused_by_its_form(cloud: Cloud) -> None:
    user = raw_user()
    key = f"enroll/{user}/".ljust(1_023, "x")
    etag = cloud.upload(key, SELFIE)
    cloud.idle()
    assert [row.reason for row in failures_of(cloud, oss_record(key, etag, 0))] == ["InvalidObjectKey"]


def test_a_picture_without_a_face_is_a_failure_and_a_result(cloud: Cloud, new_user: NewUser) -> None:
    user, calls = new_user(), cloud.calls("AddFaceRecord")
    key, picture = f"enroll/{user}/selfie.png", photo_bytes("coffee")
    etag = cloud.upload(key, picture)
    cloud.idle()
    stored = cloud.stored(upload_id(cloud.bucket, key, etag))
    assert (stored["Outcome"], stored["Code"]) == ("refused", "NoFaceDetected")
    assert [row.reason for row in cloud.failures(user)] == ["NoFaceDetected"]
    record = oss_record(key, etag, len(picture))
    assert cloud.deliver(FUNCTION, {"events": [record]}) == {"replayed": 1}, "a final refusal is not asked for again"
    assert cloud.calls("AddFaceRecord") == calls + 1


def test_an_object_that_is_gone_before_it_is_read_is_a_failure(cloud: Cloud) -> None:
    user, calls = raw_user(), cloud.calls("AddFaceRecord")
    order = {"operation": "GetObject", "fault": "deleted-before"}
    assert cloud.client.post("/_local/oss/faults", json=order).is_success
    uploaded(cloud, f"enroll/{user}/selfie.jpg")
    assert [row.reason for row in cloud.failures(user)] == ["ObjectMissing"]
    assert cloud.calls("AddFaceRecord") == calls


def test_an_object_overwritten_before_it_is_read_is_left_to_the_event_of_its_overwriting(
    cloud: Cloud, new_user: NewUser
) -> None:
    user, calls = new_user(), cloud.calls("AddFaceRecord")
    first = cloud.place(f"enroll/{user}/selfie.jpg", photo_bytes("biden"))
    second = cloud.place(f"enroll/{user}/selfie.jpg", photo_bytes("obama"))
    assert cloud.deliver(FUNCTION, {"events": [first]}) == {"overwritten": 1}
    assert (cloud.enrolled(user), cloud.calls("AddFaceRecord")) == ([], calls)
    assert cloud.deliver(FUNCTION, {"events": [second]}) == {"enrolled": 1}
    assert cloud.deliver(FUNCTION, {"events": [first]}) == {"overwritten": 1}
    assert cloud.enrolled(user) == ["members"]
    assert cloud.failures(user) == []


@pytest.mark.parametrize(
    "fault", ["http-500", "http-503", "reset", "truncated-body", "lying-content-length", "corrupt-body", "wrong-crc"]
)
def test_a_passing_failure_of_oss_is_overcome_and_no_half_picture_is_sent(
    cloud: Cloud, new_user: NewUser, fault: str
) -> None:
    user, key, calls = new_user(), "enroll/{}/selfie.jpg", cloud.calls("AddFaceRecord")
    order = {"operation": "GetObject", "fault": fault}
    assert cloud.client.post("/_local/oss/faults", json=order).is_success
    biz_id = uploaded(cloud, key.format(user))
    assert cloud.enrolled(user) == ["members"]
    assert cloud.calls("AddFaceRecord") == calls + 1
    posted = cloud.post("add-face-record", enrol(user)).json()["MerchantBizId"]
    assert cloud.stored(biz_id)["PictureSha256"] == cloud.stored(posted)["PictureSha256"]


# --- several records in one event -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pictures", "counts", "enrolled"),
    [
        (["obama", "obama2"], {"enrolled": 2}, 2),
        (["obama", "obama"], {"enrolled": 2}, 1),
        (["coffee", "obama"], {"refused": 1, "enrolled": 1}, 1),
    ],
    ids=["two photographs", "the same one twice", "one without a face"],
)
def test_two_uploads_of_one_user_in_one_event(
    cloud: Cloud, new_user: NewUser, pictures: list[str], counts: dict[str, int], enrolled: int
) -> None:
    user = new_user()
    records = [cloud.place(f"enroll/{user}/{n}", photo_bytes(name)) for n, name in enumerate(pictures)]
    assert cloud.deliver(FUNCTION, {"events": records}) == counts
    assert len(cloud.enrolled(user)) == enrolled


def test_a_poison_record_neither_stops_nor_repeats_the_others(cloud: Cloud, new_user: NewUser) -> None:
    users, calls = [new_user(), new_user()], cloud.calls("AddFaceRecord")
    good = [cloud.place(f"enroll/{user}/selfie.jpg", SELFIE) for user in users]
    poison = [cloud.place(f"enroll/{raw_user()}/selfie.jpg", b"no picture"), oss_record("enroll/%", "0" * 32, 9)]
    event = {"events": [poison[0], good[0], poison[1], good[1]]}
    assert cloud.deliver(FUNCTION, event) == {"failed": 2, "enrolled": 2}
    assert cloud.deliver(FUNCTION, event) == {"failed": 2, "replayed": 2}
    assert [len(failures_of(cloud, record)) for record in (*poison, *good)] == [1, 1, 0, 0]
    assert [cloud.enrolled(user) for user in users] == [["members"], ["members"]]
    assert cloud.calls("AddFaceRecord") == calls + 2


# --- exactly once ---------------------------------------------------------------------------------------------------


def test_fifty_deliveries_of_one_event_make_one_call(cloud: Cloud, new_user: NewUser) -> None:
    user, calls, before = new_user(), cloud.calls("AddFaceRecord"), len(cloud.invocations(FUNCTION))
    record = cloud.place(f"enroll/{user}/selfie.jpg", SELFIE)
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda _: cloud.notify(record), range(50)))
    cloud.idle()
    delivered = cloud.invocations(FUNCTION)[before:]
    assert [(i["outcome"], i["attempts"]) for i in delivered] == [("succeeded", 1)] * 50
    assert cloud.calls("AddFaceRecord") == calls + 1
    assert cloud.enrolled(user) == ["members"]


def same_file() -> bytes:
    return SELFIE


def with_a_comment() -> bytes:
    """Other bytes, and so another ETag; the same pixels."""
    return with_segments(SELFIE, segment(COMMENT, b"sent again"))


@pytest.mark.parametrize("again", [same_file, with_a_comment])
def test_the_same_photograph_of_a_user_under_another_key_is_recognised_without_a_call(
    cloud: Cloud, new_user: NewUser, again: Callable[[], bytes]
) -> None:
    user = new_user()
    uploaded(cloud, f"enroll/{user}/selfie.jpg")
    calls = cloud.calls("AddFaceRecord")
    key = f"enroll/{user}/again.jpg"
    etag = cloud.upload(key, again())
    cloud.idle()
    stored = cloud.stored(upload_id(cloud.bucket, key, etag))
    assert (stored["Outcome"], stored["Attempts"]) == ("enrolled", 0)
    assert "recognised" in stored["Rule"]
    assert cloud.calls("AddFaceRecord") == calls
    assert cloud.enrolled(user) == ["members"]


@pytest.mark.parametrize(
    ("key", "picture", "groups"),
    [
        ("enroll/{user}/other.jpg", "obama2", ["members", "members"]),
        ("enroll/staff/{user}/selfie.jpg", "obama", ["members", "staff"]),
    ],
    ids=["another photograph", "another group"],
)
def test_another_photograph_or_group_is_another_enrolment(
    cloud: Cloud, new_user: NewUser, key: str, picture: str, groups: list[str]
) -> None:
    """The documents do not say that a second face record of a user replaces the first: each is made."""
    user = new_user()
    uploaded(cloud, f"enroll/{user}/selfie.jpg")
    uploaded(cloud, key.format(user=user), picture)
    assert sorted(cloud.enrolled(user)) == groups


def test_the_same_photograph_of_two_users_enrols_both(cloud: Cloud, new_user: NewUser) -> None:
    users = [new_user(), new_user()]
    for user in users:
        uploaded(cloud, f"enroll/{user}/selfie.jpg")
    assert [cloud.enrolled(user) for user in users] == [["members"], ["members"]]


def test_a_burst_that_is_throttled_backs_off_and_ends_enrolled(cloud: Cloud, new_user: NewUser) -> None:
    users, calls = [new_user() for _ in range(4)], cloud.calls("AddFaceRecord")
    cloud.fault("AddFaceRecord", "throttle", times=5)
    ids = []
    for user in users:
        key = f"enroll/{user}/selfie.jpg"
        ids.append(upload_id(cloud.bucket, key, cloud.upload(key, SELFIE)))
    cloud.idle()
    assert [cloud.enrolled(user) for user in users] == [["members"]] * 4
    assert sum(cloud.stored(biz_id)["Attempts"] for biz_id in ids) == 4 + 5
    assert cloud.calls("AddFaceRecord") == calls + 4 + 5
    assert [row for user in users for row in cloud.failures(user)] == []


# --- erased users ---------------------------------------------------------------------------------------------------


def test_a_late_event_does_not_enrol_an_erased_user_and_a_new_upload_does(cloud: Cloud, new_user: NewUser) -> None:
    user = new_user()
    before_erasure = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
    uploaded(cloud, f"enroll/{user}/selfie.jpg")
    late = {**cloud.place(f"enroll/{user}/late.jpg", SELFIE), "eventTime": before_erasure}
    again = {**cloud.place(f"enroll/{user}/selfie.jpg", SELFIE), "eventTime": before_erasure}
    cloud.client.delete(f"/v1/users/{user}")
    calls = cloud.calls("AddFaceRecord")

    cloud.notify(again)
    cloud.notify(late)
    cloud.idle()
    assert cloud.deliver(FUNCTION, {"events": [late]}) == {"erased": 1}
    assert (cloud.enrolled(user), cloud.calls("AddFaceRecord")) == ([], calls)
    assert cloud.failures(user) == [], "nothing is kept of somebody who was erased"
    assert cloud.client.get(f"/v1/users/{user}/results").json()["Result"] == {"Items": []}

    uploaded(cloud, f"enroll/{user}/new.jpg")
    assert (cloud.enrolled(user), cloud.calls("AddFaceRecord")) == (["members"], calls + 1)


def test_erasure_deletes_the_uploads_of_the_user_and_of_nobody_else(cloud: Cloud, new_user: NewUser) -> None:
    user, other = new_user(), new_user()
    keys = [
        f"enroll/{user}/1.jpg",
        f"enroll/staff/{user}/2.jpg",
        f"enroll/{user}/ä+ %2F.jpg",
        f"enroll/strangers/{user}/3.jpg",
    ]
    others = [f"enroll/{user}/{other}/1.jpg", f"enroll/{other}/1.jpg", f"enroll/{user}0/1.jpg"]
    for key in keys + others:
        cloud.place(key, SELFIE)
    uploaded(cloud, keys[3])

    result = cloud.client.delete(f"/v1/users/{user}").json()["Result"]

    assert (result["DeletedUploads"], result["DeletedFailures"], result["Remaining"]["uploads"]) == (3, 1, 0)
    assert [key for key in keys + others if key in cloud.objects("enroll/")] == others


def test_an_erasure_that_comes_in_the_middle_undoes_the_enrolment(cloud: Cloud, new_user: NewUser) -> None:
    user, slow = new_user(), {"times": 1, "delay_ms": 1_500}
    record = cloud.place(f"enroll/{user}/selfie.jpg", SELFIE)
    calls = cloud.calls("AddFaceRecord")
    cloud.fault("AddFaceRecord", "slow", **slow)
    with ThreadPoolExecutor(1) as pool:
        delivered = pool.submit(cloud.deliver, FUNCTION, {"events": [record]})
        until(lambda: cloud.calls("AddFaceRecord") > calls)
        assert cloud.client.delete(f"/v1/users/{user}").is_success
        assert delivered.result() == {"erased": 1}
    assert cloud.enrolled(user) == []
