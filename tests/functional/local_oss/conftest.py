"""The local OSS as its own process, one for each file; a file that needs options has a `service` of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import alibabacloud_oss_v2 as oss
import httpx
import pytest

from tests.functional.local_oss_process import LocalOss


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalOss]:
    started = LocalOss.start(tmp_path_factory.mktemp("oss"))
    yield started
    assert started.stop() == ""


@pytest.fixture(scope="module")
def client(service: LocalOss) -> oss.Client:
    return service.client()


@pytest.fixture(scope="module")
def http(service: LocalOss) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service.url, trust_env=False, timeout=30) as plain:
        yield plain


@pytest.fixture
def key(request: pytest.FixtureRequest) -> str:
    """One of its own for each test."""
    return f"{hashlib.sha256(request.node.name.encode()).hexdigest()[:16]}/object"
