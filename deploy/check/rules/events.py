"""Triggers of OSS and MNS: what starts a function, and what must not."""

from __future__ import annotations

import itertools

from deploy.check.deployment import Deployment, Problems
from deploy.check.model import OssTrigger
from facegate.events import deferred, uploads
from local.function_compute import event_triggers

OUTPUT_PREFIXES = (deferred.PREFIX,)
"""Where functions put objects."""
HANDLED = tuple(sorted(f"oss:{name}" for name in uploads.CREATED))


def event_types_are_listed_one_by_one(deployment: Deployment) -> Problems:
    """ObjectCreated:* also fires for each part of a multipart upload, and each firing is billed."""
    for placed in deployment.functions:
        for at, trigger in placed.oss:
            for event in trigger.triggerConfig.events:
                if event not in HANDLED:
                    yield f"{at}.triggerConfig.events", f"has {event}: the handler takes {', '.join(HANDLED)}"


def uploads_come_from_where_the_handler_looks(deployment: Deployment) -> Problems:
    """The handler skips what is not under its prefix."""
    for placed in deployment.functions:
        for at, trigger in placed.oss:
            prefix = trigger.triggerConfig.filter.key.prefix
            if not prefix.startswith(uploads.PREFIX) and not _outputs(prefix):
                yield f"{at}.triggerConfig.filter.key.prefix", f"is {prefix}: the handler takes {uploads.PREFIX}"


def no_trigger_sees_what_functions_put(deployment: Deployment) -> Problems:
    """A function that starts itself does not stop."""
    for placed in deployment.functions:
        for at, trigger in placed.oss:
            prefix = trigger.triggerConfig.filter.key.prefix
            for output in _outputs(prefix):
                yield f"{at}.triggerConfig.filter.key.prefix", f"is {prefix}: functions put objects under {output}"


def no_two_triggers_overlap(deployment: Deployment) -> Problems:
    """OSS refuses a trigger whose events another one of the bucket might take (documented)."""
    placed = [(one.name, at, trigger) for one in deployment.functions for at, trigger in one.oss]
    for (name, _, earlier), (_, at, later) in itertools.combinations(placed, 2):
        if _as_oss_sees_it(earlier).conflicts_with(_as_oss_sees_it(later)):
            yield (
                at,
                f"overlaps {earlier.triggerName} of {name}: equal events, and prefixes and suffixes that can "
                "match one key",
            )


def events_come_from_the_deployment(deployment: Deployment) -> Problems:
    """From its region, and from the bucket that the function reads: an event's object is fetched from there."""
    for placed in deployment.functions:
        for at, trigger in placed.event_triggers:
            _, _, region, _, source = trigger.sourceArn.split(":")
            if region != placed.props.region:
                yield f"{at}.sourceArn", f"is in {region}: expected the function's region, {placed.props.region}"
            bucket = placed.props.environmentVariables.get("FACEGATE_BUCKET")
            if isinstance(trigger, OssTrigger) and source != bucket:
                yield f"{at}.sourceArn", f"is the bucket {source}: the function reads {bucket} (FACEGATE_BUCKET)"


def trigger_names_are_unique(deployment: Deployment) -> Problems:
    """A trigger is updated and removed by its name."""
    for placed in deployment.functions:
        names = [trigger.triggerName for trigger in placed.props.triggers]
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield placed.at("triggers"), f"names {name} more than once"


def _outputs(prefix: str) -> list[str]:
    """The output prefixes whose objects a trigger on `prefix` could see."""
    return [output for output in OUTPUT_PREFIXES if prefix.startswith(output) or output.startswith(prefix)]


def _as_oss_sees_it(trigger: OssTrigger) -> event_triggers.OssTrigger:
    key = trigger.triggerConfig.filter.key
    return event_triggers.OssTrigger(
        name=trigger.triggerName,
        bucket=trigger.sourceArn,
        events=tuple(trigger.triggerConfig.events),
        prefix=key.prefix,
        suffix=key.suffix,
    )
