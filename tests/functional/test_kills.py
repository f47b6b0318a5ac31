"""A function's instance is killed at each step of the pipeline: the platform delivers the event again, and whatever
had happened before, the service enrols once.

    deliver ── claim ── photograph's claim ── call ── photograph's record ── result ── done
           ^        ^                          ^   ^                     ^         ^

An instance that held a claim takes it along: its successor needs the lease to end, the function's time-out and five
seconds for clocks that differ. The platform waits longer here, so that all stories begin before the first goes on: a
fault on order is for whoever comes first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.cloud import Cloud, enrol, new_id, photo_bytes, raw_user, running, template, until, upload_id

TIMEOUT_S = 10
FIRST_RETRY_S = 35
CLAIMS, RESULTS = "facegate_claims", "facegate_results"


@dataclass(frozen=True)
class Door:
    """How work comes in: `begin` starts it for a user and returns the id of its result."""

    function: str
    action: str
    begin: Callable[[Cloud, str], str]


def upload(cloud: Cloud, user: str) -> str:
    key = f"enroll/staff/{user}/selfie.jpg"
    return upload_id(cloud.bucket, key, cloud.upload(key, photo_bytes("obama")))


def sign_up(cloud: Cloud, user: str) -> str:
    key, biz_id = f"pictures/{user}.jpg", new_id()
    cloud.upload(key, photo_bytes("biden"))
    registers = {"FaceGroupCodes": "members", "AutoRegistration": True, "FaceRegisterGroupCode": "staff"}
    cloud.publish(
        {
            "version": 1,
            "MerchantUserId": user,
            "SourceFacePictureObject": key,
            "MerchantBizId": biz_id,
            **registers,
        }
    )
    return biz_id


def post_later(cloud: Cloud, user: str) -> str:
    fields = enrol(user, "collins", FaceGroupCode="staff", MerchantBizId=new_id())
    assert cloud.post("add-face-record", fields, Prefer="respond-async").status_code == 202
    return str(fields["MerchantBizId"])


UPLOAD = Door("enroll-on-upload", "AddFaceRecord", upload)
SIGN_UP = Door("dedup-on-signup", "FaceDuplicationCheckIntl", sign_up)
LATER = Door("add-face-record", "AddFaceRecord", post_later)


@dataclass(frozen=True)
class Moment:
    """When the instance is killed, and by which rule its successor decides. `table` None: in the call itself."""

    name: str
    fault: str
    table: str | None
    rule: str

    def order(self, cloud: Cloud, door: Door) -> None:
        if self.table is None:
            cloud.fault(door.action, self.fault)
        else:
            cloud.table_fault("PutRow", self.fault, self.table)


CALLED, ASKED, RECOGNISED = "as the service decided", "reconciled: QueryFaceRecord", "recognised"
BEFORE_CLAIM = Moment("before the claim", "hang-before", CLAIMS, CALLED)
AFTER_CLAIM = Moment("after the claim", "hang-after", CLAIMS, CALLED)
BEFORE_CALL = Moment("before the call", "hang-before-execute", None, CALLED)
AFTER_CALL = Moment("after the call", "hang-after-execute", None, ASKED)
AFTER_PHOTOGRAPH = Moment("after the photograph's record", "hang-after", RESULTS, RECOGNISED)
AFTER_RESULT = Moment("after the result", "hang-after", RESULTS, CALLED)

STORIES = [
    (UPLOAD, BEFORE_CLAIM),
    (SIGN_UP, BEFORE_CLAIM),
    (SIGN_UP, AFTER_RESULT),
    (UPLOAD, AFTER_CLAIM),
    (UPLOAD, AFTER_PHOTOGRAPH),
    (UPLOAD, BEFORE_CALL),
    (UPLOAD, AFTER_CALL),
    (SIGN_UP, BEFORE_CALL),
    (SIGN_UP, AFTER_CALL),
    (LATER, AFTER_CALL),
]


@dataclass(frozen=True)
class Told:
    """`killed` counts instances; the rest is how it ended."""

    killed: int
    enrolled: list[str]
    result: dict[str, Any]
    failures: int
    deliveries: int


@pytest.fixture(scope="module")
def killed_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    folder = tmp_path_factory.mktemp("kills")
    brief = template(folder, timeout=TIMEOUT_S)
    with running(folder / "cloud", "--qps", "1000", "--time-scale", str(FIRST_RETRY_S), *brief) as started:
        yield started


@dataclass(frozen=True)
class Begun:
    """`number` is that of the invocation among the function's."""

    user: str
    biz_id: str
    number: int
    killed: int


def killed_at(cloud: Cloud, door: Door, moment: Moment) -> Begun:
    user, executed = raw_user(), cloud.calls(door.action, "executed")
    moment.order(cloud, door)
    biz_id = door.begin(cloud, user)
    until(lambda: not cloud.faults_left())
    if moment is AFTER_CALL:
        until(lambda: cloud.calls(door.action, "executed") > executed)
    return Begun(user, biz_id, len(cloud.invocations(door.function)) - 1, cloud.kill(door.function))


@pytest.fixture(scope="module")
def told(killed_cloud: Cloud) -> dict[tuple[str, str], Told]:
    cloud = killed_cloud
    begun = {(door.function, moment.name): killed_at(cloud, door, moment) for door, moment in STORIES}
    cloud.idle()
    return {
        story: Told(
            killed=one.killed,
            enrolled=cloud.enrolled(one.user),
            result=cloud.stored(one.biz_id),
            failures=len(cloud.failures(one.user)),
            deliveries=cloud.invocations(story[0])[one.number]["attempts"],
        )
        for story, one in begun.items()
    }


@pytest.mark.parametrize(
    ("door", "moment"), STORIES, ids=[f"{door.function} {moment.name}" for door, moment in STORIES]
)
def test_an_instance_killed(told: dict[tuple[str, str], Told], door: Door, moment: Moment) -> None:
    end = told[door.function, moment.name]
    assert end.killed >= 1
    assert end.deliveries == 2
    assert end.enrolled == ["staff"], "each executed enrolment would have added a record"
    assert moment.rule in end.result["Rule"]
    assert end.failures == 0


def test_the_service_executed_one_enrolment_for_each(killed_cloud: Cloud, told: dict[tuple[str, str], Told]) -> None:
    enrolments = sum(action == "AddFaceRecord" for action in (door.action for door, _ in STORIES))
    assert killed_cloud.calls("AddFaceRecord", "executed") == enrolments
    assert killed_cloud.calls("FaceDuplicationCheckIntl", "executed") == len(STORIES) - enrolments
    assert killed_cloud.objects("deferred/") == []
    assert killed_cloud.failures() == []
