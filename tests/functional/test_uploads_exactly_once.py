"""A selfie under enroll/ enrols once, however often and in whatever company its event arrives."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.cloud import Cloud, oss_record, photo_bytes, raw_user, upload_id
from tests.functional.upload_probes import FUNCTION, SELFIE, NewUser, failures_of, uploaded
from tests.unit.picture_samples import segment, with_segments

COMMENT = 0xFE


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
