"""Places under cancellation: whoever gives up, no place is lost, given twice or given out of turn."""

from __future__ import annotations

import asyncio

import pytest

from local.function_compute.places import Places


class Crowd:
    """People who each want one place, hold it until told, and are noted when they get it."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.got: list[str] = []
        self.leave = {name: asyncio.Event() for name in "abcd"}
        self.people: dict[str, asyncio.Task[None]] = {}

    async def arrive(self, names: str) -> None:
        for name in names:
            self.people[name] = asyncio.create_task(self._stay(name))
        await self.settle()

    async def settle(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)

    async def _stay(self, name: str) -> None:
        async with self.places:
            self.got.append(name)
            await self.leave[name].wait()


@pytest.mark.parametrize(
    ("steps", "got"),
    [
        ("leave a", "ab"),
        ("leave a, leave b, leave c", "abcd"),
        ("cancel b, settle, leave a", "ac"),
        ("cancel b, leave a", "ac"),
        ("leave a, cancel b", "ac"),
        ("cancel a", "ab"),
        ("cancel b, cancel c, leave a", "ad"),
    ],
)
def test_a_place_goes_to_whoever_waits_longest_and_still_wants_it(steps: str, got: str) -> None:
    async def play() -> str:
        crowd = Crowd(Places(1))
        await crowd.arrive("abcd")
        for step in steps.split(", "):
            if step == "settle":
                await crowd.settle()
            elif step.startswith("cancel"):
                crowd.people[step[-1]].cancel()
            else:
                crowd.leave[step[-1]].set()
            if step == "leave a":
                await asyncio.sleep(0)  # a has left, the next one does not know yet
        await crowd.settle()
        in_order = "".join(crowd.got)
        for person in crowd.people.values():
            person.cancel()
        await asyncio.gather(*crowd.people.values(), return_exceptions=True)
        await asyncio.wait_for(crowd.places.all_free(), 5)
        assert crowd.places.waiting == 0
        return in_order

    assert asyncio.run(play()) == got


def test_a_full_house_counts_who_still_waits() -> None:
    async def play() -> list[int]:
        crowd = Crowd(Places(2))
        await crowd.arrive("abcd")
        before = crowd.places.waiting
        crowd.people["c"].cancel()
        await crowd.settle()
        after = crowd.places.waiting
        for person in crowd.people.values():
            person.cancel()
        await asyncio.gather(*crowd.people.values(), return_exceptions=True)
        return [before, after]

    assert asyncio.run(play()) == [2, 1]
