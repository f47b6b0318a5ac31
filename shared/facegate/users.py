"""A user's id never travels on in the clear: what is stored, logged and sent is a keyed hash of it.

HMAC-SHA256, cut to 32 hexadecimal characters: AddFaceRecord's documented limit for MerchantUserId.
"""

from __future__ import annotations

import hashlib
import hmac
import re

from facegate.errors import RequestError
from facegate.values import Unshown

MAX_USER_ID = 256
"""Characters of a raw user id that are accepted before hashing."""
PLAIN_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")


class UserIds(Unshown, frozen=True):
    """`key` is the HMAC key, or None where the deployment chose `plain` on purpose."""

    key: bytes | None

    def pseudonym(self, user_id: str) -> str:
        """32 characters or fewer. Raises RequestError where plain ids are used and this one is not fit to be sent."""
        if self.key is not None:
            text = user_id.encode("utf-8", "surrogatepass")  # a broken path must not break the function
            return hmac.new(self.key, text, hashlib.sha256).hexdigest()[:32]
        if not PLAIN_ID.fullmatch(user_id):
            raise RequestError("MerchantUserId must be 1 to 32 letters, digits, '_' or '-' in this deployment")
        return user_id
