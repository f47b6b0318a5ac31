"""The bucket's lifecycle rules: ours, told by their ids, among those of others, which stay as they are.

OSS replaces the whole set at each change, takes one rule for a prefix, and refuses rules of nested prefixes that delete
in the same way (documented). Rules of others therefore travel as the XML that OSS gave, byte for byte in what they say,
and one that stands in the way of ours is reported instead of being written over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from deploy.provision.retention import days_text
from deploy.provision.steps import Step, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deploy.provision.retention import Retention

OURS = "facegate-"
ABORT_DAYS = 1
"""An upload in parts that was not completed within a day will not be."""
DEFERRED_DAYS = 1
"""Handed-over work is done or given up within 6 hours (s.yaml) and then deletes its object; the rule gets what was
left behind by a crash. A day is the least that OSS counts."""
RESOURCE = "lifecycle rules"

_SELECTING = frozenset(("ID", "Prefix", "Status", "Tag", "Filter", "AtimeBase"))
_DELETING = ("Expiration", "AbortMultipartUpload")


@dataclass(frozen=True, slots=True)
class Rule:
    """One of ours: objects expire `days` after they were written, unfinished uploads after ABORT_DAYS."""

    id: str
    prefix: str
    days: int

    def __str__(self) -> str:
        return f"{self.prefix} {days_text(self.days)}"

    @property
    def xml(self) -> str:
        return (
            f"<Rule><ID>{escape(self.id)}</ID><Prefix>{escape(self.prefix)}</Prefix><Status>Enabled</Status>"
            f"<Expiration><Days>{self.days}</Days></Expiration>"
            f"<AbortMultipartUpload><Days>{ABORT_DAYS}</Days></AbortMultipartUpload></Rule>"
        )


@dataclass(frozen=True, slots=True)
class FoundRule:
    """`expires_after` and `aborts_after` in days, None where the rule says otherwise or nothing; `actions` are the
    names of the elements that say what it does."""

    id: str
    prefix: str
    is_enabled: bool
    actions: frozenset[str]
    expires_after: int | None
    aborts_after: int | None
    xml: str

    def does(self, rule: Rule) -> bool:
        return (self.is_enabled, self.prefix, self.expires_after, self.aborts_after, self.actions) == (
            True,
            rule.prefix,
            rule.days,
            ABORT_DAYS,
            frozenset(_DELETING),
        )


@dataclass(frozen=True, slots=True)
class PutLifecycle:
    """The whole set, as the XML of PutBucketLifecycle."""

    document: str


def wanted(retention: Retention) -> tuple[Rule, ...]:
    return (
        Rule(f"{OURS}enroll", "enroll/", retention.uploads_days),
        Rule(f"{OURS}pictures", "pictures/", retention.pictures_days),
        Rule(f"{OURS}deferred", "deferred/", DEFERRED_DAYS),
    )


def read(document: str) -> tuple[FoundRule, ...]:
    """The rules of a LifecycleConfiguration. Raises xml.etree.ElementTree.ParseError."""
    root = ElementTree.fromstring(document)  # noqa: S314  OSS's own answer, over TLS
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return tuple(_found(element) for element in root.findall("Rule"))


def plan(want: Iterable[Rule], found: Iterable[FoundRule], *, may_shorten: bool) -> Step:
    rules, existing = tuple(want), tuple(found)
    others = [rule for rule in existing if not rule.id.startswith(OURS)]
    ours = {rule.id: rule for rule in existing if rule.id.startswith(OURS)}
    kept = f"{len(others)} of others kept" if others else ""
    obstacles = [_conflict(rule, other) for rule in rules for other in others if _collide(rule, other)]
    changes = []
    for rule in rules:
        before = ours.get(rule.id)
        if before is not None and before.does(rule):
            continue
        changes.append(_difference(before, rule))
        if before is not None and _is_shorter(rule, before) and not may_shorten:
            obstacles.append(f'{changes[-1]} would delete objects: ARGS="--shorten-retention" allows it')
    changes += [f"{name} removed" for name in sorted(ours.keys() - {rule.id for rule in rules})]
    if obstacles:
        return Step(RESOURCE, Verdict.DIFFERS, "; ".join(obstacles))
    if not changes:
        return Step(RESOURCE, Verdict.UNCHANGED, kept)
    body = "".join([*(rule.xml for rule in others), *(rule.xml for rule in rules)])
    document = f"<LifecycleConfiguration>{body}</LifecycleConfiguration>"
    verdict = Verdict.CHANGED if ours else Verdict.CREATED
    return Step(RESOURCE, verdict, ", ".join(filter(None, (*changes, kept))), PutLifecycle(document))


def _found(element: ElementTree.Element) -> FoundRule:
    return FoundRule(
        id=element.findtext("ID", ""),
        prefix=element.findtext("Prefix", ""),
        is_enabled=element.findtext("Status") == "Enabled",
        actions=frozenset(child.tag for child in element) - _SELECTING,
        expires_after=_whole_days(element, "Expiration"),
        aborts_after=_whole_days(element, "AbortMultipartUpload"),
        xml=ElementTree.tostring(element, encoding="unicode").strip(),
    )


def _whole_days(element: ElementTree.Element, action: str) -> int | None:
    text = element.findtext(f"{action}/Days", "")
    return int(text) if text.isdecimal() else None


def _collide(rule: Rule, other: FoundRule) -> bool:
    """Whether OSS would refuse the two side by side. Rules with tags are not told apart: the stricter reading."""
    if rule.prefix == other.prefix:
        return True
    is_nested = rule.prefix.startswith(other.prefix) or other.prefix.startswith(rule.prefix)
    return is_nested and any(action in other.actions for action in _DELETING)


def _conflict(rule: Rule, other: FoundRule) -> str:
    where = f"for {other.prefix}" if other.prefix else "for the whole bucket"
    return f"the rule {other.id!r} {where} stands in the way of {rule}: remove it or narrow its prefix"


def _difference(before: FoundRule | None, rule: Rule) -> str:
    if before is None or before.expires_after == rule.days:
        return str(rule) if before is None else f"{rule} repaired"
    had = "no days" if before.expires_after is None else days_text(before.expires_after)
    return f"{rule.prefix} {had} → {days_text(rule.days)}"


def _is_shorter(rule: Rule, before: FoundRule) -> bool:
    return before.is_enabled and before.expires_after is not None and rule.days < before.expires_after
