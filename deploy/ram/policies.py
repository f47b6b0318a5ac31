"""The documents: what each identity may do, who may take a role, and the narrower form of ID Verification's rights."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from deploy.ram.deploying import DEPLOYING
from deploy.ram.grants import GRANTS, Grant
from deploy.ram.roles import IDENTITIES, Identity
from deploy.ram.scope import Scope

VERSION = "1"
MAX_CHARACTERS = 6144
"""Of a custom policy (documented)."""

Document = dict[str, Any]
TABLE = (*GRANTS, *DEPLOYING)


def policy(identity: Identity, scope: Scope) -> Document:
    """What our own policy of the identity allows; what its system policies do is left to them."""
    return _document((grant for grant in TABLE if grant.to is identity and not grant.by_system_policy), scope)


def narrow(identity: Identity, scope: Scope) -> Document | None:
    """The rights that the system policy stands for, action by action; None where the identity has none.

    Whether ID Verification heeds single actions is unconfirmed: its documents demand the system policy.
    """
    stood_for = [grant for grant in TABLE if grant.to is identity and grant.by_system_policy]
    return _document(stood_for, scope) if stood_for else None


def trust(identity: Identity) -> Document | None:
    """Who may take the role; None for a policy of people."""
    if identity.trusts is None:
        return None
    allowed = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": [identity.trusts]}}
    return {"Version": VERSION, "Statement": [allowed]}


def all_documents(scope: Scope) -> dict[str, Document]:
    """By file name."""
    found: dict[str, Document | None] = {}
    for identity in IDENTITIES:
        found[f"{identity.name}.policy.json"] = policy(identity, scope)
        found[f"{identity.name}.trust.json"] = trust(identity)
        found[f"{identity.name}.narrow.json"] = narrow(identity, scope)
    return {name: document for name, document in found.items() if document is not None}


def _document(grants: Iterable[Grant], scope: Scope) -> Document:
    return {"Version": VERSION, "Statement": [_statement(grant, scope) for grant in grants]}


def _statement(grant: Grant, scope: Scope) -> Document:
    statement: Document = {
        "Effect": "Allow",
        "Action": list(grant.actions),
        "Resource": [scope.arn(resource) for resource in grant.resources],
    }
    if grant.condition is not None:
        statement["Condition"] = {
            operator: {key: list(values) for key, values in keys.items()} for operator, keys in grant.condition.items()
        }
    return statement
