"""Where asynchronous invocations come from: OSS notifications, MNS topics, HTTP clients; and the list of them all."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from local.function_compute.acceptance import EVENT_BYTES
from tests.functional.async_probes import ACCOUNT_ID, FAIL, REGION, SUCCEED, AsyncFunctions, Running, source

if TYPE_CHECKING:
    from pathlib import Path

BUCKET = "selfies"
PUT = "ObjectCreated:PutObject"


def oss_trigger(*events: str, prefix: str = "", suffix: str = "", bucket: str = BUCKET) -> dict[str, Any]:
    return {
        "triggerName": "uploads",
        "triggerType": "oss",
        "sourceArn": f"acs:oss:{REGION}:{ACCOUNT_ID}:{bucket}",
        "triggerConfig": {"events": list(events), "filter": {"key": {"prefix": prefix, "suffix": suffix}}},
    }


def topic_trigger(content_format: str, name: str = "subscription") -> dict[str, Any]:
    return {
        "triggerName": name,
        "triggerType": "mns_topic",
        "sourceArn": f"acs:mns:{REGION}:{ACCOUNT_ID}:/topics/signups",
        "triggerConfig": {"notifyContentFormat": content_format, "notifyStrategy": "BACKOFF_RETRY"},
    }


HTTP = {
    "triggerName": "http",
    "triggerType": "http",
    "triggerConfig": {"authType": "anonymous", "methods": ["POST"]},
}


def record(key: str, name: str = PUT, bucket: str = BUCKET) -> dict[str, Any]:
    return {
        "eventName": name,
        "eventSource": "acs:oss",
        "oss": {"bucket": {"name": bucket}, "object": {"key": key, "eTag": "A" * 32, "size": 1}, "ruleId": ""},
    }


def functions(folder: Path, *triggers: dict[str, Any], text: str = SUCCEED, **more: Any) -> AsyncFunctions:
    return AsyncFunctions(folder, {"probe": (text, {"triggers": list(triggers)})}, **more)


def sent(cloud: AsyncFunctions, *requests: httpx.Request) -> list[httpx.Response]:
    """All at once; then waits for what follows from them."""

    async def act(running: Running) -> list[httpx.Response]:
        responses = await asyncio.gather(*(running.gateway.send(request) for request in requests))
        await running.quiet()
        return list(responses)

    responses: list[httpx.Response] = cloud.use(act)
    return responses


def notification(*records: dict[str, Any]) -> httpx.Request:
    return httpx.Request("POST", "http://local/_local/notify/oss", json={"events": list(records)})


def message(body: bytes, topic: str = "signups") -> httpx.Request:
    return httpx.Request("POST", f"http://local/_local/topics/{topic}", content=body)


def delivered_records(cloud: AsyncFunctions) -> list[list[dict[str, Any]]]:
    """By event, its records."""
    return [json.loads(event)["events"] for event in cloud.events]


def test_an_upload_that_a_trigger_takes_reaches_its_function_as_it_is(tmp_path: Path) -> None:
    cloud = functions(tmp_path, oss_trigger("oss:ObjectCreated:PutObject", prefix="enroll/"))
    put = record("enroll/ü %2F+.jpg")

    [answer] = sent(cloud, notification(put))

    [[delivered]] = delivered_records(cloud)
    assert answer.status_code == 204
    assert len(delivered["oss"].pop("ruleId")) == 32
    del put["oss"]["ruleId"]
    assert delivered == put


@pytest.mark.parametrize(
    "upload",
    [
        record("other/1.jpg"),
        record("enroll"),
        record("enroll/1.png"),
        record("Enroll/1.jpg"),
        record("enroll/1.jpg", "ObjectCreated:CopyObject"),
        record("enroll/1.jpg", "ObjectRemoved:DeleteObject"),
        record("enroll/1.jpg", bucket="other"),
    ],
)
def test_an_event_that_no_trigger_takes_is_acknowledged_and_forgotten(tmp_path: Path, upload: dict[str, Any]) -> None:
    cloud = functions(tmp_path, oss_trigger("oss:ObjectCreated:PutObject", prefix="enroll/", suffix=".jpg"))

    [answer] = sent(cloud, notification(upload))

    assert answer.status_code == 204
    assert cloud.seen == []


def test_each_trigger_that_takes_an_event_gets_it(tmp_path: Path) -> None:
    put, anything = (
        oss_trigger("oss:ObjectCreated:PutObject", prefix="a/"),
        oss_trigger("oss:ObjectRemoved:DeleteObject"),
    )
    cloud = AsyncFunctions(
        tmp_path, {"one": (SUCCEED, {"triggers": [put]}), "two": (SUCCEED, {"triggers": [anything]})}
    )

    sent(cloud, notification(record("a/1"), record("a/2"), record("a/3", "ObjectRemoved:DeleteObject")))

    keys = sorted(records[0]["oss"]["object"]["key"] for records in delivered_records(cloud))
    assert keys == ["a/1", "a/2", "a/3"]


def test_records_that_come_together_can_share_an_event(tmp_path: Path) -> None:
    cloud = functions(tmp_path, oss_trigger("oss:ObjectCreated:*"), oss_batch=4)

    answers = sent(cloud, *(notification(record(f"k/{number}")) for number in range(10)))

    assert {answer.status_code for answer in answers} == {204}
    sizes = [len(records) for records in delivered_records(cloud)]
    assert sorted(sizes) == [2, 4, 4]
    keys = {one["oss"]["object"]["key"] for records in delivered_records(cloud) for one in records}
    assert len(keys) == 10


def test_a_shared_event_stays_within_the_limit(tmp_path: Path) -> None:
    cloud = functions(tmp_path, oss_trigger("oss:ObjectCreated:*"), oss_batch=100)
    long_key = "k" * (EVENT_BYTES // 3)

    sent(cloud, *(notification(record(long_key)) for _ in range(5)))

    assert sorted(len(records) for records in delivered_records(cloud)) == [1, 2, 2]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"{}", b'{"events": {}}', b'{"events": [1]}', b'{"events": [{"eventName": "x"}]}', b"\xff"],
)
def test_a_notification_that_is_none_is_refused(tmp_path: Path, body: bytes) -> None:
    cloud = functions(tmp_path, oss_trigger("oss:ObjectCreated:*"))

    [answer] = sent(cloud, httpx.Request("POST", "http://local/_local/notify/oss", content=body))

    assert (answer.status_code, answer.json()["Code"]) == (400, "InvalidArgument")
    assert cloud.seen == []


def test_a_message_in_stream_format_is_the_event(tmp_path: Path) -> None:
    cloud = functions(tmp_path, topic_trigger("STREAM"))

    [answer] = sent(cloud, message('{"user": "ü"}'.encode()))

    assert answer.status_code == 202
    assert len(answer.json()["MessageId"]) == 32
    assert cloud.events == ['{"user": "ü"}']


def test_a_message_in_json_format_comes_in_its_envelope(tmp_path: Path) -> None:
    cloud = functions(tmp_path, topic_trigger("JSON", "my-subscription"))

    [answer] = sent(cloud, message(b"a sign-up"))

    [event] = [json.loads(event) for event in cloud.events]
    assert isinstance(event.pop("PublishTime"), int)
    assert event == {
        "TopicOwner": ACCOUNT_ID,
        "Subscriber": ACCOUNT_ID,
        "SubscriptionName": "my-subscription",
        "TopicName": "signups",
        "Message": "a sign-up",
        "MessageMD5": hashlib.md5(b"a sign-up").hexdigest().upper(),  # noqa: S324 - the field's
        "MessageId": answer.json()["MessageId"],
    }


def test_every_subscriber_of_a_topic_gets_the_message(tmp_path: Path) -> None:
    cloud = functions(tmp_path, topic_trigger("STREAM", "one"), topic_trigger("JSON", "two"))

    sent(cloud, message(b"{}"))

    assert len(cloud.events) == 2


@pytest.mark.parametrize(
    ("body", "topic", "status", "code"),
    [
        (b"x", "absent", 404, "TopicNotExist"),
        (b"", "signups", 400, "InvalidArgument"),
        (b"x" * (64 * 1024 + 1), "signups", 400, "InvalidArgument"),
        (b"x" * (4 * 1024 * 1024), "signups", 400, "InvalidArgument"),
        (b"\xff", "signups", 400, "InvalidArgument"),
        (b"\x01" * (64 * 1024), "signups", 400, "EntityTooLarge"),  # six bytes each in JSON
    ],
)
def test_a_message_that_is_not_published(tmp_path: Path, body: bytes, topic: str, status: int, code: str) -> None:
    cloud = functions(tmp_path, topic_trigger("JSON"))

    [answer] = sent(cloud, message(body, topic))

    assert (answer.status_code, answer.json()["Code"]) == (status, code)
    assert cloud.seen == []


def test_a_message_of_just_the_limit_is_published(tmp_path: Path) -> None:
    cloud = functions(tmp_path, topic_trigger("STREAM"))

    [answer] = sent(cloud, message(b"x" * 64 * 1024))

    assert answer.status_code == 202
    assert len(cloud.events[0]) == 64 * 1024


def request(path: str, content: bytes = b"x", kind: str = "Async") -> httpx.Request:
    headers = {"x-fc-invocation-type": kind, "content-type": "text/plain"}
    return httpx.Request("POST", f"http://local{path}", content=content, headers=headers)


def test_any_http_client_can_make_its_call_asynchronous(tmp_path: Path) -> None:
    cloud = functions(tmp_path, HTTP)

    [answer] = sent(cloud, request("/probe", b"hello"))

    [event] = [json.loads(event) for event in cloud.events]
    assert (answer.status_code, answer.content) == (202, b"")
    assert event["body"] == "hello"
    assert event["requestContext"]["requestId"] == answer.headers["X-Fc-Request-Id"] == cloud.seen[0]["request"]
    assert not [name for name in event["headers"] if name.lower().startswith("x-fc-")]


def test_behind_api_gateway_the_header_changes_nothing(tmp_path: Path) -> None:
    answering = source("return {'statusCode': 200, 'headers': {}, 'isBase64Encoded': False, 'body': 'sync'}")
    cloud = functions(tmp_path, HTTP, text=answering)

    [answer] = sent(cloud, request("/apigw/probe"))

    assert (answer.status_code, answer.text) == (200, "sync")


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        (request("/probe", b"x" * EVENT_BYTES), 400, "EntityTooLarge"),
        (request("/absent"), 404, "NotFound"),
        (request("/probe", kind="Soon"), 400, "InvalidArgument"),
    ],
)
def test_an_asynchronous_http_call_that_is_refused(
    tmp_path: Path, given: httpx.Request, status: int, code: str
) -> None:
    cloud = functions(tmp_path, HTTP)

    [answer] = sent(cloud, given)

    assert (answer.status_code, answer.json()["Code"]) == (status, code)
    assert cloud.seen == []


def test_what_became_of_invocations_is_listed_filtered_and_counted(tmp_path: Path) -> None:
    never = {"asyncInvokeConfig": {"maxAsyncRetryAttempts": 0}}
    cloud = AsyncFunctions(tmp_path, {"good": (SUCCEED, never), "bad": (FAIL, never)})

    async def act(running: Running) -> list[Any]:
        running.accept("good", "1")
        running.accept("bad", "2")
        running.accept("good", "3")
        await running.quiet()
        paths = ("", "?function=good", "?outcome=failed", "?function=good&outcome=failed", "/summary", "?outcome=odd")
        return [(await running.gateway.get(f"/_local/invocations{path}")).json() for path in paths]

    everything, good, failed, neither, summary, odd = cloud.use(act)

    assert [one["function"] for one in everything] == ["good", "bad", "good"]
    assert [one["id"] for one in good] == [everything[0]["id"], everything[2]["id"]]
    assert failed == [everything[1]]
    assert {"id", "function", "attempts", "outcome", "accepted", "finished", "redelivery"} <= set(failed[0])
    assert neither == []
    counts = {"pending": 0, "running": 0, "redeliveries": 0}
    assert summary == {
        "good": {**counts, "succeeded": 2, "failed": 0},
        "bad": {**counts, "succeeded": 0, "failed": 1},
    }
    assert odd["Code"] == "InvalidArgument"


def test_a_running_and_a_pending_invocation_are_listed_as_such(tmp_path: Path) -> None:
    for event in "12":
        os.mkfifo(tmp_path / f"fifo-{event}")
    blocking = source("open(os.environ['FOLDER'] + '/fifo-' + event.decode(), 'rb').read()")
    cloud = AsyncFunctions(tmp_path, {"probe": (blocking, {"concurrencyConfig": {"reservedConcurrency": 1}})})

    async def act(running: Running) -> tuple[list[str], int, int]:
        running.accept("probe", "1", "2")
        writer = await asyncio.to_thread((tmp_path / "fifo-1").open, "wb")
        outcomes = [one["outcome"] for one in (await running.gateway.get("/_local/invocations")).json()]
        busy = (await running.gateway.get("/_local/invocations/idle?timeout=1")).status_code
        writer.close()
        await asyncio.to_thread((tmp_path / "fifo-2").write_bytes, b"")
        idle = (await running.gateway.get("/_local/invocations/idle")).status_code
        return outcomes, busy, idle

    assert cloud.use(act) == (["running", "pending"], 504, 200)


@pytest.mark.parametrize("timeout", ["0", "-1", "x", "601", "1.5", "", "²"])
def test_a_time_to_wait_for_quiet_is_a_number_of_seconds(tmp_path: Path, timeout: str) -> None:
    cloud = AsyncFunctions(tmp_path, {"probe": SUCCEED})
    asked = httpx.Request("GET", httpx.URL("http://local/_local/invocations/idle", params={"timeout": timeout}))

    [answer] = sent(cloud, asked)

    assert (answer.status_code, answer.json()["Code"]) == (400, "InvalidArgument")


def test_a_cloud_without_invocations_is_idle(tmp_path: Path) -> None:
    asked = httpx.Request("GET", "http://local/_local/invocations/idle?timeout=1")

    [answer] = sent(AsyncFunctions(tmp_path, {"probe": SUCCEED}), asked)

    assert (answer.status_code, answer.json()) == (200, {"idle": True})
