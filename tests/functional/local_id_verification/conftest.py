"""One service for the tests of this folder."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from tests.functional.local_id_verification.service import Service, start, stop


@pytest.fixture(scope="package", autouse=True)
def _no_proxy() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "DEBUG"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="package")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    service = start(tmp_path_factory.mktemp("data"), "--qps", "1000")
    yield service
    assert stop(service) == "", "the service must log nothing in normal work"


@pytest.fixture
def service(running: Service) -> Service:
    running.control.delete("/_control/faults")
    running.control.delete("/_control/calls")
    return running


@pytest.fixture
def group(service: Service) -> str:
    """A face group of the test's own."""
    code = f"g{uuid.uuid4().hex[:12]}"
    service.control.post("/_control/face-groups", json={"code": code}).raise_for_status()
    return code
