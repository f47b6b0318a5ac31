from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from tests.cloud import Cloud, raw_user, running

os.environ.setdefault("PYTHONPATH", "shared")  # as `make test` has it, for whoever calls pytest by hand


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """One local cloud for all functional tests, with a quota that only the throttling tests meet, and a queue whose
    eight repetitions take seconds, not minutes."""
    options = ("--qps", "1000", "--max-instances", "2", "--time-scale", "0.1")
    with running(tmp_path_factory.mktemp("cloud"), *options) as started:
        yield started


@pytest.fixture
def new_user(cloud: Cloud) -> Iterator[Callable[[], str]]:
    """Makes raw user ids; in the end the users are erased, so that no other test's search finds them."""
    made: list[str] = []

    def new() -> str:
        made.append(raw_user())
        return made[-1]

    yield new
    for user in made:
        assert cloud.client.delete(f"/v1/users/{user}").is_success


@pytest.fixture(autouse=True)
def no_faults_left(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "cloud" in request.fixturenames:
        started: Cloud = request.getfixturevalue("cloud")
        started.client.delete("/_local/faults")
        started.client.delete("/_local/tablestore/faults")
        started.client.delete("/_local/oss/faults")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What reads all that the other tests left behind comes last."""
    last = ("test_ram_use", "test_openapi_all_answers", "test_privacy")
    items.sort(key=lambda item: next((place for place, name in enumerate(last, 1) if name in item.nodeid), 0))
