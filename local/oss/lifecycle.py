"""Lifecycle rules: which objects and uploads have had their time.

A rule counts days from when the object was last modified, here exactly; the service rounds up to the next
midnight (documented). Rules about versions and storage classes are kept but have nothing to work on.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING
from uuid import uuid4
from xml.etree.ElementTree import SubElement, tostring

from local.oss.documents import optional_text_of, parse, text_of
from local.oss.errors import OssError, invalid_argument

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from xml.etree.ElementTree import Element

ROOT = "LifecycleConfiguration"
DAY_MS = 24 * 60 * 60 * 1000
MAX_RULES = 1000
_SELECTING = frozenset(("ID", "Prefix", "Status", "Tag"))
_APPLIED = frozenset(("Expiration", "AbortMultipartUpload"))
_DELETING = ("Expiration", "AbortMultipartUpload", "NoncurrentVersionExpiration")
_WITHOUT_EFFECT = frozenset(("Transition", "NoncurrentVersionExpiration", "NoncurrentVersionTransition"))


@dataclass(frozen=True)
class Age:
    """Either some days, or before a date (milliseconds since 1970)."""

    days: int | None = None
    before_ms: int | None = None

    def limit(self, now_ms: int) -> int:
        """What was last touched then or before has had its time."""
        if self.days is not None:
            return now_ms - self.days * DAY_MS
        return (self.before_ms or 0) - 1


@dataclass(frozen=True)
class Rule:
    prefix: str
    tags: Mapping[str, str]
    expiration: Age | None
    abort: Age | None

    def covers(self, key: str, tags: Mapping[str, str]) -> bool:
        return key.startswith(self.prefix) and self.tags.items() <= tags.items()


def complete(body: bytes, *, may_overlap: bool = False) -> str:
    """The document to keep: checked, and with an ID for each rule. `may_overlap`: rules of nested prefixes may do the
    same. Raises OssError."""
    root = parse(body, ROOT)
    rules = root.findall("Rule")
    if not 1 <= len(rules) <= MAX_RULES:
        raise OssError("MalformedXML", f"A configuration has 1 to {MAX_RULES} rules.")
    for element in rules:
        _check(element)
        if not optional_text_of(element, "ID"):
            for empty in element.findall("ID"):
                element.remove(empty)
            SubElement(element, "ID").text = str(uuid4())
    names = [text_of(element, "ID") for element in rules]
    if len(set(names)) != len(names):
        raise invalid_argument("The IDs of rules must be distinct.", "ID", "")
    _check_prefixes(rules, may_overlap)
    return tostring(root, encoding="unicode")


def rules_of(document: str) -> list[Rule]:
    """The enabled rules of a kept document."""
    return [
        _rule(element) for element in parse(document.encode(), ROOT).findall("Rule") if _status(element) == "Enabled"
    ]


def _check(element: Element) -> None:
    unknown = {child.tag for child in element} - (_SELECTING | _APPLIED | _WITHOUT_EFFECT)
    if unknown:
        raise OssError("NotImplemented", f"The local OSS does not serve {min(unknown)} in a lifecycle rule.")
    if _status(element) not in ("Enabled", "Disabled"):
        raise OssError("MalformedXML", "Status must be Enabled or Disabled.")
    if not {child.tag for child in element} - _SELECTING:
        raise OssError("MalformedXML", "A rule must say what it does.")
    _rule(element)


def _check_prefixes(rules: Sequence[Element], may_overlap: bool) -> None:
    """Documented: no two rules of one prefix (EC 0014-00000085), and unless it is asked for none of nested prefixes
    that delete in the same way (EC 0014-00000084). Rules with tags are taken to select other objects (unconfirmed)."""
    plain = [(optional_text_of(element, "Prefix") or "", element) for element in rules if element.find("Tag") is None]
    for (first, one), (second, other) in itertools.combinations(plain, 2):
        if first == second:
            raise OssError("InvalidRequest", "Rules must not have the same prefix.", ec="0014-00000085")
        if may_overlap or not (first.startswith(second) or second.startswith(first)):
            continue
        for action in _DELETING:
            if one.find(action) is not None and other.find(action) is not None:
                raise OssError("InvalidRequest", f"Overlap for same action type {action}", ec="0014-00000084")


def _status(element: Element) -> str:
    return text_of(element, "Status")


def _rule(element: Element) -> Rule:
    return Rule(
        prefix=optional_text_of(element, "Prefix") or "",
        tags={text_of(tag, "Key"): text_of(tag, "Value") for tag in element.findall("Tag")},
        expiration=_age(element, "Expiration"),
        abort=_age(element, "AbortMultipartUpload"),
    )


def _age(rule: Element, name: str) -> Age | None:
    element = rule.find(name)
    if element is None:
        return None
    days, date = optional_text_of(element, "Days"), optional_text_of(element, "CreatedBeforeDate")
    if days is not None and date is None and re.fullmatch(r"[1-9][0-9]{0,5}", days):
        return Age(days=int(days))
    if date is not None and days is None:
        return Age(before_ms=_milliseconds(date))
    raise OssError("MalformedXML", f"{name} must have either Days, a positive number, or CreatedBeforeDate.")


def _milliseconds(date: str) -> int:
    """Documented: midnight UTC, like 2026-01-31T00:00:00.000Z."""
    for form in ("%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%dT%H:%M:%SZ"):
        try:
            return int(datetime.strptime(date, form).replace(tzinfo=timezone.utc).timestamp() * 1000)
        except ValueError:
            continue
    raise OssError("MalformedXML", "CreatedBeforeDate must look like 2026-01-31T00:00:00.000Z.")
