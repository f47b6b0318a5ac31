"""Uploads that cannot be used or read, and the failures that are kept of them."""

from __future__ import annotations

import pytest

from tests.cloud import Cloud, drawn, enrol, oss_record, photo_bytes, raw_user, upload_id
from tests.functional.upload_probes import FUNCTION, SELFIE, NewUser, failures_of, uploaded
from tests.unit.picture_samples import flat_png, with_claimed_size, with_scans


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
