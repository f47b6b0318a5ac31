"""How a user's id is made unrecognisable before it travels on."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facegate.errors import RequestError
from facegate.users import UserIds

HASHED, PLAIN = UserIds(b"k" * 32), UserIds(None)


@settings(derandomize=True)
@given(st.text(min_size=1, max_size=256))
def test_a_pseudonym_is_32_hexadecimal_characters_whatever_the_id(user_id: str) -> None:
    pseudonym = HASHED.pseudonym(user_id)
    assert re.fullmatch(r"[0-9a-f]{32}", pseudonym)
    assert pseudonym == HASHED.pseudonym(user_id)


def test_the_pseudonym_is_the_documented_hmac_so_that_a_back_end_can_compute_it() -> None:
    # printf ada@example.com | openssl dgst -sha256 -hmac kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk | cut -c1-32
    assert HASHED.pseudonym("ada@example.com") == "1c46a892e933b2b3b269dc801af7f942"


def test_another_key_or_another_user_gives_another_pseudonym() -> None:
    assert len({HASHED.pseudonym("ada"), HASHED.pseudonym("bob"), UserIds(b"j" * 32).pseudonym("ada")}) == 3


def test_an_id_that_utf_8_cannot_hold_does_not_break_the_function() -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", HASHED.pseudonym("\ud800"))


@pytest.mark.parametrize("user_id", ["a", "Ada_Lovelace-1", "x" * 32])
def test_plain_ids_pass_unchanged_where_the_deployment_chose_so(user_id: str) -> None:
    assert PLAIN.pseudonym(user_id) == user_id


@pytest.mark.parametrize("user_id", ["", "x" * 33, "ada@example.com", "two words", "ümlaut", "a\n", "٣"])
def test_a_plain_id_that_the_service_might_not_take_is_refused_without_being_repeated(user_id: str) -> None:
    with pytest.raises(RequestError, match="MerchantUserId must be 1 to 32") as refused:
        PLAIN.pseudonym(user_id)
    assert not user_id or user_id not in refused.value.message
