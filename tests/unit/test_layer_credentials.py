"""The keys of this invocation, and never a part of another's."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from facegate.credentials import Credentials, of_invocation
from facegate.errors import NoRole

PROCESS = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "process-id",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "process-secret",
    "ALIBABA_CLOUD_SECURITY_TOKEN": "process-token",
}
OF_PROCESS = Credentials("process-id", "process-secret", "process-token")


def context(**credentials: Any) -> Any:
    return SimpleNamespace(credentials=SimpleNamespace(**credentials))


@pytest.mark.parametrize(
    ("given", "environment", "expected"),
    [
        (
            context(access_key_id="i", access_key_secret="s", security_token="t"),
            PROCESS,
            Credentials("i", "s", "t"),
        ),
        (context(access_key_id="i", access_key_secret="s"), PROCESS, Credentials("i", "s", None)),
        (context(access_key_id="i", access_key_secret="s", security_token=""), PROCESS, Credentials("i", "s", None)),
        (context(access_key_id="i", access_key_secret=""), PROCESS, OF_PROCESS),
        (context(access_key_id="", access_key_secret="", security_token="t"), PROCESS, OF_PROCESS),
        (context(), PROCESS, OF_PROCESS),
        (SimpleNamespace(credentials=None), PROCESS, OF_PROCESS),
        (None, PROCESS, OF_PROCESS),
        (None, {**PROCESS, "ALIBABA_CLOUD_SECURITY_TOKEN": ""}, Credentials("process-id", "process-secret", None)),
    ],
)
def test_the_contexts_keys_come_first_and_sources_are_not_mixed(
    given: Any, environment: dict[str, str], expected: Credentials
) -> None:
    assert of_invocation(given, environment) == expected


@pytest.mark.parametrize("missing", ["ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"])
def test_without_a_key_the_error_says_what_to_do(missing: str) -> None:
    environment = {name: value for name, value in PROCESS.items() if name != missing}
    with pytest.raises(NoRole, match="it needs a role"):
        of_invocation(context(), environment)


def test_no_key_shows_in_a_representation() -> None:
    assert "process" not in repr(OF_PROCESS)
