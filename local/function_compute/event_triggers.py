"""The triggers of s.yaml that invoke a function asynchronously: OSS events, and messages of an MNS topic.

Names, forms and the rule of conflict are the documented ones.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from local.function_compute.properties import Properties

OBJECT_EVENTS = (
    *(
        f"oss:ObjectCreated:{name}"
        for name in (
            "*",
            "PutObject",
            "PostObject",
            "CopyObject",
            "AppendObject",
            "CompleteMultipartUpload",
            "InitiateMultipartUpload",
            "UploadPart",
            "UploadPartCopy",
            "PutSymlink",
        )
    ),
    *(f"oss:ObjectRemoved:{name}" for name in ("DeleteObject", "DeleteObjects", "AbortMultipartUpload")),
    "oss:ObjectModified:UpdateObjectMeta",
)
CONTENT_FORMATS = ("STREAM", "JSON")
NOTIFY_STRATEGIES = ("BACKOFF_RETRY", "EXPONENTIAL_DECAY_RETRY")

_BUCKET = re.compile(r"acs:oss:(?P<region>[^:]+):(?P<account>\d+):(?P<name>[a-z0-9][a-z0-9-]{1,61}[a-z0-9])")
_TOPIC = re.compile(r"acs:mns:(?P<region>[^:]+):(?P<account>\d+):/topics/(?P<name>[A-Za-z0-9][A-Za-z0-9-]{0,254})")
_BUCKET_FORM = "acs:oss:<region>:<account>:<bucket>"
_TOPIC_FORM = "acs:mns:<region>:<account>:/topics/<topic>"


@dataclass(frozen=True)
class OssTrigger:
    """`events` as s.yaml names them; an empty `prefix` or `suffix` matches every key."""

    name: str
    bucket: str
    events: tuple[str, ...]
    prefix: str
    suffix: str

    def takes(self, event_name: str, bucket: str, key: str) -> bool:
        """Whether an event of that name (an event's own names have no `oss:`) for that object is delivered."""
        return (
            bucket == self.bucket
            and any(_covers(rule, f"oss:{event_name}") for rule in self.events)
            and key.startswith(self.prefix)
            and key.endswith(self.suffix)
        )

    def conflicts_with(self, other: OssTrigger) -> bool:
        """OSS refuses a trigger whose events another trigger of the bucket might take too."""
        return (
            self.bucket == other.bucket
            and any(_covers(a, b) or _covers(b, a) for a, b in itertools.product(self.events, other.events))
            and (self.prefix.startswith(other.prefix) or other.prefix.startswith(self.prefix))
            and (self.suffix.endswith(other.suffix) or other.suffix.endswith(self.suffix))
        )


@dataclass(frozen=True)
class MnsTopicTrigger:
    """`content_format` is STREAM or JSON. The strategy of repeated notification is checked and has no effect: a
    notification within this machine is accepted at once."""

    name: str
    topic: str
    content_format: str


def oss_triggers(triggers: Iterable[Properties], region: str) -> tuple[OssTrigger, ...]:
    """Raises TemplateError."""
    return tuple(_oss(trigger, region) for trigger in triggers if trigger.content.get("triggerType") == "oss")


def mns_topic_triggers(triggers: Iterable[Properties], region: str) -> tuple[MnsTopicTrigger, ...]:
    """Raises TemplateError."""
    return tuple(_mns(trigger, region) for trigger in triggers if trigger.content.get("triggerType") == "mns_topic")


def _oss(trigger: Properties, region: str) -> OssTrigger:
    config = trigger.block("triggerConfig")
    events = tuple(config.texts("events"))
    if not events or set(events) - set(OBJECT_EVENTS):
        raise config.error("events", f"must list some of {', '.join(OBJECT_EVENTS)}")
    key = config.block("filter").block("key")
    return OssTrigger(
        name=trigger.text("triggerName"),
        bucket=_source(trigger, _BUCKET, _BUCKET_FORM, region),
        events=events,
        prefix=key.text("prefix", default=""),
        suffix=key.text("suffix", default=""),
    )


def _mns(trigger: Properties, region: str) -> MnsTopicTrigger:
    config = trigger.block("triggerConfig")
    config.choice("notifyStrategy", NOTIFY_STRATEGIES)
    if "filterTag" in config.content:
        raise config.error("filterTag", "is not applied by the local cloud")
    return MnsTopicTrigger(
        name=trigger.text("triggerName"),
        topic=_source(trigger, _TOPIC, _TOPIC_FORM, region),
        content_format=config.choice("notifyContentFormat", CONTENT_FORMATS),
    )


def _source(trigger: Properties, pattern: re.Pattern[str], form: str, region: str) -> str:
    found = pattern.fullmatch(trigger.text("sourceArn", pattern, form))
    if found is None or found["region"] != region:
        raise trigger.error("sourceArn", f"must be in the function's region, {region}")
    return found["name"]


def _covers(rule: str, event: str) -> bool:
    return rule == event or (rule.endswith(":*") and event.startswith(rule[:-1]))
