"""A person is enrolled at most once, and nobody who was erased: by picture, by URL, and by a check that registers."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import pytest

from facegate.commands import Command
from facegate.enrolment import UserErased
from facegate.errors import FacegateError, StillInProgress
from facegate.ledger.claims import CLOCK_SKEW_MS, SETTLE_MS
from facegate.ledger.errors import LedgerError
from facegate.reconcile import RULE
from facegate.verification.errors import (
    MalformedAnswer,
    ServiceDisconnected,
    ServiceRefused,
    ServiceTimedOut,
    ServiceUnreachable,
    VerificationError,
)
from tests.unit import layer_samples as samples
from tests.unit.layer_world import World, command

ENROL, CHECK, QUERY, DELETE = "AddFaceRecord", "FaceDuplicationCheckIntl", "QueryFaceRecord", "DeleteFaceRecordV2"
WAYS: dict[str, tuple[str, dict[str, Any]]] = {
    "picture": (ENROL, {}),
    "url": (ENROL, {"FacePicture": None, "FacePictureUrl": samples.URL}),
    "registration": (CHECK, {"AutoRegistration": True}),
}
OUTCOME = {"picture": "enrolled", "url": "enrolled", "registration": "unique"}
UNKNOWN: dict[str, VerificationError] = {
    "timed out": ServiceTimedOut("m"),
    "disconnected": ServiceDisconnected("m"),
    "malformed": MalformedAnswer("m"),
    "malformed success": MalformedAnswer("m", executed=True),
    "broken": ServiceRefused("InternalError", 500),
    "unavailable": ServiceRefused("ServiceUnavailable", 503),
}
NOT_EXECUTED: dict[str, VerificationError] = {
    "throttled": ServiceRefused("Throttling.Api", 403),
    "invalid": ServiceRefused("InvalidParameter", 400),
    "download": ServiceRefused("DownloadTimeout", 401),
    "unreachable": ServiceUnreachable("m"),
}


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def enrolment(way: str, **changes: Any) -> Command:
    action, own = WAYS[way]
    return command(action, **{**own, **changes})


def good(way: str) -> dict[str, Any]:
    return {**samples.RESULTS[WAYS[way][0]], **({"FaceRegistrationResult": 1} if way == "registration" else {})}


def face(world: World, *, after_ms: int = 0, user: str = samples.PSEUDONYM) -> dict[str, Any]:
    """As QueryFaceRecord lists it; created `after_ms` from now."""
    at = datetime.fromtimestamp((world.clock.ms + after_ms) / 1000, timezone.utc)
    return {"FaceId": "face-1", "MerchantUserId": user, "GmtCreate": at.strftime("%Y-%m-%dT%H:%M:%SZ")}


def refused(world: World, asked: Command, remaining_ms: int = 20_000) -> FacegateError:
    with pytest.raises(FacegateError) as raised:
        world.run(asked, remaining_ms)
    return raised.value


def erase(world: World) -> None:
    """Only what an enrolment can notice of an erasure."""
    world.tombstones.set(samples.PSEUDONYM)


# --- it goes well ---------------------------------------------------------------------------------------------------


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


# --- the answer is lost ---------------------------------------------------------------------------------------------


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


# --- whose enrolment is it? -----------------------------------------------------------------------------------------


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


# --- somebody began before ------------------------------------------------------------------------------------------


def abandoned(world: World, way: str) -> None:
    """An instance died after it had made its call: claims stay, the answer is gone."""
    world.verification.will(WAYS[way][0], UNKNOWN["timed out"])
    world.verification.will(QUERY, UNKNOWN["timed out"])
    refused(world, enrolment(way))
    world.die()
    world.verification.asked.clear()


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


# --- the same photograph --------------------------------------------------------------------------------------------

OTHER_ID = "C" * 32


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


def test_the_photographs_own_record_names_no_user(world: World) -> None:
    world.verification.will(ENROL, good("picture"))
    record = world.run(enrolment("picture")).record
    mark = world.record(str(record.enrolment_id))
    assert mark is not None
    assert mark.user is None
    assert [found.merchant_biz_id for found in world.results.of_user(samples.PSEUDONYM, 50, None).records] == [
        samples.BIZ_ID
    ]


# --- erased users ---------------------------------------------------------------------------------------------------


def occurred(way: str, at_ms: int) -> Command:
    action, own = WAYS[way]
    return samples.command(action, occurred_at_ms=at_ms, **{"MerchantBizId": samples.BIZ_ID, **own})


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
    world.verification.will(DELETE, NOT_EXECUTED["throttled"])
    assert refused(world, enrolment(way)) is NOT_EXECUTED["throttled"]
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


# --- failures of the table ------------------------------------------------------------------------------------------


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
