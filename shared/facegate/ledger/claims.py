"""Who may make the call for a MerchantBizId: one claim per request, taken by one conditional put.

    caller A      put_new(claim) ── ok ──────────── call ─────────── write_once(result)
    caller B          put_new(claim) ── refused ── read result, claim ── wait, 409
    caller B later                                                             ... read result ── replay
    A dies              ✗ (lease runs out)
    caller C                                  put_new ── refused ── read ── expired ── put_if_owner(A → C) ── call

`put_new` succeeds only if there is no row: the caller knows that nobody began before it. An expired claim is taken
over by a second conditional put (its owner must still be the one that was read), so that the one who takes over
knows that
somebody may have called already; blind "absent or expired" puts would hide that. For a call that enrols it then
asks the service
first.

A claim is not marked as done: the written result is what ends it, so a crash between the two cannot be seen half.
Lease times are compared with CLOCK_SKEW_MS of mercy, since instances' clocks differ.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator

from msgspec import Struct

from facegate import log
from facegate.errors import IdempotencyConflict, StillInProgress
from facegate.ledger import tables
from facegate.ledger.errors import LedgerError
from facegate.ledger.records import DecisionRecord
from facegate.ledger.results import Results
from facegate.ledger.store import Row, Store

CLOCK_SKEW_MS = 5_000
ACCEPTED = "accepted"
"""The owner of a request that was accepted for later: nobody has begun, and anybody may."""
SETTLE_MS = 10_000
"""After an unknown outcome the service may still be at work: asked earlier, it could deny what it is about to do."""
FIRST_PAUSE_MS = 100
LAST_PAUSE_MS = 2_000


class Claim(Struct, frozen=True):
    """The right to make the call. `begun_before`: somebody else may have made it; `started_at_ms` is when the
    first one began.
    """

    biz_id: str
    owner: str
    fingerprint: str
    started_at_ms: int
    begun_before: bool


class Replay(Struct, frozen=True):
    """The request was decided before; `record` is its answer."""

    record: DecisionRecord


class Accepted(Struct, frozen=True):
    """The request is for later. `turn` stays the same however often it is accepted, until its worker has given up."""

    turn: int


class Claims(Struct, frozen=True):
    """The claims table. `now_ms` is the wall clock, `sleep` takes seconds."""

    store: Store
    table: str
    results: Results
    now_ms: Callable[[], int]
    sleep: Callable[[float], None]

    def acquire(self, biz_id: str, fingerprint: str, lease_ms: int, wait_ms: int) -> Claim | Replay:
        """The claim for `biz_id`, or its decided record.

        `fingerprint` identifies the input; `lease_ms` is how long the caller can be at work at most; for `wait_ms`
        it waits for another caller that is. Raises IdempotencyConflict, StillInProgress, LedgerError.
        """
        owner, now = secrets.token_hex(8), self.now_ms()
        key = tables.key_of(biz_id)
        mine = fresh = Claim(biz_id, owner, fingerprint, now, begun_before=False)
        if self.store.put_new(self.table, key, _row(fresh, now + lease_ms)):
            return fresh
        waited = 0
        for pause in _pauses():
            record = self.results.find(biz_id)
            if record is not None:
                return Replay(_same_input(record, fingerprint))
            row = self.store.get(self.table, key)
            if row is not None and row["owner"] == owner:
                return mine  # our own put, whose answer was lost
            if row is None:
                mine = fresh
                taken = self.store.put_new(self.table, key, _row(mine, self.now_ms() + lease_ms))
            elif self._may_be_taken(_same_input_claimed(row, fingerprint)):
                begun = row["owner"] != ACCEPTED
                mine = Claim(biz_id, owner, fingerprint, int(row["started_at_ms"]), begun_before=begun)
                successor = _row(mine, self.now_ms() + lease_ms)
                taken = self.store.put_if_owner(self.table, key, successor, str(row["owner"]))
            else:
                taken = False
            if taken:
                return mine
            if waited + pause > wait_ms:
                break
            self.sleep(pause / 1000)
            waited += pause
        raise StillInProgress("the same request is in progress: ask for its result in a moment", retry_after=2)

    def _may_be_taken(self, row: Row) -> bool:
        return row["owner"] == ACCEPTED or self.now_ms() > int(row["expires_at"]) + CLOCK_SKEW_MS

    def release(self, claim: Claim) -> None:
        """Gives the claim back after a call that certainly was not executed: the request may be made again at once."""
        self.store.delete_if_owner(self.table, tables.key_of(claim.biz_id), claim.owner)

    def settle(self, claim: Claim) -> None:
        """Keeps the claim, ending its lease in SETTLE_MS: the outcome is unknown, and the next caller has to ask."""
        row = _row(claim, self.now_ms() + SETTLE_MS - CLOCK_SKEW_MS)
        self.store.put_if_owner(self.table, tables.key_of(claim.biz_id), row, claim.owner)

    def leave(self, claim: Claim, *, unknown: bool) -> None:
        """Settles the claim after an unknown outcome, else releases it; if the table fails too, the lease ends it."""
        try:
            (self.settle if unknown else self.release)(claim)
        except LedgerError as error:
            log.write("WARNING", "claim left to its lease", code=error.code, merchant_biz_id=claim.biz_id)

    def forget(self, biz_id: str) -> None:
        """Deletes claim and result of a MerchantBizId. Raises LedgerError."""
        key = tables.key_of(biz_id)
        self.store.delete(self.table, key)
        self.store.delete(self.results.table, key)

    def accept(self, biz_id: str, fingerprint: str) -> Accepted | Replay:
        """Notes that the request will be worked on later by whoever claims it, or its decided record.

        Raises IdempotencyConflict, LedgerError.
        """
        now, key = self.now_ms(), tables.key_of(biz_id)
        accepted = Claim(biz_id, ACCEPTED, fingerprint, now, begun_before=False)
        if self.store.put_new(self.table, key, _row(accepted, now)):
            return Accepted(now)
        record = self.results.find(biz_id)
        if record is not None:
            return Replay(_same_input(record, fingerprint))
        row = self.store.get(self.table, key)
        if row is None:
            return Accepted(now)
        _same_input_claimed(row, fingerprint)
        given_up = row["owner"] != ACCEPTED and self._may_be_taken(row)
        return Accepted(int(row["expires_at" if given_up else "started_at_ms"]))

    def in_progress(self, biz_id: str) -> bool:
        """Whether the request is accepted or worked on. One whose worker died is neither, until it is sent again."""
        row = self.store.get(self.table, tables.key_of(biz_id))
        return row is not None and (row["owner"] == ACCEPTED or not self._may_be_taken(row))


def _row(claim: Claim, expires_at: int) -> Row:
    return {
        "owner": claim.owner,
        "fingerprint": claim.fingerprint,
        "started_at_ms": claim.started_at_ms,
        "expires_at": expires_at,
    }


def _same_input(record: DecisionRecord, fingerprint: str) -> DecisionRecord:
    if record.fingerprint != fingerprint:
        raise _conflict()
    return record


def _same_input_claimed(row: Row, fingerprint: str) -> Row:
    if row["fingerprint"] != fingerprint:
        raise _conflict()
    return row


def _pauses() -> Iterator[int]:
    """Milliseconds between looks at somebody else's claim: doubling, then steady."""
    pause = FIRST_PAUSE_MS
    while True:
        yield pause
        pause = min(pause * 2, LAST_PAUSE_MS)


def _conflict() -> IdempotencyConflict:
    return IdempotencyConflict("this MerchantBizId was used before with other input: use a new one")
