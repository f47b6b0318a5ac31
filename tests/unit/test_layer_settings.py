"""The deployment's settings: each missing or wrong variable is named, and none that is secret is shown."""

from __future__ import annotations

import contextlib

import pytest

from facegate.errors import SettingError
from facegate.settings import Endpoint, from_environment, variables
from facegate.users import UserIds
from tests.unit.layer_samples import ENVIRONMENT

REQUIRED = tuple(ENVIRONMENT)
WRONG = {
    "FC_REGION": ["cn-hangzhou", "eu-central-1", "Singapore"],
    "FC_ACCOUNT_ID": ["a b", "../x", "1/2"],
    "FACEGATE_TABLESTORE_INSTANCE": ["ab", "1facegate", "face_gate", "x" * 17, "facegate-", "a.b"],
    "FACEGATE_CLAIMS_TABLE": ["1table", "a-b", "x" * 256],
    "FACEGATE_RESULTS_TABLE": ["a b"],
    "FACEGATE_FAILURES_TABLE": ["ü"],
    "FACEGATE_BUCKET": ["ab", "Upper", "-a-", "a_b", "x" * 64],
    "FACEGATE_PICTURE_PREFIXES": ["pictures", "/pictures/", "a/b/", "pictures/,", "../"],
    "FACEGATE_FACE_GROUPS": [",", "members,", "a b", "members;staff", "x" * 65, "mitglieder-ü"],
    "FACEGATE_USER_ID_KEY": ["x" * 31, "PLAIN", "Plain"],
    "FACEGATE_CONNECT_TIMEOUT_MS": ["99", "30001", "2s", "-1", "1.5", "٣٣٣", "9" * 5_000],
    "FACEGATE_READ_TIMEOUT_MS": ["499", "60001", "ten"],
    "FACEGATE_IN_PROGRESS_WAIT_MS": ["10001", "-1"],
    "FACEGATE_MAX_BODY_BYTES": ["99999", "33554433", "32MB"],
}
BAD_ENDPOINTS = [
    "example.com",
    "ftp://example.com",
    "http://",
    "https:///x",
    "https://example.com/path",
    "https://example.com?x=1",
    "https://example.com#x",
    "https://user:s3cr3t@example.com",
    "https://[::1",
    "https://example.com:port",
    "https://exa mple.com",
]
ENDPOINTS = (
    "FACEGATE_ID_VERIFICATION_ENDPOINT",
    "FACEGATE_COMPARE_FACES_ENDPOINT",
    "FACEGATE_TABLESTORE_ENDPOINT",
    "FACEGATE_OSS_ENDPOINT",
    "FACEGATE_FC_ENDPOINT",
)


def refused(**changes: str) -> str:
    with pytest.raises(SettingError) as raised:
        from_environment({**ENVIRONMENT, **changes})
    return str(raised.value)


def test_the_required_variables_are_enough() -> None:
    settings = from_environment(ENVIRONMENT)
    assert settings.region == "ap-southeast-1"
    assert (settings.face_groups, settings.default_face_group) == (("members", "staff"), "members")
    assert (settings.connect_timeout_ms, settings.read_timeout_ms) == (2_000, 10_000)
    assert settings.users == UserIds(b"k" * 32)


@pytest.mark.parametrize("name", REQUIRED)
@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_missing_variable_is_named(name: str, value: str | None) -> None:
    environment = {key: kept for key, kept in ENVIRONMENT.items() if key != name}
    if value is not None:
        environment[name] = value
    with pytest.raises(SettingError, match=rf"\A{name} is not set\Z"):
        from_environment(environment)


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_a_wrong_variable_is_named_with_what_was_expected(name: str, value: str) -> None:
    message = refused(**{name: value})
    named = "FACEGATE_FC_ENDPOINT" if name == "FC_ACCOUNT_ID" else name
    assert message.startswith(named)
    assert len(message) > len(named) + 15


@pytest.mark.parametrize("name", ENDPOINTS)
@pytest.mark.parametrize("value", BAD_ENDPOINTS)
def test_an_endpoint_is_scheme_and_host_only_and_never_repeated(name: str, value: str) -> None:
    assert refused(**{name: value}) == f"{name} must be http://host[:port] or https://host[:port]"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("http://127.0.0.1:9001", Endpoint("http", "127.0.0.1:9001")),
        ("https://example.com/", Endpoint("https", "example.com")),
        ("http://localhost", Endpoint("http", "localhost")),
    ],
)
def test_an_endpoint_can_be_set_for_every_service(value: str, expected: Endpoint) -> None:
    settings = from_environment({**ENVIRONMENT, **dict.fromkeys(ENDPOINTS, value)})
    found = {
        settings.id_verification,
        settings.compare_faces,
        settings.tablestore,
        settings.oss,
        settings.function_compute,
    }
    assert found == {expected}


def test_the_key_of_user_ids_is_never_shown() -> None:
    key = "s3cr3t-" * 4
    assert "s3cr3t" not in refused(FACEGATE_USER_ID_KEY=key)


def test_plain_user_ids_have_to_be_chosen() -> None:
    assert from_environment({**ENVIRONMENT, "FACEGATE_USER_ID_KEY": "plain"}).users == UserIds(None)


def test_settings_do_not_show_the_key() -> None:
    assert "kkkk" not in repr(from_environment(ENVIRONMENT))


def test_every_variable_that_is_read_is_listed_with_whether_it_must_be_set() -> None:
    listed = variables()

    assert {name for name, required in listed.items() if required} == set(ENVIRONMENT)
    assert {"FACEGATE_READ_TIMEOUT_MS", "FACEGATE_PICTURE_PREFIXES", "FACEGATE_FC_SERVICE"} <= set(listed)
    for name in listed:
        with pytest.raises(SettingError) if listed[name] else contextlib.nullcontext():
            from_environment({**ENVIRONMENT, name: ""})
