"""The names of one deployment, as they stand in the resources of its policies."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields


class ScopeError(Exception):
    """A name is missing or malformed; one line for each."""


_FORMS = {
    "REGION": (r"[a-z]{2}-[a-z]+(-[0-9])?", "the id of a region, such as ap-southeast-1"),
    "ACCOUNT_ID": (r"[0-9]{10,20}", "the number of the Alibaba Cloud account"),
    "BUCKET": (r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", "the name of the OSS bucket"),
    "TABLESTORE_INSTANCE": (r"[A-Za-z][A-Za-z0-9-]{1,14}[A-Za-z0-9]", "the name of the Tablestore instance"),
    "SIGNUP_TOPIC": (r"[A-Za-z0-9][A-Za-z0-9-]{0,254}", "the name of the SMQ (MNS) topic of the sign-ups"),
}


@dataclass(frozen=True, slots=True)
class Scope:
    """Fields are in the order of the deployment variables of the same names."""

    region: str
    account_id: str
    bucket: str
    tablestore_instance: str
    signup_topic: str

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Scope:
        """From the deployment's variables. Raises ScopeError, naming every variable that is not right."""
        wrong = [
            f"{name} is {environment.get(name, '')!r}: expected {expected}"
            for name, (form, expected) in _FORMS.items()
            if not re.fullmatch(form, environment.get(name, ""))
        ]
        if wrong:
            raise ScopeError("\n".join(wrong))
        return cls(*(environment[name] for name in _FORMS))

    def arn(self, template: str) -> str:
        """A resource of the table with this deployment's names in it. Tablestore's instances are lower-case there
        (documented)."""
        names = {field.name: getattr(self, field.name) for field in fields(self)}
        return template.format(**{**names, "tablestore_instance": self.tablestore_instance.lower()})
