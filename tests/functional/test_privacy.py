"""Runs last, over every answer and log line of the whole run: nothing in them may be a picture, a key or a person."""

from __future__ import annotations

import json
import re

import pytest

from tests.cloud import RAW_USER, Cloud, enrol, face_compare, raw_user

FORBIDDEN = {
    "a stack": r'File "[^"]+", line \d+|stackTrace',
    "Base64": r"[A-Za-z0-9+/]{65,}",
    "a picture URL's query": r"SECRETQUERY",
    "a raw user id": re.escape(RAW_USER),
    "a temporary key": r"STS\.[0-9a-f]{16}",
    "a signature": r"Signature=|ACS3-HMAC",
}


@pytest.fixture(scope="module")
def left_behind(cloud: Cloud) -> dict[str, str]:
    cloud.post("add-face-record", enrol(raw_user(), "biden"))
    cloud.post("face-compare", face_compare())
    return {"answers": "\n".join(cloud.answers), "logs": cloud.logs()}


@pytest.mark.parametrize("what", FORBIDDEN)
@pytest.mark.parametrize("where", ["answers", "logs"])
def test_nothing_that_must_not_leave_is_in(left_behind: dict[str, str], where: str, what: str) -> None:
    found = [match[0][:20] for match in re.finditer(FORBIDDEN[what], left_behind[where]) if not _is_a_hash(match[0])]
    assert found == []


@pytest.mark.parametrize("where", ["answers", "logs"])
def test_no_secret_of_the_deployment_is_in(cloud: Cloud, left_behind: dict[str, str], where: str) -> None:
    secrets = json.loads((cloud.data / "secrets.json").read_text())
    for name in ("access_key_secret", "user_id_key", "access_key_id"):
        assert secrets[name] not in left_behind[where], name


def test_the_search_would_find_something(left_behind: dict[str, str]) -> None:
    """The logs and answers are there to be searched, and the patterns do match what they stand for."""
    assert '"event":"decided"' in left_behind["logs"]
    assert '"Code":"Success"' in left_behind["answers"]
    assert re.search(FORBIDDEN["Base64"], "/9j/" + "A" * 80)
    assert re.search(FORBIDDEN["a raw user id"], raw_user())


def _is_a_hash(text: str) -> bool:
    return re.fullmatch(r"[0-9a-f]{65,}", text) is not None
