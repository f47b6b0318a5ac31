"""Who called which operation on what: the part of ActionTrail that shows which rights are in use.

Each local service keeps one of the requests that it let in, and shows it at /_control/trail.
"""

from __future__ import annotations

from typing import NamedTuple

ACCOUNT = "account"
"""The caller that signs with the account's own key."""


class Entry(NamedTuple):
    """`caller` is a function, or ACCOUNT. `resource` is a table, a function, or a bucket with the top folder of the
    key; empty where the operation names none."""

    caller: str
    operation: str
    resource: str


class Trail:
    def __init__(self) -> None:
        self._entries: set[Entry] = set()

    def note(self, security_token: str | None, operation: str, resource: str = "") -> None:
        """To be called once the request's signature, and with it its token, was found right."""
        caller = security_token.split(".")[1] if security_token else ACCOUNT
        self._entries.add(Entry(caller, operation, resource))

    def as_json(self) -> list[dict[str, str]]:
        return [entry._asdict() for entry in sorted(self._entries)]
