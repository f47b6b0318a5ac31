"""Keys and signatures, and the actions and versions that there are."""

from __future__ import annotations

import time

import pytest

from tests.functional.local_id_verification.calls import refusal
from tests.functional.local_id_verification.service import ACCOUNT, Service


def temporary(seconds: int) -> dict[str, str]:
    return vars(ACCOUNT.issue(int(time.time()) + seconds))


def test_a_temporary_key_is_as_good_as_the_account_s(service: Service) -> None:
    assert service.client(**temporary(86_400)).keepalive_intl().body.code == "Success"


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ({"access_key_secret": "wrong"}, (400, "SignatureDoesNotMatch")),
        ({"access_key_id": "LTAIunknown"}, (404, "InvalidAccessKeyId.NotFound")),
        (temporary(-1), (400, "InvalidSecurityToken.Expired")),
        ({**temporary(86_400), "security_token": "9999999999.0"}, (403, "InvalidSecurityToken.Malformed")),
        ({**temporary(86_400), "access_key_secret": "wrong"}, (400, "SignatureDoesNotMatch")),
    ],
)
def test_other_keys_are_refused_and_not_counted(
    service: Service, key: dict[str, str], expected: tuple[int, str]
) -> None:
    assert refusal(lambda: service.client(**key).keepalive_intl()) == expected
    assert service.calls("KeepaliveIntl")["received"] == 0


@pytest.mark.parametrize(
    ("action", "version"), [("FaceGuess", "2022-08-09"), ("CompareFaces", "2022-08-09"), ("FaceCompare", "2019-03-07")]
)
def test_unknown_actions_and_versions_are_not_found(service: Service, action: str, version: str) -> None:
    assert refusal(lambda: service.call(action, version, {})) == (404, "InvalidAction.NotFound")
