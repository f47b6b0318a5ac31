"""POST to an operation: the request becomes a command, the outcome an answer; and work that is done later."""

from __future__ import annotations

import json
from typing import Any

import pytest

from facegate.commands import CommandMaker
from facegate.errors import FacegateError
from facegate.events.answers import HttpAnswer
from facegate.events.calls import Calls
from facegate.events.deferred import MARK, PREFIX, Deferral, is_handed_over, user
from facegate.events.giving_back import GivenBack
from facegate.events.http import parse
from facegate.invocation import MAX_ASYNC_BYTES, HandOverFailed
from facegate.operations import OPERATIONS
from facegate.verification.errors import ServiceRefused, ServiceUnreachable
from tests.fakes import FakeInvoker
from tests.unit import layer_samples as samples
from tests.unit.layer_events import SHAPES, encoded
from tests.unit.layer_world import World

COMPARE = "FaceCompare"
LIMIT = 1_000_000


class Front:
    """One operation's function, over the fakes."""

    def __init__(self, action: str = COMPARE) -> None:
        self.world = World()
        self.invoker = FakeInvoker()
        self.deferral = Deferral(self.invoker, self.world.objects, "face-compare")
        maker = CommandMaker(samples.GROUPS, samples.USERS, samples.PREFIXES)
        world = self.world
        self.calls = Calls(OPERATIONS[action], maker, world.pipeline, self.deferral, world.claims, LIMIT)
        self.action = action

    def event(self, shape: str = "http", method: str = "POST", headers: Any = None, **changes: Any) -> bytes:
        fields = samples.fields(self.action, **changes)
        sent = {"Content-Type": "application/json", **(headers or {})}
        return encoded(SHAPES[shape](method, "/v1/x", json.dumps(fields), headers=sent))

    def post(self, shape: str = "http", method: str = "POST", headers: Any = None, **changes: Any) -> HttpAnswer:
        event = self.event(shape, method, headers, **changes)
        return self.calls.answer(parse(event), event, "r-1", self.world.clock.deadline())

    def post_later(self, **changes: Any) -> HttpAnswer:
        return self.post(headers={"Prefer": "respond-async"}, **changes)

    def work_off(self, payload: bytes) -> dict[str, str]:
        return self.calls.work_off(self.deferral.taken(payload), "r-2", self.world.clock.deadline())


# --- at once --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("action", samples.ACTIONS)
def test_a_request_is_answered_in_its_envelope_with_its_id(action: str, shape: str) -> None:
    front = Front(action)
    front.world.verification.will(action, samples.RESULTS[action])
    answer = front.post(shape, MerchantBizId=samples.BIZ_ID, MerchantUserId=samples.USER)
    assert (answer.status, answer.headers) == (200, {})
    assert (answer.body["Code"], answer.body["MerchantBizId"]) == ("Success", samples.BIZ_ID)
    assert answer.body["MerchantUserId"] == samples.PSEUDONYM
    assert ("Data" if action == "CompareFaces" else "Result") in answer.body
    record = front.world.record()
    assert record is not None
    assert record.source == shape


def test_the_same_idempotency_key_replays_the_answer() -> None:
    front = Front()
    front.world.verification.will(COMPARE, samples.RESULTS[COMPARE])
    first, again = (front.post(headers={"Idempotency-Key": "order-7"}) for _ in range(2))
    assert again.body == first.body
    assert (first.headers, again.headers) == ({}, {"Idempotency-Replayed": "true"})


def test_the_same_idempotency_key_with_other_input_is_a_conflict() -> None:
    front = Front()
    front.world.verification.will(COMPARE, samples.RESULTS[COMPARE])
    front.post(headers={"Idempotency-Key": "order-7"})
    answer = front.post(headers={"Idempotency-Key": "order-7"}, FaceQualityCheck="Y")
    assert (answer.status, answer.body["Code"]) == (409, "IdempotencyConflict")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", ""])
def test_only_post_calls_an_operation(method: str) -> None:
    answer = Front().post(method=method)
    assert (answer.status, answer.body["Code"]) == (405, "MethodNotAllowed")


def test_a_failure_is_answered_with_the_id_to_come_back_with() -> None:
    front = Front()
    front.world.verification.will(COMPARE, ServiceRefused("Throttling.Api", 403, request_id="service-9"))
    answer = front.post(MerchantBizId=samples.BIZ_ID)
    assert (answer.status, answer.headers) == (429, {"Retry-After": "1"})
    assert answer.body["MerchantBizId"] == samples.BIZ_ID
    assert answer.body["RequestId"] == "service-9"


def test_a_decision_and_a_failure_are_logged_without_anything_personal(capsys: pytest.CaptureFixture[str]) -> None:
    front = Front()
    front.world.verification.will(COMPARE, samples.RESULTS[COMPARE], ServiceUnreachable("m"))
    changes: dict[str, Any] = {
        "MerchantUserId": samples.USER,
        "SourceFacePicture": None,
        "SourceFacePictureUrl": samples.URL,
    }
    front.post(**changes)
    front.post(**changes)
    decided, refused = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (decided["event"], decided["outcome"], decided["attempts"]) == ("decided", "passed", 1)
    assert (refused["level"], refused["event"], refused["http_status"]) == ("ERROR", "refused", 503)
    for hidden in (samples.USER, "secret", samples.TEXT[:64], "91.5"):
        assert hidden not in json.dumps([decided, refused])


# --- later ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("prefer", ["respond-async", "respond-async, wait=5", "wait=5,respond-async"])
def test_a_request_that_may_be_answered_later_is_accepted_and_handed_over(prefer: str) -> None:
    front = Front()
    answer = front.post(headers={"Prefer": prefer}, MerchantBizId=samples.BIZ_ID)
    assert (answer.status, answer.headers["Location"]) == (202, f"/v1/results/{samples.BIZ_ID}")
    assert front.world.verification.asked == []
    assert front.world.claims.in_progress(samples.BIZ_ID)
    ((function, payload, _),) = front.invoker.handed
    assert function == "face-compare"
    front.world.verification.will(COMPARE, samples.RESULTS[COMPARE])
    assert front.work_off(payload) == {"Outcome": "passed", "MerchantBizId": samples.BIZ_ID}
    assert front.post(MerchantBizId=samples.BIZ_ID).headers == {"Idempotency-Replayed": "true"}


def test_a_picture_never_travels_in_the_payload_and_is_deleted_in_the_end() -> None:
    front = Front()
    front.post_later()
    ((_, payload, task_id),) = front.invoker.handed
    assert samples.TEXT[:64].encode() not in payload
    (key,) = front.world.objects.stored
    assert (PREFIX + task_id).startswith(key)
    front.world.verification.will(COMPARE, samples.RESULTS[COMPARE])
    front.work_off(payload)
    assert front.world.objects.stored == {}


def test_a_small_request_without_a_picture_travels_as_it_is() -> None:
    front = Front()
    urls = {"SourceFacePicture": None, "TargetFacePicture": None}
    front.post_later(**urls, SourceFacePictureUrl=samples.URL, TargetFacePictureUrl=samples.URL)
    ((_, payload, _),) = front.invoker.handed
    assert len(payload) < MAX_ASYNC_BYTES
    assert front.world.objects.calls == []
    front.world.verification.will(COMPARE, samples.RESULTS[COMPARE])
    assert front.work_off(payload)["Outcome"] == "passed"


def test_the_payload_names_the_hash_of_the_user_so_that_a_failure_can_be_erased() -> None:
    front = Front()
    front.post_later(MerchantUserId=samples.USER)
    ((_, payload, _),) = front.invoker.handed
    assert user(payload.decode()) == samples.PSEUDONYM
    assert samples.USER.encode() not in payload


def test_a_request_that_is_handed_over_twice_is_worked_on_once() -> None:
    front = Front()
    for _ in range(2):
        assert front.post_later(MerchantBizId=samples.BIZ_ID).status == 202
    assert len(front.invoker.handed) == 1


def test_a_delivery_that_comes_twice_makes_one_call() -> None:
    front = Front()
    front.post_later(SourceFacePicture=None, SourceFacePictureUrl=samples.URL)
    ((_, payload, _),) = front.invoker.handed
    stored = dict(front.world.objects.stored)
    front.world.verification.will(COMPARE, samples.RESULTS[COMPARE])
    front.work_off(payload)
    front.world.objects.stored = stored
    assert front.work_off(payload)["Outcome"] == "passed"


def test_a_decided_request_is_answered_at_once() -> None:
    front = Front()
    front.world.verification.will(COMPARE, samples.RESULTS[COMPARE])
    front.post(MerchantBizId=samples.BIZ_ID)
    answer = front.post_later(MerchantBizId=samples.BIZ_ID)
    assert (answer.status, answer.headers) == (200, {"Idempotency-Replayed": "true"})
    assert front.invoker.handed == []


def test_work_that_may_fare_better_later_is_given_back_with_code_and_sentence_only() -> None:
    front = Front()
    front.post_later()
    ((_, payload, _),) = front.invoker.handed
    front.world.verification.will(COMPARE, ServiceUnreachable("could not be reached"))
    with pytest.raises(GivenBack, match=r"\AServiceUnreachable: could not be reached\Z"):
        front.work_off(payload)
    assert front.world.objects.stored
    front.world.verification.will(COMPARE, samples.RESULTS[COMPARE])
    assert front.work_off(payload)["Outcome"] == "passed"


def test_work_that_cannot_succeed_is_recorded_as_refused() -> None:
    front = Front()
    front.post_later(SourceFacePicture="aGVsbG8=", MerchantBizId=samples.BIZ_ID)
    ((_, payload, _),) = front.invoker.handed
    assert front.work_off(payload) == {"Outcome": "refused", "Code": "UnsupportedImageFormat"}
    record = front.world.record()
    assert record is not None
    assert (record.outcome, record.http_status) == ("refused", 415)
    assert front.world.objects.stored == {}


def test_work_that_is_not_accepted_is_not_promised() -> None:
    front = Front()
    front.invoker.fault = HandOverFailed("busy")
    answer = front.post_later()
    assert (answer.status, answer.body["Code"], answer.headers) == (503, "HandOverFailed", {"Retry-After": "1"})


# --- what is handed-over work ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("path", [f"/{MARK}", f'/{{"{MARK}"', "/"])
def test_no_request_can_pass_for_handed_over_work(shape: str, path: str) -> None:
    event = encoded(SHAPES[shape]("POST", path, json.dumps({MARK: {"biz_id": "x"}})))
    assert not is_handed_over(event)


@pytest.mark.parametrize(
    "told", [None, [], "x", {}, {"biz_id": "b", "key": "elsewhere/x"}, {"biz_id": "b", "key": "../x"}, {"key": "x"}]
)
def test_broken_handed_over_work_is_refused(told: object) -> None:
    front = Front()
    with pytest.raises(FacegateError) as refused:
        front.deferral.taken(json.dumps({MARK: told}).encode())
    assert refused.value.http_status == 400
    assert front.world.objects.calls == []


@pytest.mark.parametrize("payload", ["", "[]", "null", "{}", '{"facegateDeferred":{"user":7}}', "[" * 100_000])
def test_work_without_a_readable_user_names_none(payload: str) -> None:
    assert user(payload) is None
