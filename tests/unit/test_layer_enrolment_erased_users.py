"""Nobody is enrolled who was erased, before, during or after the call, unless by a new consent."""

from __future__ import annotations

import pytest

from facegate.enrolment import UserErased
from facegate.ledger.claims import SETTLE_MS
from facegate.verification.errors import ServiceRefused
from tests.unit import layer_samples as samples
from tests.unit.layer_enrolments import (
    DELETE,
    ENROL,
    OTHER_ID,
    OUTCOME,
    QUERY,
    WAYS,
    enrolment,
    erase,
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


def test_a_late_event_of_an_erased_user_enrols_nobody(world: World, way: str) -> None:
    happened = world.clock.ms
    world.clock.pass_ms(60_000)
    erase(world)
    error = refused(world, occurred(way, happened))
    assert isinstance(error, UserErased)
    assert error.http_status == 410
    assert world.verification.asked == []
    assert world.is_free()


def test_an_event_from_after_the_erasure_is_a_new_consent(world: World, way: str) -> None:
    erase(world)
    world.clock.pass_ms(1)
    world.verification.will(WAYS[way][0], good(way))
    assert world.run(occurred(way, world.clock.ms)).record.outcome == OUTCOME[way]


def test_a_request_from_after_the_erasure_is_a_new_consent(world: World, way: str) -> None:
    erase(world)
    world.clock.pass_ms(1)
    world.verification.will(WAYS[way][0], good(way))
    assert world.run(enrolment(way)).record.outcome == OUTCOME[way]


def test_an_erasure_during_the_call_is_respected_after_it(world: World, way: str) -> None:
    world.verification.during[WAYS[way][0]] = lambda: erase(world)
    world.verification.will(WAYS[way][0], good(way))
    world.verification.will(DELETE, {"Deleted": "Y", "DeletedGroupCodes": "members"})
    assert isinstance(refused(world, enrolment(way)), UserErased)
    assert world.verification.actions() == [WAYS[way][0], DELETE]
    assert world.verification.of(DELETE)[0].fields == {"MerchantUserId": samples.PSEUDONYM}
    assert world.record() is None
    tombstone = [row for row in world.store.rows.values() if row.get("owner") == "erasure"]
    assert [table for table, _ in world.store.rows if table == "results"] == []
    assert len(tombstone) == 1


def test_an_undoing_that_fails_is_done_by_who_repeats_the_request(world: World, way: str) -> None:
    created = face(world)
    world.verification.during[WAYS[way][0]] = lambda: erase(world)
    world.verification.will(WAYS[way][0], good(way))
    throttled = ServiceRefused("Throttling.Api", 403)  # its own: the layer notes on it that the enrolment was executed
    world.verification.will(DELETE, throttled)
    assert refused(world, enrolment(way)) is throttled
    assert world.lease_ms() == SETTLE_MS
    world.die()
    world.verification.will(QUERY, [created])
    world.verification.will(DELETE, {"Deleted": "Y"})
    assert isinstance(refused(world, enrolment(way)), UserErased)
    assert world.verification.actions() == [WAYS[way][0], DELETE, QUERY, DELETE]


def test_a_photograph_from_before_the_erasure_is_not_recognised_after_it(world: World) -> None:
    world.verification.will(ENROL, good("picture"), good("picture"))
    world.run(enrolment("picture"))
    world.clock.pass_ms(1_000)
    erase(world)
    world.clock.pass_ms(1_000)
    record = world.run(enrolment("picture", MerchantBizId=OTHER_ID)).record
    assert (record.outcome, record.attempts) == ("enrolled", 1)
    assert world.verification.actions() == [ENROL, ENROL]
