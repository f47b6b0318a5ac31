"""The rate limit of each action."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from alibabacloud_cloudauth_intl20220809 import models
from alibabacloud_tea_openapi.exceptions import ClientException

from tests.functional.local_id_verification.service import Service, start, stop


def test_each_action_has_its_own_rate_limit(tmp_path: Path) -> None:
    service = start(tmp_path, "--qps", "1", "--latency-ms", "1")
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda _: throttled_or_code(service), range(16)))
    assert service.client().query_face_group(models.QueryFaceGroupRequest(current_page=1, page_size=1)).body.items
    counts = service.calls("KeepaliveIntl")
    stop(service)
    assert set(outcomes) == {"Success", "Throttling.Api"}
    assert counts["throttled"] == outcomes.count("Throttling.Api")
    assert counts["executed"] == outcomes.count("Success")


def throttled_or_code(service: Service) -> str:
    try:
        return str(service.client().keepalive_intl().body.code)
    except ClientException as error:
        assert error.status_code == 403
        return str(error.code)
