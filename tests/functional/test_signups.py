"""A sign-up message is checked for a duplicate face: once, in whichever envelope and however often it arrives."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.cloud import Cloud, enrol, new_id, photo_bytes, raw_user, upload_id

FUNCTION = "dedup-on-signup"
ACTION = "FaceDuplicationCheckIntl"
NewUser = Callable[[], str]
Message = dict[str, Any]


@pytest.fixture(scope="module")
def picture(cloud: Cloud) -> str:
    """The key of a photograph of somebody whom no group knows at first."""
    key = "pictures/signups/collins.png"
    cloud.upload(key, photo_bytes("collins"))
    return key


def message(user: str, picture: str, **more: Any) -> Message:
    return {"version": 1, "MerchantUserId": user, "SourceFacePictureObject": picture, "FaceGroupCodes": "staff", **more}


def mns(text: str, message_id: str) -> Message:
    """The notification of an MNS topic (JSON), as recorded."""
    return {"TopicName": "signups", "TopicOwner": "1234567890123456", "MessageId": message_id, "Message": text}


def cloudevent(data: object, event_id: str) -> Message:
    return {"specversion": "1.0", "id": event_id, "source": "signup-service", "type": "signup.created", "data": data}


# --- the envelopes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrapped", "source"),
    [
        (lambda told: mns(json.dumps(told), new_id()), "mns"),
        (lambda told: {"body": json.dumps(told), "attrs": {"Extend": '{"key":"value"}'}}, "mns"),
        (lambda told: cloudevent(told, new_id()), "cloudevent"),
        (lambda told: cloudevent(json.dumps(told), new_id()), "cloudevent"),
        (lambda told: told, "direct"),
    ],
    ids=["JSON", "STREAM with attributes", "CloudEvent", "CloudEvent with text", "direct, or STREAM"],
)
def test_every_envelope_holds_the_same_message(
    cloud: Cloud, new_user: NewUser, picture: str, wrapped: Callable[[Message], Message], source: str
) -> None:
    user, biz_id = new_user(), new_id()
    result = cloud.deliver(FUNCTION, wrapped(message(user, picture, MerchantBizId=biz_id)))
    assert result == {"Outcome": "unique", "MerchantBizId": biz_id}
    stored = cloud.stored(biz_id)
    assert (stored["Operation"], stored["Source"], stored["MerchantUserId"]) == (ACTION, source, cloud.pseudonym(user))


def test_a_published_message_is_checked_and_its_result_readable_by_id_and_by_user(
    cloud: Cloud, new_user: NewUser, picture: str
) -> None:
    user, biz_id, calls = new_user(), new_id(), cloud.calls(ACTION)
    cloud.publish(message(user, picture, MerchantBizId=biz_id))
    cloud.idle()
    assert cloud.calls(ACTION) == calls + 1
    assert cloud.stored(biz_id)["Outcome"] == "unique"
    items = cloud.client.get(f"/v1/users/{user}/results").json()["Result"]["Items"]
    assert [item["MerchantBizId"] for item in items] == [biz_id]


def test_a_face_that_is_known_is_a_duplicate_and_nothing_is_registered(
    cloud: Cloud, new_user: NewUser, picture: str
) -> None:
    known, user, biz_id = new_user(), new_user(), new_id()
    cloud.post("add-face-record", enrol(known, "collins", FaceGroupCode="staff"))
    cloud.publish(message(user, picture, MerchantBizId=biz_id, AutoRegistration=True, FaceRegisterGroupCode="staff"))
    cloud.idle()
    stored = cloud.stored(biz_id)
    assert stored["Outcome"] == "duplicate"
    assert cloud.pseudonym(known) in stored["Result"]["DuplicateFace"]
    assert cloud.enrolled(user) == []


@pytest.mark.parametrize(
    "more",
    [{"plan": "gold"}, {"nested": {"a": [1, None]}}, {"Version": 7}, {"VerifyModel": "2"}, {"MerchantName": "x" * 999}],
    ids=str,
)
def test_unknown_fields_are_ignored(cloud: Cloud, new_user: NewUser, picture: str, more: Mapping[str, Any]) -> None:
    result = cloud.deliver(FUNCTION, message(new_user(), picture, **more))
    assert result["Outcome"] == "unique"


def test_a_picture_may_be_given_by_url_which_only_the_service_fetches(
    cloud: Cloud, new_user: NewUser, pictures_over_http: str
) -> None:
    user, biz_id = new_user(), new_id()
    told = message(user, "", SourceFacePictureUrl=f"{pictures_over_http}?token=SECRETQUERY", MerchantBizId=biz_id)
    del told["SourceFacePictureObject"]
    cloud.publish(told)
    cloud.idle()
    stored = cloud.stored(biz_id)
    assert (stored["Outcome"], stored["PictureSha256"]) == ("unique", {"SourceFacePicture": "url"})


@pytest.fixture
def pictures_over_http() -> Iterator[str]:
    class Pictures(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(photo_bytes("obama2"))

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Pictures) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield f"http://127.0.0.1:{server.server_port}/selfie.jpg"
        server.shutdown()
        serving.join()


# --- what cannot be read --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"version": 2}, "UnknownVersion"),
        ({"version": "1"}, "UnknownVersion"),
        ({"version": True}, "UnknownVersion"),
        ({"version": None}, "UnknownVersion"),
        ({"MerchantUserId": None}, "MissingParameter"),
        ({"MerchantUserId": ""}, "MissingParameter"),
        ({"MerchantUserId": 1001}, "InvalidParameter"),
        ({"SourceFacePictureObject": None}, "MissingParameter"),
        ({"SourceFacePictureUrl": "https://example.com/a.jpg"}, "DataDuplication"),
        ({"SourceFacePictureObject": "deferred/raw-user-1/a.jpg"}, "InvalidParameter"),
        ({"SourceFacePictureObject": "pictures/../deferred/a.jpg"}, "InvalidParameter"),
        ({"SourceFacePictureObject": "/pictures/a.jpg"}, "InvalidParameter"),
        ({"SourceFacePictureObject": "pictures/nobody/gone.jpg"}, "ObjectMissing"),
        ({"FaceGroupCodes": "visitors"}, "InvalidParameter"),
        ({"FaceRegisterGroupCode": "members"}, "InvalidParameter"),
        ({"AutoRegistration": "yes"}, "InvalidParameter"),
        ({"occurredAt": "2026-11-21"}, "InvalidParameter"),
        ({"occurredAt": -1}, "InvalidParameter"),
        ({"MerchantBizId": "no/id"}, "InvalidParameter"),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, dict) else None,
)
def test_a_message_that_breaks_a_rule_is_a_failure_with_its_reason_and_no_call(
    cloud: Cloud, picture: str, changed: Mapping[str, Any], reason: str
) -> None:
    user, calls = raw_user(), cloud.calls(ACTION)
    told = {name: value for name, value in {**message(user, picture), **changed}.items() if value is not None}
    message_id = cloud.publish({**told, "marked": user})
    cloud.idle()
    (failure,) = (row for row in cloud.failures() if user in row.event)
    assert (failure.function, failure.reason, failure.attempts) == (FUNCTION, reason, 1)
    assert json.loads(failure.event)["MessageId"] == message_id
    named = told.get("MerchantUserId")
    assert failure.user == (cloud.pseudonym(named) if isinstance(named, str) else None)
    assert cloud.calls(ACTION) == calls


@pytest.mark.parametrize(
    "body",
    [b"a new user signed up", b"[]", b'"text"', b"{", b"null", b"[" * 20_000],
    ids=lambda body: body[:9].decode(),
)
def test_a_message_that_is_no_object_is_a_failure_and_no_call(cloud: Cloud, body: bytes) -> None:
    calls = cloud.calls(ACTION)
    message_id = cloud.publish(body)
    cloud.idle()
    (failure,) = (row for row in cloud.failures() if message_id in row.event)
    assert (failure.reason, failure.user) == ("InvalidParameter", None)
    assert cloud.calls(ACTION) == calls


@pytest.mark.parametrize(("padding", "outcome"), [(40_000, "unique"), (49_000, "failed")])
def test_a_message_that_the_failure_destination_could_not_take_is_refused_at_once(
    cloud: Cloud, new_user: NewUser, picture: str, padding: int, outcome: str
) -> None:
    user, calls = new_user(), cloud.calls(ACTION)
    told = {**message(user, picture), "note": "x" * padding}
    assert cloud.deliver(FUNCTION, told)["Outcome"] == outcome
    failures = cloud.failures(user)
    assert [failure.reason for failure in failures] == ["MessageTooLarge"] * (outcome == "failed")
    assert cloud.calls(ACTION) - calls == (outcome == "unique")


@pytest.mark.parametrize("size", [64 * 1024 + 1, 128 * 1024 + 1])
def test_a_message_beyond_the_platforms_limit_is_refused_where_it_is_published(cloud: Cloud, size: int) -> None:
    before = len(cloud.invocations(FUNCTION))
    answer = cloud.client.post("/_local/topics/signups", content=b"x" * size)
    assert (answer.status_code, answer.json()["Code"]) == (400, "InvalidArgument")
    assert len(cloud.invocations(FUNCTION)) == before


# --- exactly once ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("envelope", "source"),
    [
        (lambda told, delivery: mns(json.dumps(told), delivery), "mns"),
        (cloudevent, "cloudevent"),
        (lambda told, _: told, "direct"),
    ],
    ids=["the same MessageId", "the same id of a CloudEvent", "the same message"],
)
def test_a_message_that_is_delivered_twenty_times_is_checked_once(
    cloud: Cloud, new_user: NewUser, picture: str, envelope: Callable[[Message, str], Message], source: str
) -> None:
    told, calls = message(new_user(), picture), cloud.calls(ACTION)
    event = envelope(told, new_id())
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: cloud.deliver(FUNCTION, event), range(20)))
    assert [result["Outcome"] for result in results] == ["unique"] * 20
    assert len({result["MerchantBizId"] for result in results}) == 1
    assert cloud.stored(results[0]["MerchantBizId"])["Source"] == source
    assert cloud.calls(ACTION) == calls + 1


def test_a_direct_invocation_by_our_own_client_is_accepted_once_under_one_task_id(
    cloud: Cloud, new_user: NewUser, picture: str
) -> None:
    biz_id, calls, before = new_id(), cloud.calls(ACTION), len(cloud.invocations(FUNCTION))
    payload = json.dumps(message(new_user(), picture, MerchantBizId=biz_id)).encode()
    for _ in range(2):
        cloud.invoker.hand_over(FUNCTION, payload, f"signup-{biz_id}")
    cloud.idle()
    assert cloud.stored(biz_id)["Source"] == "direct"
    assert len(cloud.invocations(FUNCTION)) == before + 1
    assert cloud.calls(ACTION) == calls + 1


def test_two_messages_of_one_user_are_two_checks(cloud: Cloud, new_user: NewUser, picture: str) -> None:
    user, calls = new_user(), cloud.calls(ACTION)
    for _ in range(2):
        cloud.publish(message(user, picture))
    cloud.idle()
    assert cloud.calls(ACTION) == calls + 2


def test_one_id_with_two_pictures_is_a_conflict_and_a_failure(cloud: Cloud, new_user: NewUser, picture: str) -> None:
    user, biz_id, calls = new_user(), new_id(), cloud.calls(ACTION)
    other = "pictures/signups/biden.jpg"
    cloud.upload(other, photo_bytes("biden"))
    for key in (picture, other):
        cloud.publish(message(user, key, MerchantBizId=biz_id))
        cloud.idle()
    assert [row.reason for row in cloud.failures(user)] == ["IdempotencyConflict"]
    assert cloud.calls(ACTION) == calls + 1


REGISTERS = {"AutoRegistration": True, "FaceRegisterGroupCode": "staff"}


def test_registration_happens_once_however_often_the_message_comes(
    cloud: Cloud, new_user: NewUser, picture: str
) -> None:
    user, calls = new_user(), cloud.calls(ACTION)
    event = mns(json.dumps(message(user, picture, **REGISTERS)), new_id())
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: cloud.deliver(FUNCTION, event), range(8)))
    assert [result["Outcome"] for result in results] == ["unique"] * 8
    assert cloud.stored(results[0]["MerchantBizId"])["Result"]["FaceRegistrationResult"] == 1
    assert cloud.enrolled(user) == ["staff"]
    assert cloud.calls(ACTION) == calls + 1


def test_a_check_that_is_throttled_backs_off_within_its_time(cloud: Cloud, new_user: NewUser, picture: str) -> None:
    biz_id = new_id()
    cloud.fault(ACTION, "throttle", times=2)
    cloud.publish(message(new_user(), picture, MerchantBizId=biz_id))
    cloud.idle()
    assert (cloud.stored(biz_id)["Outcome"], cloud.stored(biz_id)["Attempts"]) == ("unique", 3)


def test_a_picture_without_a_face_is_a_result_and_a_failure(cloud: Cloud, new_user: NewUser) -> None:
    user, biz_id, calls = new_user(), new_id(), cloud.calls(ACTION)
    key = "pictures/signups/coffee.png"
    cloud.upload(key, photo_bytes("coffee"))
    told = message(user, key, MerchantBizId=biz_id)
    for _ in range(2):
        assert cloud.deliver(FUNCTION, told) == {"Outcome": "refused", "MerchantBizId": biz_id}
    assert (cloud.stored(biz_id)["Outcome"], cloud.stored(biz_id)["Code"]) == ("refused", "NoFaceDetected")
    assert [row.reason for row in cloud.failures(user)] == ["NoFaceDetected"]
    assert cloud.calls(ACTION) == calls + 1


# --- erased users ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "late", "enrolled"),
    [(REGISTERS, True, []), (REGISTERS, False, ["staff"])],
    ids=["occurred before the erasure", "occurred after it"],
)
def test_a_late_message_does_not_register_an_erased_user(
    cloud: Cloud, new_user: NewUser, picture: str, more: Mapping[str, Any], late: bool, enrolled: list[str]
) -> None:
    user, calls = new_user(), cloud.calls(ACTION)
    before = int(time.time() * 1_000)
    cloud.client.delete(f"/v1/users/{user}")
    occurred_at = before if late else int(time.time() * 1_000) + 1
    result = cloud.deliver(FUNCTION, message(user, picture, occurredAt=occurred_at, **more))
    assert result["Outcome"] == ("erased" if late else "unique")
    assert cloud.enrolled(user) == enrolled
    assert cloud.calls(ACTION) == calls + len(enrolled)


def test_an_upload_and_a_sign_up_of_one_user_do_not_get_in_each_others_way(
    cloud: Cloud, new_user: NewUser, picture: str
) -> None:
    user, biz_id, key = new_user(), new_id(), "enroll/staff/{}/selfie.jpg"
    etag = cloud.upload(key.format(user), photo_bytes("obama"))
    cloud.publish(message(user, picture, MerchantBizId=biz_id))
    cloud.idle()
    assert cloud.stored(upload_id(cloud.bucket, key.format(user), etag))["Outcome"] == "enrolled"
    assert cloud.stored(biz_id)["Outcome"] == "unique"
