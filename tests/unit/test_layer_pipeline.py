"""The one way of a command that enrols nobody: what is called, what is recorded, what becomes of the claim."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from facegate.enrolment import UserErased
from facegate.errors import FacegateError, IdempotencyConflict, StillInProgress
from facegate.ledger import tables
from facegate.ledger.errors import LedgerError
from facegate.objects import ObjectMissing, ObjectsUnavailable, StoredObject
from facegate.operations import OPERATIONS
from facegate.pictures.errors import PictureError
from facegate.pictures.normaliser import normalise
from facegate.verification.errors import (
    CredentialsMissing,
    MalformedAnswer,
    ServiceDisconnected,
    ServiceRefused,
    ServiceTimedOut,
    ServiceUnreachable,
    VerificationError,
)
from facegate.verification.form import Base64
from tests.unit import layer_samples as samples
from tests.unit.layer_world import World, command

COMPARE, CROSS, DUPLICATION, ENROL, MAINLAND = samples.ACTIONS
HARMLESS = (COMPARE, CROSS, DUPLICATION, MAINLAND)
BIZ_ID = samples.BIZ_ID


@pytest.fixture
def world() -> World:
    return World()


def refused(world: World, action: str = COMPARE, **changes: Any) -> FacegateError:
    with pytest.raises(FacegateError) as raised:
        world.run(command(action, **changes))
    return raised.value


# --- the way through ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", HARMLESS)
def test_claim_then_call_then_record(world: World, action: str) -> None:
    steps: list[str] = []
    world.store.before = lambda method, table: steps.append(f"{method} {table}")
    world.verification.during[action] = lambda: steps.append("call")
    world.verification.will(action, samples.RESULTS[action])
    outcome = world.run(command(action))
    assert steps == ["put_new claims", "call", "put_new results"]
    assert not outcome.replayed
    assert world.record() == outcome.record


@pytest.mark.parametrize("action", HARMLESS)
def test_the_pictures_are_sent_normalised(world: World, action: str) -> None:
    world.verification.will(action, samples.RESULTS[action])
    outcome = world.run(command(action))
    sent = normalise(samples.JPEG, OPERATIONS[action].profile)
    assert set(outcome.record.pictures.values()) == {sent.sha256}
    assert set(outcome.record.pictures) == set(samples.PICTURES[action]) & set(samples.FIELDS[action])
    (asked,) = world.verification.asked
    assert {name for name, value in asked.call.body.items() if isinstance(value, Base64)} == set(
        outcome.record.pictures
    )
    assert asked.call.repeatable


def test_the_record_tells_all_that_an_audit_asks_and_nothing_personal(world: World) -> None:
    world.verification.will(COMPARE, samples.RESULTS[COMPARE])
    world.verification.during[COMPARE] = lambda: world.clock.pass_ms(700)
    started = world.clock.ms
    asked = command(COMPARE, MerchantUserId=samples.USER, TargetFacePicture=None, TargetFacePictureUrl=samples.URL)
    record = world.run(asked).record
    assert (record.operation, record.merchant_biz_id, record.user) == (COMPARE, BIZ_ID, samples.PSEUDONYM)
    assert (record.outcome, record.code, record.http_status) == ("passed", "Success", 200)
    assert (record.scores, record.answer) == ({"FaceComparisonScore": 91.5}, samples.RESULTS[COMPARE])
    assert (record.request_id, record.transaction_id, record.attempts) == ("service-1", "t-compare", 1)
    assert (record.started_at_ms, record.decided_at_ms, record.source) == (started, started + 700, "http")
    assert record.pictures["TargetFacePicture"] == "url"
    stored = json.dumps([dict(row) for row in world.store.rows.values()])
    for hidden in (samples.USER, "pictures.example.com", "secret", samples.TEXT[:64]):
        assert hidden not in stored


def test_a_url_is_handed_on_untouched(world: World) -> None:
    world.verification.will(COMPARE, samples.RESULTS[COMPARE])
    world.run(command(COMPARE, SourceFacePicture=None, SourceFacePictureUrl=samples.URL))
    assert world.verification.asked[0].call.query["SourceFacePictureUrl"] == samples.URL


def test_an_object_is_read_from_the_bucket_and_normalised(world: World) -> None:
    world.objects.stored[samples.KEY] = StoredObject(samples.JPEG, {})
    world.verification.will(COMPARE, samples.RESULTS[COMPARE])
    record = world.run(command(COMPARE, SourceFacePicture=None, SourceFacePictureObject=samples.KEY)).record
    assert record.pictures["SourceFacePicture"] == record.pictures["TargetFacePicture"]
    assert world.objects.calls == [("get", samples.KEY)]


# --- again ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", HARMLESS)
def test_the_same_request_again_makes_no_call_and_answers_the_same(world: World, action: str) -> None:
    world.verification.will(action, samples.RESULTS[action])
    first = world.run(command(action))
    again = world.run(command(action))
    assert (again.record, again.replayed) == (first.record, True)
    assert world.verification.actions() == [action]


def test_a_replay_reads_no_picture(world: World) -> None:
    world.objects.stored[samples.KEY] = StoredObject(samples.JPEG, {})
    world.verification.will(COMPARE, samples.RESULTS[COMPARE])
    changes = {"SourceFacePicture": None, "SourceFacePictureObject": samples.KEY}
    world.run(command(COMPARE, **changes))
    world.objects.stored.clear()
    assert world.run(command(COMPARE, **changes)).replayed


def test_the_same_id_with_other_input_is_a_conflict_and_makes_no_call(world: World) -> None:
    world.verification.will(COMPARE, samples.RESULTS[COMPARE])
    world.run(command(COMPARE))
    assert isinstance(refused(world, COMPARE, TargetFacePicture=samples.OTHER_JPEG), IdempotencyConflict)
    assert isinstance(refused(world, COMPARE, MerchantUserId="somebody-else"), IdempotencyConflict)
    assert isinstance(refused(world, CROSS), IdempotencyConflict)
    assert world.verification.actions() == [COMPARE]


def test_a_twin_that_waits_keeps_a_quarter_of_its_time(world: World) -> None:
    world.claims.acquire(BIZ_ID, command(COMPARE).fingerprint, 60_000, 0)
    with pytest.raises(StillInProgress):
        world.run(command(COMPARE), remaining_ms=700)
    assert world.clock.slept == [100, 200]


def test_the_lease_lasts_as_long_as_the_function_can(world: World) -> None:
    world.verification.during[COMPARE] = lambda: leases.append(world.lease_ms())
    leases: list[int] = []
    world.verification.will(COMPARE, samples.RESULTS[COMPARE])
    world.run(command(COMPARE), remaining_ms=20_000)
    (lease,) = leases
    assert lease == world.clock.deadline(20_000).total_ms() + 5_000


def test_what_another_instance_decided_first_is_what_is_answered(world: World) -> None:
    earlier = samples.record(fingerprint=command(COMPARE).fingerprint, outcome="failed")
    world.verification.during[COMPARE] = lambda: world.results.write_once(earlier)
    world.verification.will(COMPARE, samples.RESULTS[COMPARE])
    assert world.run(command(COMPARE)).record == earlier


# --- pictures that cannot be used -----------------------------------------------------------------------------------

BROKEN = {
    "no picture": (b"hello", 415, "UnsupportedImageFormat"),
    "HEIC": (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00heicmif1", 415, "UnsupportedImageFormat"),
    "cut short": (samples.JPEG[:200], 422, "UnqualifiedPhoto"),
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("action", samples.ACTIONS)
def test_a_picture_that_cannot_be_used_costs_nothing_and_frees_the_id(world: World, action: str, name: str) -> None:
    data, status, code = BROKEN[name]
    field = samples.PICTURES[action][0]
    error = refused(world, action, **{field: data})
    assert isinstance(error, PictureError)
    assert (error.http_status, error.code) == (status, code)
    assert error.message.startswith(f"{field}: ")
    assert world.verification.asked == []
    assert world.is_free()
    assert world.record() is None


@pytest.mark.parametrize("fault", [ObjectMissing("gone"), ObjectsUnavailable("busy")])
def test_an_object_that_cannot_be_read_costs_nothing_and_frees_the_id(world: World, fault: Any) -> None:
    world.objects.fault = fault
    error = refused(world, COMPARE, SourceFacePicture=None, SourceFacePictureObject=samples.KEY)
    assert (error, error.message[:19]) == (fault, "SourceFacePicture: ")
    assert world.verification.asked == []
    assert world.is_free()


# --- failures of the call -------------------------------------------------------------------------------------------

GIVEN_UP: dict[str, VerificationError] = {
    "throttled": ServiceRefused("Throttling.Api", 403),
    "invalid": ServiceRefused("InvalidParameter", 400),
    "download": ServiceRefused("DownloadTimeout", 401),
    "account": ServiceRefused("Forbidden.RAMUserAccessDenied", 403),
    "broken": ServiceRefused("InternalError", 500),
    "unreachable": ServiceUnreachable("m"),
    "timed out": ServiceTimedOut("m"),
    "disconnected": ServiceDisconnected("m"),
    "malformed": MalformedAnswer("m"),
    "malformed success": MalformedAnswer("m", executed=True),
    "no role": CredentialsMissing("m"),
}
FINAL = {"NoFaceDetected": 422, "UnqualifiedPhoto": 422, "ToolargeImage": 413}


@pytest.mark.parametrize("name", GIVEN_UP)
@pytest.mark.parametrize("action", HARMLESS)
def test_after_a_failure_the_request_may_be_made_again_at_once(world: World, action: str, name: str) -> None:
    world.verification.will(action, GIVEN_UP[name], samples.RESULTS[action])
    assert refused(world, action) is GIVEN_UP[name]
    assert world.record() is None
    assert world.is_free()
    assert not world.run(command(action)).replayed


@pytest.mark.parametrize("code", FINAL)
@pytest.mark.parametrize("action", samples.ACTIONS)
def test_a_refusal_of_the_pictures_is_a_decision_recorded_and_replayed(world: World, action: str, code: str) -> None:
    world.verification.will(action, ServiceRefused(code, 401, request_id="service-7"))
    first = world.run(command(action))
    again = world.run(command(action))
    assert (first.replayed, again.replayed, again.record) == (False, True, first.record)
    record = first.record
    assert (record.outcome, record.code, record.http_status) == ("refused", code, FINAL[code])
    assert (record.answer, record.scores, record.request_id) == ({}, {}, "service-7")
    assert world.verification.actions() == [action]


@pytest.mark.parametrize(
    ("action", "result"),
    [
        (COMPARE, {"Passed": "Y", "FaceComparisonScore": "NaN"}),
        (COMPARE, {"Passed": "Y", "FaceComparisonScore": 101}),
        (CROSS, {"FacePassed": "Y", "FaceComparisonScoreA2B": 0.9, "FaceComparisonScoreB2C": "x"}),
        (DUPLICATION, {"FacePassed": "Y", "DuplicateFace": "["}),
        (MAINLAND, {"SimilarityScore": 99, "ConfidenceThresholds": "{}"}),
    ],
)
def test_a_result_that_cannot_be_decided_on_is_an_error_never_a_verdict(
    world: World, action: str, result: dict[str, Any]
) -> None:
    world.verification.will(action, result)
    error = refused(world, action)
    assert isinstance(error, MalformedAnswer)
    assert (error.http_status, error.request_id) == (502, "service-1")
    assert world.record() is None


# --- failures of the table ------------------------------------------------------------------------------------------


def test_without_a_claim_nothing_is_called(world: World) -> None:
    world.store.fail("put_new")
    assert isinstance(refused(world), LedgerError)
    assert world.verification.asked == []


def test_a_result_that_cannot_be_stored_is_not_answered_but_logged(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.verification.will(COMPARE, samples.RESULTS[COMPARE])
    world.store.fail("put_new", 2)
    assert isinstance(refused(world), LedgerError)
    line = json.loads(capsys.readouterr().out)
    assert (line["level"], line["event"], line["outcome"]) == ("ERROR", "result not stored", "passed")
    assert (line["merchant_biz_id"], line["service_request_id"]) == (BIZ_ID, "service-1")
    assert not world.is_free()  # it may have been stored all the same: whoever comes after the lease looks first


def test_a_result_that_was_stored_all_the_same_is_replayed(world: World) -> None:
    world.verification.will(COMPARE, samples.RESULTS[COMPARE])
    world.store.fail("put_new", 2, in_doubt=True, applied=True)
    refused(world)
    assert world.run(command(COMPARE)).replayed
    assert world.verification.actions() == [COMPARE]


def test_a_claim_that_cannot_be_given_back_does_not_hide_the_error(world: World) -> None:
    world.verification.will(COMPARE, GIVEN_UP["throttled"])
    world.store.fail("delete_if_owner")
    assert refused(world) is GIVEN_UP["throttled"]
    assert not world.is_free()


# --- work that nobody waits for -------------------------------------------------------------------------------------


def test_a_command_that_came_to_nothing_is_recorded_so_that_its_result_can_be_asked_for(world: World) -> None:
    asked = command(COMPARE)
    error = refused(world, COMPARE, SourceFacePicture=b"hello")
    world.pipeline.refuse(asked, error)
    record = world.record()
    assert record is not None
    assert (record.outcome, record.code, record.http_status) == ("refused", "UnsupportedImageFormat", 415)
    assert world.run(asked).replayed


def test_nothing_is_recorded_under_an_id_that_is_another_requests(world: World) -> None:
    world.claims.acquire(BIZ_ID, "other input", 60_000, 0)
    world.pipeline.refuse(command(COMPARE), refused(world))
    assert world.record() is None


def test_nothing_is_recorded_of_an_erased_user(world: World) -> None:
    world.pipeline.refuse(command(ENROL), UserErased("erased"))
    assert world.store.rows == {}


def test_a_recorded_decision_is_not_replaced_by_a_refusal(world: World) -> None:
    world.verification.will(COMPARE, samples.RESULTS[COMPARE])
    record = world.run(command(COMPARE)).record
    world.pipeline.refuse(command(COMPARE), PictureError("late"))
    assert world.record() == record


def test_keys_of_rows_are_hashes_of_ids(world: World) -> None:
    world.verification.will(COMPARE, samples.RESULTS[COMPARE])
    world.run(command(COMPARE))
    assert {key for _, key in world.store.rows} == {tables.key_of(BIZ_ID)}
    assert tables.key_of(BIZ_ID) == hashlib.sha256(BIZ_ID.encode()).hexdigest()[:32]
