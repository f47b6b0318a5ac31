"""Forgetting a person: the order, the proof, and going on after a failure."""

from __future__ import annotations

from typing import Any

import pytest

from facegate.erasure import Erased, ErasureIncomplete
from facegate.errors import FacegateError
from facegate.ledger.errors import LedgerError
from facegate.ledger.failures import Failure
from facegate.ledger.results import MAX_PAGE
from facegate.objects import ObjectsUnavailable
from facegate.verification.errors import ServiceRefused, ServiceUnreachable, VerificationError
from tests.fakes.clock import EPOCH_MS
from tests.unit import layer_samples as samples
from tests.unit.layer_world import World

USER, OTHER_USER = samples.PSEUDONYM, "o" * 32
DELETE, FORGET, QUERY = "DeleteFaceRecordV2", "DeleteVerifyResult", "QueryFaceRecord"
FOLDERS = ["enroll/raw-user-1/", "enroll/members/raw-user-1/"]
DELETED = {"Deleted": "Y", "DeletedGroupCodes": "members,staff"}


@pytest.fixture
def world() -> World:
    return World()


def decided(world: World, biz_id: str, **changes: Any) -> None:
    """A claim and its record, as a decided request leaves them."""
    record = samples.record(merchant_biz_id=biz_id, transaction_id=f"t-{biz_id}", **changes)
    world.claims.acquire(biz_id, record.fingerprint, 30_000, 0)
    world.results.write_once(record)


def failed(world: World, failure_id: str, user: str | None, **changes: Any) -> bool:
    return world.failures.record(
        Failure(
            failure_id=failure_id,
            function="enroll-on-upload",
            reason="NoFaceDetected",
            detail="no face was found",
            attempts=1,
            failed_at_ms=EPOCH_MS,
            event="{}",
            user=user,
            **changes,
        )
    )


def answers(world: World, *, verifications: int, left: int = 0) -> None:
    """All goes well, apart from `left` face records that a second look finds."""
    face = {"FaceId": "f", "MerchantUserId": USER, "GmtCreate": "2027-01-15T08:00:00Z"}
    world.verification.will(DELETE, DELETED)
    world.verification.will(FORGET, *[{"DeleteResult": "Y"}] * verifications)
    world.verification.will(QUERY, [face] * left, [])


def erase(world: World, remaining_ms: int = 60_000) -> Erased:
    return world.eraser.erase(USER, FOLDERS, world.clock.deadline(remaining_ms))


def refused(world: World, remaining_ms: int = 60_000) -> FacegateError:
    with pytest.raises(FacegateError) as raised:
        erase(world, remaining_ms)
    return raised.value


def rows_of(world: World, table: str) -> int:
    return sum(where == table for where, _ in world.store.rows)


def test_everything_of_the_user_goes_and_nothing_of_another(world: World) -> None:
    decided(world, "a1")
    decided(world, "a2", enrolment_id="mark")
    world.results.write_once(samples.record(merchant_biz_id="mark", user=None))
    decided(world, "b1", user=OTHER_USER)
    failed(world, "fa", USER)
    failed(world, "fb", OTHER_USER)
    failed(world, "fc", None)
    answers(world, verifications=2)
    erased = erase(world)
    assert erased == Erased(
        deleted_groups=["members", "staff"],
        results=2,
        failures=1,
        verifications=2,
        remaining={"members": 0, "staff": 0, "uploads": 0, "results": 0, "failures": 0},
    )
    assert [world.record(biz_id) is not None for biz_id in ("a1", "a2", "mark", "b1")] == [False, False, False, True]
    assert world.is_free("a1")
    assert not world.is_free("b1")
    assert {failure.failure_id for failure in world.failures.all()} == {"fb", "fc"}


UPLOADS = ["enroll/raw-user-1/a.jpg", "enroll/raw-user-1/b+c d.jpg", "enroll/members/raw-user-1/a.jpg"]
OTHERS_OBJECTS = [
    "enroll/raw-user-10/a.jpg",
    "enroll/raw-user-1/raw-user-2/a.jpg",
    "enroll/members/raw-user-10/a.jpg",
    "pictures/raw-user-1/a.jpg",
]


def test_the_uploads_of_the_user_go_and_nobody_elses(world: World) -> None:
    for key in UPLOADS + OTHERS_OBJECTS:
        world.objects.put(key, b"picture")
    answers(world, verifications=0)
    assert erase(world).uploads == len(UPLOADS)
    assert sorted(world.objects.stored) == sorted(OTHERS_OBJECTS)


def test_an_upload_to_a_foreign_group_goes_with_its_failure(world: World) -> None:
    key = "enroll/strangers/raw-user-1/a.jpg"
    world.objects.put(key, b"picture")
    failed(world, "fa", USER, object_key=key)
    answers(world, verifications=0)
    assert erase(world).failures == 1
    assert world.objects.stored == {}


def test_uploads_that_cannot_be_deleted_leave_the_erasure_unfinished(world: World) -> None:
    world.objects.put(UPLOADS[0], b"picture")
    world.verification.will(DELETE, DELETED)
    world.verification.during[DELETE] = lambda: setattr(world.objects, "fault", ObjectsUnavailable("no answer"))
    assert isinstance(refused(world), ObjectsUnavailable)
    world.verification.during.clear()
    answers(world, verifications=0)
    assert erase(world).uploads == 1


@pytest.mark.parametrize(
    ("user", "arose_at_ms", "kept"),
    [
        (USER, EPOCH_MS - 1, False),
        (USER, EPOCH_MS, False),
        (USER, EPOCH_MS + 1, True),
        (USER, None, True),
        (OTHER_USER, EPOCH_MS - 1, True),
        (None, EPOCH_MS - 1, True),
    ],
)
def test_no_failure_is_kept_of_an_event_from_before_the_erasure(
    world: World, user: str | None, arose_at_ms: int | None, kept: bool
) -> None:
    world.tombstones.set(USER)
    assert failed(world, "fa", user, arose_at_ms=arose_at_ms) is kept
    assert bool(world.failures.all()) is kept


def test_the_tombstone_comes_first_and_our_own_rows_last(world: World) -> None:
    decided(world, "a1")
    steps: list[str] = []
    world.store.before = lambda method, table: steps.append(f"{method} {table}")
    for action in (DELETE, FORGET, QUERY):
        world.verification.during[action] = lambda action=action: steps.append(action)  # type: ignore[misc]
    answers(world, verifications=1)
    erase(world)
    assert steps[0] == "put_new claims"
    assert steps.index(DELETE) < steps.index(FORGET) < steps.index("delete claims") < steps.index("delete results")
    assert steps.index("delete results") < steps.index(QUERY)
    assert steps.count(QUERY) == len(samples.GROUPS)


def test_what_the_service_is_asked(world: World) -> None:
    decided(world, "a1")
    answers(world, verifications=1)
    erase(world)
    assert [asked.fields for asked in world.verification.of(DELETE)] == [{"MerchantUserId": USER}]
    assert [asked.fields for asked in world.verification.of(FORGET)] == [
        {"TransactionId": "t-a1", "DeleteAfterQuery": "N", "DeleteType": "All"}
    ]
    assert [asked.fields["FaceGroupCode"] for asked in world.verification.of(QUERY)] == list(samples.GROUPS)
    assert all(not asked.call.body for asked in world.verification.asked)


def test_a_user_of_whom_nothing_is_known_is_erased_all_the_same(world: World) -> None:
    world.verification.will(DELETE, {"Deleted": "N"})
    world.verification.will(QUERY, [], [])
    erased = erase(world)
    assert (erased.deleted_groups, erased.results, erased.verifications) == ([], 0, 0)
    assert world.tombstones.erased_since(USER, world.clock.ms)


def test_every_page_of_records_is_erased(world: World) -> None:
    count = 2 * MAX_PAGE + 1
    for number in range(count):
        decided(world, f"a{number}", decided_at_ms=EPOCH_MS + number)
    answers(world, verifications=count)
    assert erase(world).results == count
    assert rows_of(world, "results") == 0


@pytest.mark.parametrize("operation", ["AddFaceRecord", "CompareFaces"])
def test_only_verification_data_that_the_service_keeps_is_deleted_there(world: World, operation: str) -> None:
    transaction = None if operation == "AddFaceRecord" else "t"
    world.results.write_once(samples.record(operation=operation, transaction_id=transaction))
    answers(world, verifications=0)
    assert erase(world).verifications == 0
    assert world.verification.of(FORGET) == []


def test_verification_data_that_the_service_has_dropped_already_is_no_failure(world: World) -> None:
    decided(world, "a1")
    world.verification.will(DELETE, DELETED)
    world.verification.will(FORGET, ServiceRefused("InvalidParameter", 400))
    world.verification.will(QUERY, [], [])
    erased = erase(world)
    assert (erased.results, erased.verifications) == (1, 0)


# --- the tombstone --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("after_ms", "erased"), [(-1, True), (0, True), (1, False)])
def test_the_tombstone_tells_what_was_before_the_erasure_from_what_came_after(
    world: World, after_ms: int, erased: bool
) -> None:
    answers(world, verifications=0)
    erase(world)
    assert world.tombstones.erased_since(USER, world.clock.ms + after_ms) is erased
    assert not world.tombstones.erased_since(OTHER_USER, 0)


def test_a_second_erasure_moves_the_tombstone(world: World) -> None:
    for _ in range(2):
        answers(world, verifications=0)
        erase(world)
        world.clock.pass_ms(60_000)
    assert world.tombstones.erased_since(USER, world.clock.ms - 60_000)


def test_a_tombstone_whose_answer_was_lost_stands(world: World) -> None:
    world.store.lose_answer("put_new")
    answers(world, verifications=0)
    erase(world)
    assert world.tombstones.erased_since(USER, world.clock.ms)


def test_without_a_tombstone_nothing_is_begun(world: World) -> None:
    world.store.fail("put_new")
    assert isinstance(refused(world), LedgerError)
    assert world.verification.asked == []


# --- what is left ---------------------------------------------------------------------------------------------------


def test_a_face_record_that_is_still_there_is_no_erasure(world: World) -> None:
    answers(world, verifications=0, left=1)
    error = refused(world)
    assert isinstance(error, ErasureIncomplete)
    assert (error.code, error.http_status, error.retry_after) == ("ErasureIncomplete", 503, 1)


def test_a_result_that_was_written_meanwhile_is_no_erasure(world: World) -> None:
    world.verification.during[QUERY] = lambda: decided(world, "late") if world.is_free("late") else None
    answers(world, verifications=0)
    assert isinstance(refused(world), ErasureIncomplete)


def test_another_users_face_does_not_count(world: World) -> None:
    world.verification.will(DELETE, DELETED)
    world.verification.will(QUERY, [{"MerchantUserId": OTHER_USER}], [])
    assert erase(world).remaining["members"] == 0


# --- half-way -------------------------------------------------------------------------------------------------------

BROKEN: dict[str, VerificationError] = {
    "unreachable": ServiceUnreachable("m"),
    "throttled": ServiceRefused("Throttling.Api", 403),
    "account": ServiceRefused("Forbidden.RAMUserAccessDenied", 403),
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("step", [DELETE, FORGET, QUERY])
def test_an_erasure_that_failed_half_way_is_finished_by_asking_again(world: World, step: str, name: str) -> None:
    for biz_id in ("a1", "a2"):
        decided(world, biz_id)
    world.verification.will(step, BROKEN[name])
    if step == FORGET:
        world.verification.will(DELETE, DELETED)
    if step == QUERY:
        world.verification.will(DELETE, DELETED)
        world.verification.will(FORGET, {}, {})
    assert refused(world) is BROKEN[name]
    answers(world, verifications=2)
    erased = erase(world)
    assert not any(erased.remaining.values())
    assert rows_of(world, "results") == 0


def test_a_row_is_deleted_only_after_the_service_has_deleted_what_it_tells_of(world: World) -> None:
    decided(world, "a1")
    world.verification.will(DELETE, DELETED)
    world.verification.will(FORGET, BROKEN["unreachable"])
    refused(world)
    assert world.record("a1") is not None


@pytest.mark.parametrize(("method", "nth"), [("delete", 1), ("delete", 2), ("newest_of_user", 1), ("scan", 1)])
def test_a_table_that_fails_half_way_leaves_what_is_needed_to_go_on(world: World, method: str, nth: int) -> None:
    decided(world, "a1")
    answers(world, verifications=1)
    world.store.fail(method, nth)
    assert isinstance(refused(world), LedgerError)
    world.verification.answers.clear()
    answers(world, verifications=1)
    erase(world)
    assert rows_of(world, "results") == 0
    assert world.is_free("a1")


def test_when_time_runs_out_the_rest_is_left_for_the_next_request(world: World) -> None:
    for number in range(3):
        decided(world, f"a{number}")
    world.verification.during[FORGET] = lambda: world.clock.pass_ms(600)
    answers(world, verifications=3)
    assert isinstance(refused(world, remaining_ms=1_000), ErasureIncomplete)
    assert rows_of(world, "results") == 1
    answers(world, verifications=0)
    assert erase(world).results == 1
