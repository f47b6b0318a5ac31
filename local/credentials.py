"""The account's key, and the temporary keys that functions get, checkable by every local service without shared state.

A temporary key (STS) is derived from the account's secret: its secret is an HMAC of its id, its token an HMAC of id,
expiry and session name. Any service that knows the account can therefore check one, and tell whose it is; one changed
character is refused.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass


class CredentialError(Exception):
    """`reason` is 'unknown-key', 'invalid-token' or 'expired-token'."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class TemporaryKey:
    access_key_id: str
    access_key_secret: str
    security_token: str


@dataclass(frozen=True)
class Account:
    """`access_key_id` and `access_key_secret` of the one local account."""

    access_key_id: str
    access_key_secret: str

    @classmethod
    def new(cls) -> Account:
        return cls("LTAI" + secrets.token_hex(8), secrets.token_hex(16))

    def issue(self, expires_at: int, session: str = "session") -> TemporaryKey:
        """A temporary key that is good until `expires_at` (Unix seconds). `session` names its holder, without a dot."""
        key_id = "STS." + secrets.token_hex(8)
        token = f"{expires_at}.{session}.{self._mac('token', key_id, str(expires_at), session)}"
        return TemporaryKey(key_id, self._mac("secret", key_id), token)

    def secret_for(self, access_key_id: str, security_token: str | None, now: float) -> str:
        """The secret that a request with this key must be signed with. Raises CredentialError."""
        if access_key_id == self.access_key_id and not security_token:
            return self.access_key_secret
        if not access_key_id.startswith("STS."):
            raise CredentialError("unknown-key")
        expires_at, _, rest = (security_token or "").partition(".")
        session, _, mac = rest.partition(".")
        if not hmac.compare_digest(mac.encode(), self._mac("token", access_key_id, expires_at, session).encode()):
            raise CredentialError("invalid-token")
        if now >= int(expires_at):
            raise CredentialError("expired-token")
        return self._mac("secret", access_key_id)

    def _mac(self, *parts: str) -> str:
        message = "\n".join(parts).encode()
        return hmac.new(self.access_key_secret.encode(), message, hashlib.sha256).hexdigest()
