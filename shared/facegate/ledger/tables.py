"""The tables, and why claims and results are two.

Of retention (TTL), updates and a secondary index, Tablestore lets a table have two (documented). So:
- claims: rewritten as a request advances, expires, has no index;
- results: written once and never updated (allow_update=False), expires, has the index by user.
A third, failures, holds the events that were given up; it is small and read whole.
Claims and results keep rows equally long, so that a stored result never outlives the claim that guards its id by
more than the clock's error. Keys are hashes: a table must not be asked in the order of a caller's ids, or one
partition serves all of today's writes.
"""

from __future__ import annotations

import hashlib

CLAIM_KEY = "claim_key"
RESULT_KEY = "result_key"
FAILURE_KEY = "failure_key"
BY_USER = "by_user"
USER = "user"
DECIDED_AT = "decided_at_ms"
RECORD = "record"


def key_of(biz_id: str) -> str:
    """The primary key of a MerchantBizId in both tables: 32 hexadecimal characters."""
    return hashlib.sha256(biz_id.encode()).hexdigest()[:32]


def index_of(results_table: str) -> str:
    """The name of the results' index by user and time."""
    return f"{results_table}_{BY_USER}"
