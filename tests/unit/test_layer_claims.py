"""Who may make the call for a MerchantBizId: the timeline in `facegate.ledger.claims`, line by line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

import pytest

from facegate.errors import IdempotencyConflict, StillInProgress
from facegate.ledger import tables
from facegate.ledger.claims import CLOCK_SKEW_MS, SETTLE_MS, Accepted, Claim, Claims, Replay
from facegate.ledger.errors import LedgerError
from facegate.ledger.records import DecisionRecord
from facegate.ledger.results import Results
from tests.fakes import Clock, MemoryStore
from tests.unit import layer_samples as samples

BIZ, INPUT, OTHER = samples.BIZ_ID, "fingerprint-1", "fingerprint-2"
LEASE_MS, WAIT_MS = 30_000, 2_000
KEY = tables.key_of(BIZ)


@dataclass
class World:
    store: MemoryStore = field(default_factory=MemoryStore)
    clock: Clock = field(default_factory=Clock)

    @property
    def claims(self) -> Claims:
        return Claims(self.store, "claims", Results(self.store, "results"), self.clock.now_ms, self.clock.sleep)

    def acquire(self, fingerprint: str = INPUT, wait_ms: int = WAIT_MS) -> Claim | Replay:
        return self.claims.acquire(BIZ, fingerprint, LEASE_MS, wait_ms)

    def claim(self) -> Claim:
        claim = self.acquire()
        assert isinstance(claim, Claim)
        return claim

    def decide(self) -> DecisionRecord:
        return self.claims.results.write_once(samples.record(fingerprint=INPUT))

    def die(self) -> None:
        """The lease runs out, and the mercy for clocks with it."""
        self.clock.pass_ms(LEASE_MS + CLOCK_SKEW_MS + 1)

    def meanwhile(self, method: str, nth: int, happens: Callable[[], object]) -> None:
        """Before the `nth` call of `method` from now on, another instance acts."""
        calls = count(1)

        def before(called: str, _: str) -> None:
            if called == method and next(calls) == nth:
                self.store.before = lambda _method, _table: None
                happens()

        self.store.before = before


@pytest.fixture
def world() -> World:
    return World()


# --- nobody began before --------------------------------------------------------------------------------------------


def test_the_first_caller_gets_the_claim_with_one_write_and_no_read(world: World) -> None:
    claim = world.claim()
    assert not claim.begun_before
    assert claim.started_at_ms == world.clock.ms
    assert world.store.calls == [("put_new", "claims", KEY)]


def test_a_claim_holds_nothing_of_the_request_but_its_fingerprint(world: World) -> None:
    claim = world.claim()
    assert world.store.rows["claims", KEY] == {
        "owner": claim.owner,
        "fingerprint": INPUT,
        "started_at_ms": world.clock.ms,
        "expires_at": world.clock.ms + LEASE_MS,
    }


# --- decided before -------------------------------------------------------------------------------------------------


def test_a_decided_request_is_replayed(world: World) -> None:
    world.claim()
    record = world.decide()
    assert world.acquire() == Replay(record)


def test_a_decided_request_is_replayed_long_after_the_lease(world: World) -> None:
    world.claim()
    record = world.decide()
    world.die()
    assert world.acquire() == Replay(record)


def test_a_decided_request_with_other_input_is_a_conflict(world: World) -> None:
    world.claim()
    world.decide()
    with pytest.raises(IdempotencyConflict) as conflict:
        world.acquire(OTHER)
    assert (conflict.value.code, conflict.value.http_status) == ("IdempotencyConflict", 409)
    assert conflict.value.retry_after is None


# --- in progress ----------------------------------------------------------------------------------------------------


def test_a_request_in_progress_with_other_input_is_a_conflict_at_once(world: World) -> None:
    world.claim()
    with pytest.raises(IdempotencyConflict):
        world.acquire(OTHER)
    assert world.clock.slept == []


def test_a_twin_waits_for_a_while_and_is_told_to_come_back(world: World) -> None:
    world.claim()
    with pytest.raises(StillInProgress) as busy:
        world.acquire()
    assert (busy.value.http_status, busy.value.retry_after) == (409, 2)
    assert world.clock.slept == [100, 200, 400, 800]


@pytest.mark.parametrize(
    ("wait_ms", "slept"),
    [
        (0, []),
        (99, []),
        (100, [100]),
        (300, [100, 200]),
        (9_000, [100, 200, 400, 800, 1_600, 2_000, 2_000]),
    ],
)
def test_a_twin_waits_no_longer_than_it_may(world: World, wait_ms: int, slept: list[int]) -> None:
    world.claim()
    with pytest.raises(StillInProgress):
        world.acquire(wait_ms=wait_ms)
    assert world.clock.slept == slept


def test_a_twin_gets_the_answer_that_comes_while_it_waits(world: World) -> None:
    world.claim()
    world.clock.on_sleep = lambda: world.decide() if len(world.clock.slept) == 2 else None
    found = world.acquire()
    assert isinstance(found, Replay)
    assert world.clock.slept == [100, 200]


def test_a_twin_takes_a_claim_that_is_given_back_while_it_waits(world: World) -> None:
    first = world.claim()
    world.clock.on_sleep = lambda: world.claims.release(first)
    second = world.claim()
    assert not second.begun_before
    assert second.owner != first.owner
    assert second.started_at_ms == first.started_at_ms  # it began to wait then


# --- abandoned ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("passed_ms", [0, LEASE_MS, LEASE_MS + CLOCK_SKEW_MS])
def test_a_claim_is_not_taken_over_before_its_lease_and_the_mercy_for_clocks_ran_out(
    world: World, passed_ms: int
) -> None:
    world.claim()
    world.clock.pass_ms(passed_ms)
    with pytest.raises(StillInProgress):
        world.acquire(wait_ms=0)
    assert world.store.count("put_if_owner") == 0


def test_an_abandoned_claim_is_taken_over_knowing_that_somebody_began_and_when(world: World) -> None:
    first = world.claim()
    world.die()
    second = world.claim()
    assert second.begun_before
    assert second.started_at_ms == first.started_at_ms
    assert world.store.rows["claims", KEY]["expires_at"] == world.clock.ms + LEASE_MS


def test_an_abandoned_claim_with_other_input_is_still_a_conflict(world: World) -> None:
    world.claim()
    world.die()
    with pytest.raises(IdempotencyConflict):
        world.acquire(OTHER)


def test_the_time_of_the_first_beginning_survives_every_take_over(world: World) -> None:
    first = world.claim()
    for _ in range(3):
        world.die()
        taken = world.claim()
        assert (taken.begun_before, taken.started_at_ms) == (True, first.started_at_ms)


def test_of_two_takers_one_wins(world: World) -> None:
    world.claim()
    world.die()
    winners: list[Claim] = []
    world.meanwhile("put_if_owner", 1, lambda: winners.append(world.claim()))
    with pytest.raises(StillInProgress):
        world.acquire(wait_ms=0)
    assert [winner.owner for winner in winners] == [world.store.rows["claims", KEY]["owner"]]


def test_an_owner_who_wakes_up_after_a_take_over_cannot_give_it_back_or_settle_it(world: World) -> None:
    first = world.claim()
    world.die()
    world.claim()
    row = world.store.rows["claims", KEY]
    world.claims.release(first)
    world.claims.settle(first)
    assert world.store.rows["claims", KEY] == row


# --- lost answers of the table --------------------------------------------------------------------------------------


def test_an_own_claim_whose_answer_was_lost_is_recognised(world: World) -> None:
    world.store.lose_answer("put_new")
    claim = world.claim()
    assert not claim.begun_before
    assert world.store.rows["claims", KEY]["owner"] == claim.owner
    assert world.clock.slept == []


def test_an_own_take_over_whose_answer_was_lost_still_knows_that_somebody_began(world: World) -> None:
    first = world.claim()
    world.die()
    world.store.lose_answer("put_if_owner")
    second = world.claim()
    assert second.begun_before
    assert second.started_at_ms == first.started_at_ms


def test_an_own_claim_after_a_release_is_fresh_even_if_its_answer_was_lost(world: World) -> None:
    first = world.claim()
    world.clock.on_sleep = lambda: world.claims.release(first)
    world.store.lose_answer("put_new", 3)
    assert not world.claim().begun_before


@pytest.mark.parametrize("method", ["put_new", "get"])
def test_a_table_that_fails_is_a_typed_error_and_no_claim(world: World, method: str) -> None:
    world.claim()
    world.store.fail(method, world.store.count(method) + 1)
    with pytest.raises(LedgerError) as failed:
        world.acquire()
    assert (failed.value.http_status, failed.value.retry_after) == (503, 1)


# --- giving back ----------------------------------------------------------------------------------------------------


def test_a_released_claim_can_be_taken_at_once_as_if_nobody_had_begun(world: World) -> None:
    world.claims.release(world.claim())
    assert not world.claim().begun_before


def test_a_settled_claim_is_taken_over_only_when_the_service_has_settled(world: World) -> None:
    first = world.claim()
    world.clock.pass_ms(3_000)
    world.claims.settle(first)
    world.clock.pass_ms(SETTLE_MS)
    with pytest.raises(StillInProgress):
        world.acquire(wait_ms=0)
    world.clock.pass_ms(1)
    second = world.claim()
    assert (second.begun_before, second.started_at_ms) == (True, first.started_at_ms)


@pytest.mark.parametrize(("unknown", "method"), [(True, "put_if_owner"), (False, "delete_if_owner")])
def test_leaving_a_claim_never_hides_the_error_that_made_it_be_left(
    world: World, capsys: pytest.CaptureFixture[str], unknown: bool, method: str
) -> None:
    claim = world.claim()
    world.store.fail(method)
    world.claims.leave(claim, unknown=unknown)
    assert "claim left to its lease" in capsys.readouterr().out
    assert world.store.rows["claims", KEY]["owner"] == claim.owner


def test_what_is_forgotten_is_gone_from_both_tables(world: World) -> None:
    world.claim()
    world.decide()
    world.claims.forget(BIZ)
    assert world.store.rows == {}


# --- accepted for later ---------------------------------------------------------------------------------------------


def test_an_accepted_request_is_in_progress_and_free_for_one_worker(world: World) -> None:
    assert isinstance(world.claims.accept(BIZ, INPUT), Accepted)
    assert world.claims.in_progress(BIZ)
    worker = world.claim()
    assert not worker.begun_before
    with pytest.raises(StillInProgress):
        world.acquire(wait_ms=0)


def test_a_worker_whose_clock_is_late_need_not_wait(world: World) -> None:
    world.claims.accept(BIZ, INPUT)
    world.clock.pass_ms(-CLOCK_SKEW_MS)
    assert not world.claim().begun_before
    assert world.clock.slept == []


def test_of_two_workers_one_wins(world: World) -> None:
    world.claims.accept(BIZ, INPUT)
    winners: list[Claim] = []
    world.meanwhile("put_if_owner", 1, lambda: winners.append(world.claim()))
    with pytest.raises(StillInProgress):
        world.acquire(wait_ms=0)
    assert len(winners) == 1


def test_a_dead_worker_of_an_accepted_request_has_begun(world: World) -> None:
    world.claims.accept(BIZ, INPUT)
    world.claim()
    world.die()
    assert world.claim().begun_before


def test_accepting_again_tells_what_became_of_it(world: World) -> None:
    first = world.claims.accept(BIZ, INPUT)
    assert isinstance(first, Accepted)
    world.clock.pass_ms(1)
    assert world.claims.accept(BIZ, INPUT) == first
    record = world.decide()
    assert world.claims.accept(BIZ, INPUT) == Replay(record)


@pytest.mark.parametrize(
    ("meanwhile", "same_turn"),
    [
        (lambda world: world.claim(), True),
        (lambda world: world.claims.release(world.claim()), False),
        (lambda world: (world.claim(), world.die()), False),
    ],
    ids=["a worker is at it", "its worker gave the claim back", "its worker died"],
)
def test_accepting_again_is_a_new_turn_once_the_worker_has_given_up(
    world: World, meanwhile: Callable[[World], object], same_turn: bool
) -> None:
    first = world.claims.accept(BIZ, INPUT)
    world.clock.pass_ms(1)
    meanwhile(world)
    again = world.claims.accept(BIZ, INPUT)
    assert (again == first) is same_turn
    world.clock.pass_ms(1)
    assert world.claims.accept(BIZ, INPUT) == again


def test_accepting_other_input_under_the_same_id_is_a_conflict(world: World) -> None:
    world.claims.accept(BIZ, INPUT)
    with pytest.raises(IdempotencyConflict):
        world.claims.accept(BIZ, OTHER)
    world.decide()
    with pytest.raises(IdempotencyConflict):
        world.claims.accept(BIZ, OTHER)


# --- looking --------------------------------------------------------------------------------------------------------


def test_a_request_is_in_progress_from_its_claim_on(world: World) -> None:
    assert not world.claims.in_progress(BIZ)
    claim = world.claim()
    assert world.claims.in_progress(BIZ)
    world.claims.release(claim)
    assert not world.claims.in_progress(BIZ)
