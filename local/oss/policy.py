"""The policy of a form upload: what the signer allows the form to say."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from local.oss.errors import OssError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PINNED = ("x-oss-signature-version", "x-oss-credential", "x-oss-date", "x-oss-security-token")
"""Fields that the policy must fix to what the form says, where the form has them (the first three documented)."""

MATCHERS: dict[str, Callable[[str, Any], bool]] = {
    "eq": lambda given, wanted: given == wanted,
    "starts-with": lambda given, wanted: given.startswith(wanted),
    "in": lambda given, wanted: given in wanted,
    "not-in": lambda given, wanted: given not in wanted,
}
_LISTS = ("in", "not-in")
_RANGE = "content-length-range"


@dataclass(frozen=True)
class Condition:
    """`field` is a form field's name in lower case, or `bucket`."""

    matcher: str
    field: str
    wanted: str | tuple[str, ...]


@dataclass(frozen=True)
class Policy:
    """`least` and `most` bytes of the file; `most` None: no limit of the policy's."""

    expiration: datetime
    conditions: tuple[Condition, ...]
    least: int = 0
    most: int | None = None

    def check(self, fields: Mapping[str, str], now: datetime) -> None:
        """`fields` with `bucket` among them. Raises AccessDenied. A field that is not there matches nothing."""
        if now >= self.expiration:
            raise OssError("AccessDenied", "Invalid according to Policy: Policy expired.")
        for condition in self.conditions:
            given = fields.get(condition.field)
            if given is None or not MATCHERS[condition.matcher](given, condition.wanted):
                text = json.dumps([condition.matcher, f"${condition.field}", condition.wanted])
                raise OssError("AccessDenied", f"Invalid according to Policy: Policy Condition failed: {text}")
        pinned = {condition.field for condition in self.conditions if condition.matcher == "eq"}
        for name in PINNED:
            if name in fields and name not in pinned:
                raise OssError("AccessDenied", f"Invalid according to Policy: it must have a condition for {name}.")


def parse_policy(text: str) -> Policy:
    """From the form's field, in Base64. Raises InvalidPolicyDocument."""
    try:
        document = json.loads(base64.b64decode(text, validate=True))
    except (ValueError, RecursionError) as error:
        raise _invalid("the policy must be JSON in Base64") from error
    if not isinstance(document, dict) or not isinstance(document.get("conditions"), list):
        raise _invalid("it must have expiration and conditions")
    conditions: list[Condition] = []
    least: int = 0
    most: int | None = None
    for element in document["conditions"]:
        if isinstance(element, list) and element[:1] == [_RANGE]:
            lower, upper = _size_range(element)
            least, most = max(least, lower), upper if most is None else min(most, upper)
        else:
            conditions += _conditions(element)
    return Policy(_expiration(document.get("expiration")), tuple(conditions), least, most)


def _conditions(element: object) -> list[Condition]:
    if isinstance(element, dict):
        return [_condition("eq", f"${name}", wanted) for name, wanted in element.items()]
    if isinstance(element, list) and len(element) == 3:
        return [_condition(*element)]
    raise _invalid("a condition is an object, or a list of three")


def _condition(matcher: object, field: object, wanted: object) -> Condition:
    if not isinstance(matcher, str) or matcher not in MATCHERS:
        raise _invalid(f"a condition is one of {', '.join(MATCHERS)}, {_RANGE}")
    if not isinstance(field, str) or not field.startswith("$"):
        raise _invalid("a condition names its field with a dollar sign, like $key")
    if isinstance(wanted, str) and matcher not in _LISTS:
        return Condition(matcher, field[1:].lower(), wanted)
    if isinstance(wanted, list) and matcher in _LISTS and all(isinstance(one, str) for one in wanted):
        return Condition(matcher, field[1:].lower(), tuple(wanted))
    raise _invalid(f"what {matcher} compares with must be a {'list of strings' if matcher in _LISTS else 'string'}")


def _size_range(element: list[Any]) -> tuple[int, int]:
    if len(element) != 3 or any(type(bound) is not int for bound in element[1:]):
        raise _invalid(f"{_RANGE} takes two whole numbers")
    _, least, most = element
    if not 0 <= least <= most or most == 0:
        raise _invalid(f"{_RANGE} takes a least and a most number of bytes")
    return least, most


def _expiration(text: object) -> datetime:
    for form in ("%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%dT%H:%M:%SZ"):
        try:
            return datetime.strptime(str(text), form).replace(tzinfo=timezone.utc)
        except ValueError:
            continue
    raise _invalid("expiration must look like 2026-01-31T12:00:00.000Z")


def _invalid(why: str) -> OssError:
    return OssError("InvalidPolicyDocument", f"Invalid Policy: {why}.")
