"""A person is enrolled at most once by a photograph: by picture, by URL, and by a check that registers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from facegate.errors import FacegateError, NoRole, StillInProgress
from facegate.ledger.claims import SETTLE_MS
from facegate.ledger.errors import LedgerError
from facegate.reconcile import RULE
from tests.unit import layer_samples as samples
from tests.unit.layer_enrolments import (
    CHECK,
    ENROL,
    OTHER_ID,
    OUTCOME,
    QUERY,
    THIRD_ID,
    WAYS,
    abandoned,
    enrolment,
    face,
    good,
    occurred,
    refused,
)
from tests.unit.layer_world import World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_one_call_enrols_and_the_same_request_again_makes_none(world: World, way: str) -> None:
    world.verification.will(WAYS[way][0], good(way))
    first = world.run(enrolment(way))
    again = world.run(enrolment(way))
    assert (first.record.outcome, again.replayed, again.record) == (OUTCOME[way], True, first.record)
    assert world.verification.actions() == [WAYS[way][0]]
    assert not world.verification.asked[0].call.repeatable


def test_the_service_gets_the_hash_and_the_group(world: World, way: str) -> None:
    world.verification.will(WAYS[way][0], good(way))
    world.run(enrolment(way))
    fields = world.verification.asked[0].fields
    assert fields["MerchantUserId"] == samples.PSEUDONYM
    assert fields["FaceRegisterGroupCode" if way == "registration" else "FaceGroupCode"] == "members"


def test_a_check_that_finds_a_duplicate_is_recorded_as_one(world: World) -> None:
    hit = json.dumps([{"faceGroupCode": "members", "faceId": "f", "merchantUserId": "u"}])
    world.verification.will(CHECK, {"FacePassed": "N", "SubCode": 233, "DuplicateFace": hit})
    assert world.run(enrolment("registration")).record.outcome == "duplicate"


def test_the_same_photograph_of_a_user_is_recognised_under_another_id(world: World) -> None:
    world.verification.will(ENROL, good("picture"))
    first = world.run(enrolment("picture")).record
    second = world.run(enrolment("picture", MerchantBizId=OTHER_ID)).record
    assert (second.outcome, second.attempts, second.answer) == ("enrolled", 0, first.answer)
    assert second.rule.startswith("recognised")
    assert second.enrolment_id == first.enrolment_id is not None
    assert world.verification.actions() == [ENROL]


@pytest.mark.parametrize(
    "changes",
    [{"MerchantUserId": "bob"}, {"FaceGroupCode": "staff"}, {"FacePicture": samples.OTHER_JPEG}],
    ids=str,
)
def test_another_user_group_or_photograph_is_another_enrolment(world: World, changes: dict[str, Any]) -> None:
    world.verification.will(ENROL, good("picture"), good("picture"))
    world.run(enrolment("picture"))
    world.run(enrolment("picture", MerchantBizId=OTHER_ID, **changes))
    assert world.verification.actions() == [ENROL, ENROL]


def test_the_same_photograph_in_two_requests_at_once_makes_one_call(world: World) -> None:
    twins: list[FacegateError] = []
    world.verification.during[ENROL] = lambda: twins.append(
        refused(world, enrolment("picture", MerchantBizId=OTHER_ID))
    )
    world.verification.will(ENROL, good("picture"))
    world.run(enrolment("picture"))
    assert [type(twin) for twin in twins] == [StillInProgress]
    assert world.is_free(OTHER_ID)
    assert world.run(enrolment("picture", MerchantBizId=OTHER_ID)).record.rule.startswith("recognised")


def test_a_photograph_that_did_not_enrol_may_be_tried_again(world: World) -> None:
    world.verification.will(ENROL, {"Passed": "N"}, good("picture"))
    assert world.run(enrolment("picture")).record.outcome == "not-enrolled"
    assert world.run(enrolment("picture", MerchantBizId=OTHER_ID)).record.outcome == "enrolled"


def test_a_lost_answer_is_asked_for_by_whatever_request_brings_the_photograph_again(world: World) -> None:
    created = face(world)
    abandoned(world, "picture")
    world.clock.pass_ms(SETTLE_MS)
    world.verification.will(QUERY, [created])
    assert world.run(enrolment("picture", MerchantBizId=OTHER_ID)).record.rule == RULE
    assert world.verification.actions() == [QUERY]


def test_a_lost_answer_is_still_asked_for_when_a_request_ended_before_it_could_ask(world: World) -> None:
    created = face(world)
    abandoned(world, "picture")
    world.clock.pass_ms(SETTLE_MS)
    world.verification.will(QUERY, NoRole("no role"), [created])
    assert isinstance(refused(world, enrolment("picture", MerchantBizId=OTHER_ID)), NoRole)
    world.clock.pass_ms(SETTLE_MS)
    assert world.run(enrolment("picture", MerchantBizId=THIRD_ID)).record.rule == RULE
    assert world.verification.actions() == [QUERY, QUERY]


def test_a_request_that_ended_before_it_could_call_leaves_the_photograph_free(world: World) -> None:
    world.verification.will(ENROL, NoRole("no role"), good("picture"))
    assert isinstance(refused(world, enrolment("picture")), NoRole)
    assert world.run(enrolment("picture", MerchantBizId=OTHER_ID)).record.outcome == "enrolled"


def test_the_photographs_own_record_names_no_user(world: World) -> None:
    world.verification.will(ENROL, good("picture"))
    record = world.run(enrolment("picture")).record
    mark = world.record(str(record.enrolment_id))
    assert mark is not None
    assert mark.user is None
    assert [found.merchant_biz_id for found in world.results.of_user(samples.PSEUDONYM, 50, None).records] == [
        samples.BIZ_ID
    ]


def test_a_tombstone_that_cannot_be_read_means_no_call(world: World, way: str) -> None:
    world.store.fail("get")
    assert isinstance(refused(world, occurred(way, world.clock.ms)), LedgerError)
    assert world.verification.asked == []


def test_a_table_that_fails_after_the_call_leaves_the_claim_so_that_nobody_calls_again_unasked(
    world: World, way: str
) -> None:
    created = face(world)

    def table_breaks() -> None:
        world.store.fail("get", world.store.count("get") + 1)

    world.verification.during[WAYS[way][0]] = table_breaks
    world.verification.will(WAYS[way][0], good(way))
    assert isinstance(refused(world, enrolment(way)), LedgerError)
    assert world.lease_ms() == SETTLE_MS
    world.die()
    world.verification.will(QUERY, [created])
    assert world.run(enrolment(way)).record.outcome == OUTCOME[way]
    assert world.verification.of(WAYS[way][0]) == world.verification.asked[:1]


def test_a_result_that_cannot_be_stored_leaves_the_claim_to_its_lease(world: World, way: str) -> None:
    created = face(world)

    def table_breaks() -> None:
        world.store.fail("put_new", world.store.count("put_new") + 1)

    world.verification.during[WAYS[way][0]] = table_breaks
    world.verification.will(WAYS[way][0], good(way))
    assert isinstance(refused(world, enrolment(way)), LedgerError)
    assert not world.is_free()
    world.clock.pass_ms(60_000)
    world.verification.will(QUERY, [created])
    assert world.run(enrolment(way)).record.outcome == OUTCOME[way]
    assert len(world.verification.of(WAYS[way][0])) == 1
