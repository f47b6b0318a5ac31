"""An enrolment whose answer is lost: the service is asked, and nobody calls again unasked."""

from __future__ import annotations

from typing import Any

import pytest

from facegate.errors import StillInProgress
from facegate.ledger.claims import CLOCK_SKEW_MS, SETTLE_MS
from facegate.reconcile import RULE
from tests.unit import layer_samples as samples
from tests.unit.layer_enrolments import (
    ENROL,
    NOT_EXECUTED,
    OUTCOME,
    QUERY,
    UNKNOWN,
    WAYS,
    abandoned,
    enrolment,
    face,
    good,
    refused,
)
from tests.unit.layer_world import World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("name", UNKNOWN)
def test_after_an_unknown_outcome_the_service_is_asked_and_the_enrolment_found(
    world: World, way: str, name: str
) -> None:
    world.verification.will(WAYS[way][0], UNKNOWN[name])
    world.verification.will(QUERY, [face(world)])
    record = world.run(enrolment(way)).record
    assert (record.outcome, record.rule) == (OUTCOME[way], RULE)
    assert world.verification.actions() == [WAYS[way][0], QUERY]
    assert world.verification.of(QUERY)[0].call.query == {
        "CurrentPage": "1",
        "PageSize": "50",
        "FaceGroupCode": "members",
        "MerchantUserId": samples.PSEUDONYM,
    }
    assert world.run(enrolment(way)).replayed


def test_the_found_enrolment_is_answered_in_the_official_form(world: World, way: str) -> None:
    world.verification.will(WAYS[way][0], UNKNOWN["timed out"])
    world.verification.will(QUERY, [face(world)])
    expected = {
        "picture": {"Passed": "Y"},
        "url": {"Passed": "Y"},
        "registration": {"FacePassed": "Y", "FaceRegistrationResult": 1, "FaceRegistrationId": "face-1"},
    }
    assert world.run(enrolment(way)).record.answer == expected[way]


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_the_service_does_not_know_stays_open_until_it_has_settled(world: World, way: str, name: str) -> None:
    world.verification.will(WAYS[way][0], UNKNOWN[name])
    world.verification.will(QUERY, [])
    assert refused(world, enrolment(way)) is UNKNOWN[name]
    assert world.record() is None
    assert world.lease_ms() == SETTLE_MS
    assert isinstance(refused(world, enrolment(way)), StillInProgress)
    assert world.verification.actions() == [WAYS[way][0], QUERY]


def test_a_query_that_fails_too_leaves_the_first_error_and_an_open_claim(world: World, way: str) -> None:
    world.verification.will(WAYS[way][0], UNKNOWN["timed out"])
    world.verification.will(QUERY, NOT_EXECUTED["throttled"])
    assert refused(world, enrolment(way)) is UNKNOWN["timed out"]
    assert world.lease_ms() == SETTLE_MS


@pytest.mark.parametrize("name", NOT_EXECUTED)
def test_what_was_certainly_not_executed_needs_no_question_and_frees_the_id(world: World, way: str, name: str) -> None:
    world.verification.will(WAYS[way][0], NOT_EXECUTED[name], good(way))
    assert refused(world, enrolment(way)) is NOT_EXECUTED[name]
    assert world.is_free()
    assert world.run(enrolment(way)).record.outcome == OUTCOME[way]
    assert world.verification.actions() == [WAYS[way][0]] * 2


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, True),
        ({"GmtCreate": None}, True),
        ({"GmtCreate": "yesterday"}, True),
        ({"GmtCreate": ""}, True),
        ({"FaceId": None}, True),
        ({"MerchantUserId": "somebody-else"}, False),
        ({"MerchantUserId": None}, False),
    ],
)
def test_a_record_of_the_user_is_the_lost_one_unless_it_is_older(
    world: World, way: str, changes: dict[str, Any], found: bool
) -> None:
    world.verification.will(WAYS[way][0], UNKNOWN["timed out"])
    world.verification.will(QUERY, [{**face(world), **changes}])
    if found:
        assert world.run(enrolment(way)).record.rule == RULE
    else:
        assert refused(world, enrolment(way)) is UNKNOWN["timed out"]


@pytest.mark.parametrize(
    ("after_ms", "found"),
    [(60_000, True), (0, True), (-CLOCK_SKEW_MS - 1_000, True), (-CLOCK_SKEW_MS - 2_000, False), (-86_400_000, False)],
)
def test_an_older_enrolment_of_the_user_is_not_taken_for_this_one(world: World, after_ms: int, found: bool) -> None:
    world.verification.will(ENROL, UNKNOWN["timed out"])
    world.verification.will(QUERY, [face(world, after_ms=after_ms)])
    if found:
        assert world.run(enrolment("url")).record.rule == RULE
    else:
        assert refused(world, enrolment("url")) is UNKNOWN["timed out"]


def test_the_lost_one_is_found_among_older_ones(world: World) -> None:
    world.verification.will(ENROL, UNKNOWN["timed out"])
    world.verification.will(QUERY, [face(world, after_ms=-86_400_000), face(world)])
    assert world.run(enrolment("url")).record.rule == RULE


def test_who_takes_over_asks_first_and_does_not_call_again(world: World, way: str) -> None:
    created = face(world)
    abandoned(world, way)
    world.verification.will(QUERY, [created])
    record = world.run(enrolment(way)).record
    assert (record.outcome, record.rule, record.attempts) == (OUTCOME[way], RULE, 0)
    assert world.verification.actions() == [QUERY]


def test_who_takes_over_calls_if_the_service_knows_of_none(world: World, way: str) -> None:
    abandoned(world, way)
    world.verification.will(QUERY, [])
    world.verification.will(WAYS[way][0], good(way))
    record = world.run(enrolment(way)).record
    assert record.outcome == OUTCOME[way]
    assert record.rule != RULE
    assert world.verification.actions() == [QUERY, WAYS[way][0]]


def test_who_takes_over_and_cannot_ask_does_not_call(world: World, way: str) -> None:
    abandoned(world, way)
    world.verification.will(QUERY, NOT_EXECUTED["unreachable"])
    assert refused(world, enrolment(way)) is NOT_EXECUTED["unreachable"]
    assert world.lease_ms() == SETTLE_MS
    assert world.verification.actions() == [QUERY]


@pytest.mark.parametrize("name", NOT_EXECUTED)
def test_a_claim_that_was_taken_over_is_never_given_back_as_if_nobody_had_begun(
    world: World, way: str, name: str
) -> None:
    abandoned(world, way)
    world.verification.will(QUERY, [])
    world.verification.will(WAYS[way][0], NOT_EXECUTED[name])
    refused(world, enrolment(way))
    assert world.lease_ms() == SETTLE_MS


def test_the_question_reaches_back_to_the_first_beginning(world: World) -> None:
    created = face(world)
    for _ in range(3):
        abandoned(world, "url")
    world.verification.will(QUERY, [created])
    assert world.run(enrolment("url")).record.rule == RULE
