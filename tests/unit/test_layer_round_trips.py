"""What one request costs in trips to Tablestore and calls of the service: each is billed, and waited for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit import layer_samples as samples
from tests.unit.layer_world import World, command

CLAIM, RESULT = "put_new claims", "put_new results"
LOOK, TOMBSTONE = "get results", "get claims"
MARKED = [CLAIM, CLAIM, RESULT, TOMBSTONE, RESULT]
"""The request's claim and the photograph's, the photograph's record, was the user erased meanwhile?, the result."""


def trips(world: World, asked: Any) -> tuple[list[str], int]:
    """The trips to Tablestore, in order, and the number of calls of the service."""
    before, called = len(world.store.calls), len(world.verification.asked)
    world.run(asked)
    made = [f"{method} {table}" for method, table, _ in world.store.calls[before:]]
    return made, len(world.verification.asked) - called


@pytest.mark.parametrize(
    ("action", "changes", "expected"),
    [
        ("FaceCompare", {}, [CLAIM, RESULT]),
        ("FaceCrossCompareIntl", {}, [CLAIM, RESULT]),
        ("CompareFaces", {}, [CLAIM, RESULT]),
        ("FaceDuplicationCheckIntl", {}, [CLAIM, RESULT]),
        ("FaceDuplicationCheckIntl", {"AutoRegistration": True}, [CLAIM, TOMBSTONE, RESULT]),
        ("AddFaceRecord", {}, MARKED),
    ],
)
def test_a_decision_costs_one_call_and_as_few_trips_as_can_be(
    action: str, changes: dict[str, Any], expected: list[str]
) -> None:
    world = World()
    world.verification.will(action, samples.RESULTS[action])
    assert trips(world, command(action, **changes)) == (expected, 1)


@pytest.mark.parametrize("action", samples.ACTIONS)
def test_a_replay_costs_two_trips_and_no_call(action: str) -> None:
    world = World()
    world.verification.will(action, samples.RESULTS[action])
    world.run(command(action))
    assert trips(world, command(action)) == ([CLAIM, LOOK], 0)


def test_the_same_photograph_again_costs_no_call() -> None:
    world = World()
    world.verification.will("AddFaceRecord", samples.RESULTS["AddFaceRecord"])
    world.run(command("AddFaceRecord"))
    again = command("AddFaceRecord", MerchantBizId="b" * 32)
    assert trips(world, again) == ([CLAIM, CLAIM, LOOK, TOMBSTONE, TOMBSTONE, RESULT], 0)
