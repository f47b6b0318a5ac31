"""Publishes a message: one asynchronous invocation for each trigger on the topic.

Messages have no attributes and no tags here.
"""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.function_compute.acceptance import Event

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.function_compute.async_invocations import AsyncInvocations
    from local.function_compute.event_triggers import MnsTopicTrigger
    from local.function_compute.function_spec import FunctionSpec

MESSAGE_BYTES = 64 * 1024
"""Documented."""


class TopicError(Exception):
    """A message that is not published: `status` and `code` as MNS answers them."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


@dataclass(frozen=True)
class Message:
    """`published` in Unix milliseconds."""

    message_id: str
    topic: str
    owner: str
    text: str
    published: int


def notification(message: Message, trigger: MnsTopicTrigger) -> bytes:
    """The event of a function: the message itself (STREAM), or the documented object around it (JSON)."""
    body = message.text.encode()
    if trigger.content_format == "STREAM":
        return body
    event = {
        "TopicOwner": message.owner,
        "Message": message.text,
        "Subscriber": message.owner,
        "PublishTime": message.published,
        "SubscriptionName": trigger.name,
        "MessageMD5": hashlib.md5(body, usedforsecurity=False).hexdigest().upper(),
        "TopicName": message.topic,
        "MessageId": message.message_id,
    }
    return json.dumps(event, ensure_ascii=False).encode()


class Topics:
    """Every topic that a trigger names exists, and no other."""

    def __init__(self, functions: Mapping[str, FunctionSpec], asynchronous: AsyncInvocations, account_id: str) -> None:
        self._asynchronous = asynchronous
        self._account_id = account_id
        self._subscribers: dict[str, list[tuple[str, MnsTopicTrigger]]] = {}
        for spec in functions.values():
            for trigger in spec.mns_topic_triggers:
                self._subscribers.setdefault(trigger.topic, []).append((spec.name, trigger))

    def publish(self, topic: str, body: bytes) -> str:
        """The id of the message, when all its invocations are on disk. Raises TopicError and InvocationRefused."""
        subscribers = self._subscribers.get(topic)
        if subscribers is None:
            raise TopicError(404, "TopicNotExist", f"no trigger of s.yaml names a topic {topic!r}")
        if not 1 <= len(body) <= MESSAGE_BYTES:
            raise TopicError(400, "InvalidArgument", f"a message has 1 to {MESSAGE_BYTES} bytes, not {len(body)}")
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError as error:
            raise TopicError(400, "InvalidArgument", "a message is UTF-8 text") from error
        message = Message(uuid.uuid4().hex.upper(), topic, self._account_id, text, int(time.time() * 1000))
        self._asynchronous.accept(
            *(Event(function, notification(message, trigger)) for function, trigger in subscribers)
        )
        return message.message_id
