from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cloud import Cloud, running


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """One local cloud for all functional tests, with a quota that only the throttling tests meet."""
    with running(tmp_path_factory.mktemp("cloud"), "--qps", "1000", "--max-instances", "2") as started:
        yield started


@pytest.fixture(autouse=True)
def no_faults_left(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "cloud" in request.fixturenames:
        started: Cloud = request.getfixturevalue("cloud")
        started.client.delete("/_local/faults")
        started.client.delete("/_local/tablestore/faults")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The privacy check reads what all other tests left behind, so it comes last."""
    items.sort(key=lambda item: "test_privacy" in item.nodeid)
