"""Uploads and the erasure of their user: before it, after it and in the middle."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from tests.cloud import Cloud, until
from tests.functional.upload_probes import FUNCTION, SELFIE, NewUser, uploaded


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
