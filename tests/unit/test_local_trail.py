"""Whose a temporary key is stands in its token, cannot be changed, and is what a trail tells."""

from __future__ import annotations

import pytest

from local.credentials import Account, CredentialError
from local.trail import ACCOUNT, Trail

KEY = Account("LTAIlocal", "the-secret")


def test_a_token_whose_holder_was_changed_is_refused() -> None:
    issued = KEY.issue(100, "results")
    assert KEY.secret_for(issued.access_key_id, issued.security_token, 99) == issued.access_key_secret
    with pytest.raises(CredentialError, match="invalid-token"):
        KEY.secret_for(issued.access_key_id, issued.security_token.replace("results", "erasure"), 99)


def test_a_trail_tells_each_caller_operation_and_resource_once() -> None:
    trail = Trail()
    token = KEY.issue(100, "results").security_token
    for _ in range(2):
        trail.note(token, "GetRow", "claims")
    trail.note(None, "ListTable")
    assert trail.as_json() == [
        {"caller": ACCOUNT, "operation": "ListTable", "resource": ""},
        {"caller": "results", "operation": "GetRow", "resource": "claims"},
    ]
