"""The local MNS through the unmodified SDK, and by hand where the SDK does it right by itself."""

from __future__ import annotations

import base64
import hashlib
import json
import time
import uuid
from collections.abc import Callable
from email.utils import formatdate
from typing import Any

import httpx
import pytest
from mns.account import Account as MnsAccount
from mns.mns_exception import MNSServerException
from mns.topic import TopicMessage, TopicMeta

from local.credentials import Account
from local.mns.signature import signature, string_to_sign
from tests.cloud import Cloud, new_id, until


def account(cloud: Cloud, **changes: str) -> MnsAccount:
    found = cloud.endpoints()
    key = {"access_key_id": found["access_key_id"], "access_key_secret": found["access_key_secret"], **changes}
    made = MnsAccount(found["mns"], key["access_key_id"], key["access_key_secret"], key.get("security_token", ""))
    made.mns_client.set_keep_alive(False)
    return made


def refusal(call: Callable[[], Any]) -> str:
    with pytest.raises(MNSServerException) as refused:
        call()
    assert refused.value.request_id
    return str(refused.value.type)


@pytest.fixture
def name() -> str:
    return f"t-{uuid.uuid4().hex}"


def test_a_topic_is_made_described_and_deleted(cloud: Cloud, name: str) -> None:
    topic = account(cloud).get_topic(name)
    assert refusal(topic.get_attributes) == "TopicNotExist"

    assert topic.create(TopicMeta(2048, True)).endswith(f".mns.ap-southeast-1.aliyuncs.com/topics/{name}")

    found = topic.get_attributes()
    assert (found.topic_name, found.maximum_message_size, found.logging_enabled) == (name, 2048, True)
    assert abs(found.create_time - time.time()) < 600
    topic.delete()
    assert refusal(topic.get_attributes) == "TopicNotExist"


def test_making_a_topic_again_needs_the_same_attributes(cloud: Cloud, name: str) -> None:
    topic = account(cloud).get_topic(name)
    for _ in range(2):
        topic.create(TopicMeta())
    assert refusal(lambda: topic.create(TopicMeta(1024))) == "TopicAlreadyExist"
    assert topic.get_attributes().maximum_message_size == 65536


@pytest.mark.parametrize("size", [1023, 65537])
def test_a_message_size_out_of_its_range_is_refused(cloud: Cloud, name: str, size: int) -> None:
    assert refusal(lambda: account(cloud).get_topic(name).create(TopicMeta(size))) == "InvalidArgument"


@pytest.mark.parametrize("wrong", ["-begins", "under_score", "a" * 256])
def test_a_name_that_is_none_is_refused(cloud: Cloud, wrong: str) -> None:
    headers = signed(cloud, "PUT", f"/topics/{wrong}", TOPIC)
    assert sent(cloud, "PUT", f"/topics/{wrong}", TOPIC, headers) == (400, "InvalidArgument")


def test_a_published_message_reaches_the_functions_with_a_trigger(cloud: Cloud) -> None:
    biz_id = new_id()
    message = {"version": 2, "MerchantBizId": biz_id}
    before = len(cloud.invocations("dedup-on-signup"))

    text = json.dumps(message)
    published = account(cloud).get_topic("signups").publish_message(TopicMessage(text))

    digest = hashlib.md5(text.encode(), usedforsecurity=False)
    assert published.message_body_md5 == digest.hexdigest().upper()
    until(lambda: len(cloud.invocations("dedup-on-signup")) == before + 1)
    cloud.idle()
    assert [row for row in cloud.failures() if biz_id in row.event]


def test_a_message_for_a_topic_without_triggers_goes_nowhere(cloud: Cloud, name: str) -> None:
    topic = account(cloud).get_topic(name)
    topic.create(TopicMeta())
    before = len(cloud.invocations("dedup-on-signup"))
    assert topic.publish_message(TopicMessage("x")).message_id
    assert len(cloud.invocations("dedup-on-signup")) == before


@pytest.mark.parametrize(
    ("body", "code"), [("x" * 1025, "InvalidArgument"), ("\N{EURO SIGN}" * 342, "InvalidArgument")]
)
def test_a_message_longer_than_its_topic_allows_is_refused(cloud: Cloud, name: str, body: str, code: str) -> None:
    topic = account(cloud).get_topic(name)
    topic.create(TopicMeta(1024))
    assert refusal(lambda: topic.publish_message(TopicMessage(body))) == code


def test_keys_are_checked(cloud: Cloud) -> None:
    found = cloud.endpoints()
    owner = Account(found["access_key_id"], found["access_key_secret"])

    def asked(**changes: str) -> Callable[[], Any]:
        return account(cloud, **changes).get_topic("signups").get_attributes

    def temporary(seconds: int, **changes: str) -> dict[str, str]:
        key = owner.issue(int(time.time()) + seconds)
        names = ("access_key_id", "access_key_secret", "security_token")
        return {**{name: getattr(key, name) for name in names}, **changes}

    asked(**temporary(60))()
    assert refusal(asked(access_key_id="LTAI0000")) == "InvalidAccessKeyId"
    assert refusal(asked(access_key_secret="wrong")) == "SignatureDoesNotMatch"
    assert refusal(asked(**temporary(-60))) == "AccessDenied"
    assert refusal(asked(**temporary(60, security_token="9999999999.00"))) == "AccessDenied"


TOPIC = b'<?xml version="1.0"?><Topic xmlns="http://mns.aliyuncs.com/doc/v1/"></Topic>'
MESSAGES = "/topics/signups/messages"


def signed(cloud: Cloud, method: str, target: str, body: bytes, **more: str) -> dict[str, str]:
    found = cloud.endpoints()
    digest = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
    headers = {
        "content-md5": digest,
        "content-type": "text/xml",
        "date": formatdate(usegmt=True),
        "x-mns-version": "2015-06-06",
        **{name.replace("_", "-"): value for name, value in more.items()},
    }
    mac = signature(found["access_key_secret"], string_to_sign(method, target, headers))
    return {**headers, "authorization": f"MNS {found['access_key_id']}:{mac}"}


def sent(cloud: Cloud, method: str, target: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    """Status and error code."""
    with httpx.Client(base_url=cloud.endpoints()["mns"], trust_env=False) as client:
        answer = client.request(method, target, content=body, headers=headers)
    assert answer.headers["x-mns-request-id"]
    return answer.status_code, answer.text.partition("<Code>")[2].partition("</Code>")[0]


@pytest.fixture
def by_hand(cloud: Cloud, name: str) -> tuple[Cloud, str]:
    return cloud, f"/topics/{name}"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, (201, "")),
        ({"authorization": ""}, (400, "MissingAuthorizationHeader")),
        ({"authorization": "MNS nonsense"}, (400, "InvalidAuthorizationHeader")),
        ({"date": ""}, (400, "MissingDateHeader")),
        ({"date": "yesterday"}, (400, "InvalidDateHeader")),
        ({"date": "Sat, 21 Nov 2020 00:00:00 GMT"}, (408, "TimeExpired")),
        ({"x-mns-version": "2015-06-07"}, (403, "SignatureDoesNotMatch")),
        ({"content-type": "text/plain"}, (403, "SignatureDoesNotMatch")),
    ],
)
def test_what_is_changed_after_signing_is_refused(
    by_hand: tuple[Cloud, str], change: dict[str, str], expected: tuple[int, str]
) -> None:
    cloud, target = by_hand
    headers = {name: value for name, value in {**signed(cloud, "PUT", target, TOPIC), **change}.items() if value}
    assert sent(cloud, "PUT", target, TOPIC, headers) == expected


def test_a_body_that_is_not_the_signed_one_is_refused(by_hand: tuple[Cloud, str]) -> None:
    cloud, target = by_hand
    assert sent(cloud, "PUT", target, TOPIC + b" ", signed(cloud, "PUT", target, TOPIC)) == (400, "InvalidDegist")


def test_a_query_is_signed_too(by_hand: tuple[Cloud, str]) -> None:
    cloud, target = by_hand
    headers = signed(cloud, "PUT", target, TOPIC)
    assert sent(cloud, "PUT", f"{target}?metaoverride=true", TOPIC, headers)[1] == "SignatureDoesNotMatch"


@pytest.mark.parametrize(
    ("method", "target", "body", "expected"),
    [
        ("PUT", "", b"<Topic", (400, "MalformedXML")),
        ("PUT", "", b"<!DOCTYPE x><Topic/>", (400, "MalformedXML")),
        ("PUT", "", b"<Queue/>", (400, "InvalidArgument")),
        ("PUT", "", b"<Topic><LoggingEnabled>no</LoggingEnabled></Topic>", (400, "InvalidArgument")),
        ("PUT", "", b"<Topic><MaximumMessageSize>1e4</MaximumMessageSize></Topic>", (400, "InvalidArgument")),
        ("PUT", "", b"<Topic><TopicType>fifo</TopicType></Topic>", (501, "NotImplemented")),
        ("PUT", "?metaoverride=true", TOPIC, (501, "NotImplemented")),
        ("GET", "/subscriptions/s", b"", (501, "NotImplemented")),
        ("POST", "/messages", b"<Message><MessageBody>x</MessageBody></Message>", (404, "TopicNotExist")),
        ("PUT", "", b"x" * 300_000, (413, "RequestBodyTooLarge")),
    ],
)
def test_what_is_wrong_or_not_served_is_refused_in_words(
    by_hand: tuple[Cloud, str], method: str, target: str, body: bytes, expected: tuple[int, str]
) -> None:
    cloud, topic = by_hand
    assert sent(cloud, method, topic + target, body, signed(cloud, method, topic + target, body)) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"<Message><MessageTag>t</MessageTag></Message>", (501, "NotImplemented")),
        (b"<Message/>", (400, "InvalidArgument")),
        (b"<Message><MessageBody><b>x</b></MessageBody></Message>", (400, "InvalidArgument")),
    ],
)
def test_a_message_without_a_body_or_with_more_is_refused(cloud: Cloud, body: bytes, expected: tuple[int, str]) -> None:
    assert sent(cloud, "POST", MESSAGES, body, signed(cloud, "POST", MESSAGES, body)) == expected
