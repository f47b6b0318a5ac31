"""The keys that a function signs with: those of this invocation, since the platform's expire after 36 hours."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from facegate.verification.errors import CredentialsMissing


@dataclass(frozen=True, slots=True)
class Credentials:
    """A key pair and, for a role's temporary key, its token. Its representation shows none of them."""

    access_key_id: str = field(repr=False)
    access_key_secret: str = field(repr=False)
    security_token: str | None = field(default=None, repr=False)


def of_invocation(context: Any, environment: Mapping[str, str] = os.environ) -> Credentials:
    """From the context of python3.10, which is fresh at each invocation; else from the environment (python3.12 has
    only that).

    Raises CredentialsMissing where the function has no role.
    """
    given = getattr(context, "credentials", None)
    key_id = getattr(given, "access_key_id", None) or environment.get("ALIBABA_CLOUD_ACCESS_KEY_ID")
    secret = getattr(given, "access_key_secret", None) or environment.get("ALIBABA_CLOUD_ACCESS_KEY_SECRET")
    token = getattr(given, "security_token", None) or environment.get("ALIBABA_CLOUD_SECURITY_TOKEN")
    if not key_id or not secret:
        raise CredentialsMissing("the function has no credentials: it needs a role")
    return Credentials(key_id, secret, token or None)
