"""The topics: made, described and deleted; and a message published to one, as one asynchronous invocation for each
trigger on it.

Messages have no attributes and no tags here. One to a topic without a trigger goes nowhere, as the real one's does.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from local.function_compute.acceptance import Event
from local.mns.errors import MnsError
from local.mns.store import TopicAttributes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.function_compute.async_invocations import AsyncInvocations
    from local.function_compute.event_triggers import MnsTopicTrigger
    from local.function_compute.function_spec import FunctionSpec
    from local.mns.store import TopicStore

LEAST_BYTES, MESSAGE_BYTES = 1024, 64 * 1024
"""Documented, of MaximumMessageSize; the larger one is its default."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,254}")


@dataclass(frozen=True)
class Message:
    """`published` in Unix milliseconds."""

    message_id: str
    topic: str
    owner: str
    text: str
    published: int

    @property
    def md5(self) -> str:
        return hashlib.md5(self.text.encode(), usedforsecurity=False).hexdigest().upper()


def notification(message: Message, trigger: MnsTopicTrigger) -> bytes:
    """The event of a function: the message itself (STREAM), or the documented object around it (JSON)."""
    if trigger.content_format == "STREAM":
        return message.text.encode()
    event = {
        "TopicOwner": message.owner,
        "Message": message.text,
        "Subscriber": message.owner,
        "PublishTime": message.published,
        "SubscriptionName": trigger.name,
        "MessageMD5": message.md5,
        "TopicName": message.topic,
        "MessageId": message.message_id,
    }
    return json.dumps(event, ensure_ascii=False).encode()


class Topics:
    """Those of one account. Every method raises MnsError."""

    def __init__(
        self,
        functions: Mapping[str, FunctionSpec],
        asynchronous: AsyncInvocations,
        account_id: str,
        store: TopicStore,
    ) -> None:
        self._asynchronous = asynchronous
        self._account_id = account_id
        self._store = store
        self._subscribers: dict[str, list[tuple[str, MnsTopicTrigger]]] = {}
        for spec in functions.values():
            for trigger in spec.mns_topic_triggers:
                self._subscribers.setdefault(trigger.topic, []).append((spec.name, trigger))

    def create(self, name: str, *, maximum_message_size: int = MESSAGE_BYTES, logging_enabled: bool = False) -> bool:
        """True if it was made, False if there is one with these attributes already."""
        if not _NAME.fullmatch(name):
            raise MnsError("InvalidArgument", "A topic's name has 1 to 255 letters, digits and hyphens.")
        if not LEAST_BYTES <= maximum_message_size <= MESSAGE_BYTES:
            message = f"The value of MaximumMessageSize should between {LEAST_BYTES} and {MESSAGE_BYTES} bytes."
            raise MnsError("InvalidArgument", message)
        wanted = TopicAttributes(name, maximum_message_size, logging_enabled, int(time.time()))
        found = self._store.find(name)
        if found is None:
            self._store.add(wanted)
        elif replace(found, created=wanted.created) != wanted:
            raise MnsError("TopicAlreadyExist", "The topic you want to create is already exist.")
        return found is None

    def attributes(self, name: str) -> TopicAttributes:
        found = self._store.find(name)
        if found is None:
            raise MnsError("TopicNotExist", "The topic you provided is not exist.")
        return found

    def delete(self, name: str) -> None:
        """Deleting one that is not there succeeds (documented for queues; unconfirmed)."""
        self._store.delete(name)

    def publish(self, name: str, body: bytes) -> Message:
        """The message, when all its invocations are on disk. Also raises InvocationRefused."""
        topic = self.attributes(name)
        if not 1 <= len(body) <= topic.maximum_message_size:
            limit = topic.maximum_message_size
            raise MnsError("InvalidArgument", f"a message has 1 to {limit} bytes, not {len(body)}")
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError as error:
            raise MnsError("InvalidArgument", "a message is UTF-8 text") from error
        message = Message(uuid.uuid4().hex.upper(), name, self._account_id, text, int(time.time() * 1000))
        subscribers = self._subscribers.get(name, ())
        self._asynchronous.accept(*(Event(one, notification(message, trigger)) for one, trigger in subscribers))
        return message
