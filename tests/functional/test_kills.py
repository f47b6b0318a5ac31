"""A function's instance is killed at each step of the pipeline: the platform delivers the event again, and whatever
had happened before, the service enrols once.

    deliver ── claim ── photograph's claim ── call ── photograph's record ── result ── done
           ^        ^                          ^   ^                     ^         ^

The instances that hold a claim take it with them: whoever comes next waits for its lease, the function's time-out and
five seconds for clocks that differ. So the stories go on side by side, and are told when all have ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.cloud import Cloud, enrol, new_id, photo_bytes, raw_user, running, template, until, upload_id

TIMEOUT_S = 5
MOST_RETRIES = 8
"""Each kill also ends what waits in the other instances of the function."""
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
    """When the instance is killed, and by which rule its successor then decides. `table` None: in the call itself."""

    name: str
    fault: str
    table: str | None
    rule: str
    waits: bool

    def order(self, cloud: Cloud, door: Door) -> None:
        if self.table is None:
            cloud.fault(door.action, self.fault)
        else:
            cloud.table_fault("PutRow", self.fault, self.table)


CALLED, ASKED, RECOGNISED = "as the service decided", "reconciled: QueryFaceRecord", "recognised"
BEFORE_CLAIM = Moment("before the claim", "hang-before", CLAIMS, CALLED, waits=False)
AFTER_CLAIM = Moment("after the claim", "hang-after", CLAIMS, CALLED, waits=True)
BEFORE_CALL = Moment("before the call", "hang-before-execute", None, CALLED, waits=True)
AFTER_CALL = Moment("after the call", "hang-after-execute", None, ASKED, waits=True)
AFTER_PHOTOGRAPH = Moment("after the photograph's record", "hang-after", RESULTS, RECOGNISED, waits=True)
AFTER_RESULT = Moment("after the result", "hang-after", RESULTS, CALLED, waits=False)

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
    (LATER, BEFORE_CALL),
    (LATER, AFTER_CALL),
]
"""Those that wait come last: a fault on order is for whoever comes first, and they do not call before their leases
end.
"""


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
    brief = template(folder, timeout=TIMEOUT_S, asyncInvokeConfig={"maxAsyncRetryAttempts": MOST_RETRIES})
    with running(folder / "cloud", "--qps", "1000", "--time-scale", "0.1", *brief) as started:
        yield started


@pytest.fixture(scope="module")
def told(killed_cloud: Cloud) -> dict[tuple[str, str], Told]:
    cloud, begun = killed_cloud, {}
    for door, moment in STORIES:
        user, executed = raw_user(), cloud.calls(door.action, "executed")
        moment.order(cloud, door)
        biz_id = door.begin(cloud, user)
        until(lambda: not cloud.faults_left())
        if moment is AFTER_CALL:
            until(lambda door=door, executed=executed: cloud.calls(door.action, "executed") > executed)
        number = len(cloud.invocations(door.function)) - 1
        begun[door.function, moment.name] = user, biz_id, number, cloud.kill(door.function)
        if not moment.waits:
            cloud.idle()
    cloud.idle()
    return {
        story: Told(
            killed=killed,
            enrolled=cloud.enrolled(user),
            result=cloud.stored(biz_id),
            failures=len(cloud.failures(user)),
            deliveries=cloud.invocations(story[0])[number]["attempts"],
        )
        for story, (user, biz_id, number, killed) in begun.items()
    }


@pytest.mark.parametrize(
    ("door", "moment"), STORIES, ids=[f"{door.function} {moment.name}" for door, moment in STORIES]
)
def test_an_instance_killed(told: dict[tuple[str, str], Told], door: Door, moment: Moment) -> None:
    end = told[door.function, moment.name]
    assert end.killed >= 1
    assert end.deliveries >= 2, "the platform delivered again"
    assert end.enrolled == ["staff"], "each executed enrolment would have added a record"
    assert moment.rule in end.result["Rule"]
    assert end.failures == 0


def test_the_service_executed_one_enrolment_for_each(killed_cloud: Cloud, told: dict[tuple[str, str], Told]) -> None:
    enrolments = sum(action == "AddFaceRecord" for action in (door.action for door, _ in STORIES))
    assert killed_cloud.calls("AddFaceRecord", "executed") == enrolments
    assert killed_cloud.calls("FaceDuplicationCheckIntl", "executed") == len(STORIES) - enrolments
    assert killed_cloud.objects("deferred/") == []
    assert killed_cloud.failures() == []
