"""The signature that is checked is the one that aliyun-fc2 makes."""

from __future__ import annotations

import pytest
from fc2.auth import Auth

from local.function_compute.api_signature import signature, string_to_sign

HEADERS = {
    "host": "example.com",
    "date": "Thu, 01 Jan 2026 00:00:00 GMT",
    "content-type": "application/json",
    "content-length": "0",
    "user-agent": "x",
}


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"content-md5": "d41d8cd98f00b204e9800998ecf8427e"},
        {"x-fc-invocation-type": "Async", "x-fc-async-task-id": "a", "x-fc-async-delay": "5"},
        {"x-fc-security-token": "token", "x-other": "not signed"},
        {"content-type": ""},
    ],
)
@pytest.mark.parametrize("path", ["/2023-03-30/functions/f/invocations", "/a/b c/ü"])
def test_the_package_and_the_check_agree(more: dict[str, str], path: str) -> None:
    headers = {**HEADERS, **more}

    theirs = Auth("id", "secret", "").sign_request("POST", path, headers)

    assert theirs == f"FC id:{signature('secret', string_to_sign('post', path, headers))}"
