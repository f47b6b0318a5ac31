"""The keys that a function signs with: those of this invocation, since the platform's expire after 36 hours."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from facegate.errors import NoRole
from facegate.values import Unshown

_VARIABLES = ("ACCESS_KEY_ID", "ACCESS_KEY_SECRET", "SECURITY_TOKEN")


class Credentials(Unshown, frozen=True):
    """A key pair and, for a role's temporary key, its token. Its representation shows none of them."""

    access_key_id: str
    access_key_secret: str
    security_token: str | None = None


def of_invocation(context: Any, environment: Mapping[str, str] = os.environ) -> Credentials:
    """From the context of python3.10, which is fresh at each invocation; else from the environment (python3.12 has
    only that). Never a part from each: a token belongs to its key.

    Raises NoRole where the function has no role.
    """
    given = getattr(context, "credentials", None)
    of_context = [getattr(given, name, None) for name in ("access_key_id", "access_key_secret", "security_token")]
    of_process = [environment.get(f"ALIBABA_CLOUD_{name}") for name in _VARIABLES]
    for key_id, secret, token in (of_context, of_process):
        if key_id and secret:
            return Credentials(key_id, secret, token or None)
    raise NoRole("the function has no credentials: it needs a role")
