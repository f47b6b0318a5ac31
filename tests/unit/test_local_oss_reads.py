"""Ranges, conditions, checksums and pages: the arithmetic of reading."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from alibabacloud_oss_v2.crc import Crc64
from hypothesis import given
from hypothesis import strategies as st

from local.oss.attributes import Attributes
from local.oss.catalogue import StoredObject
from local.oss.checksums import Digest, crc64
from local.oss.conditions import byte_range, is_unmodified
from local.oss.errors import OssError
from local.oss.listing import max_keys_of, page, position_after, position_of, token_of

if TYPE_CHECKING:
    from collections.abc import Iterator

WHOLE = None
REFUSED = "InvalidRange"


@pytest.mark.parametrize(
    ("header", "usual", "standard"),
    [
        (None, WHOLE, WHOLE),
        ("bytes=0-0", (0, 1), (0, 1)),
        ("bytes=0-9", (0, 10), (0, 10)),
        ("bytes=4-", (4, 6), (4, 6)),
        ("bytes=9-", (9, 1), (9, 1)),
        ("bytes=-3", (7, 3), (7, 3)),
        ("bytes=-10", (0, 10), (0, 10)),
        ("bytes=0-10", WHOLE, (0, 10)),
        ("bytes=5-99999999999", WHOLE, (5, 5)),
        ("bytes=-11", WHOLE, (0, 10)),
        ("bytes=10-", WHOLE, REFUSED),
        ("bytes=10-20", WHOLE, REFUSED),
        ("bytes=-0", WHOLE, REFUSED),
        ("bytes=5-4", WHOLE, WHOLE),
        ("bytes=-", WHOLE, WHOLE),
        ("bytes=0-1,3-4", WHOLE, WHOLE),
        ("octets=0-1", WHOLE, WHOLE),
        ("bytes=a-b", WHOLE, WHOLE),
    ],
)
def test_a_range_of_ten_bytes(
    header: str | None, usual: tuple[int, int] | None, standard: tuple[int, int] | str | None
) -> None:
    assert byte_range(header, None, 10) == usual
    if standard == REFUSED:
        with pytest.raises(OssError, match=REFUSED):
            byte_range(header, "standard", 10)
    else:
        assert byte_range(header, "standard", 10) == standard


def test_nothing_of_an_empty_object_is_in_range() -> None:
    assert byte_range("bytes=0-", None, 0) is None
    with pytest.raises(OssError, match=REFUSED):
        byte_range("bytes=0-", "standard", 0)


def stored(key: str = "k", modified_ms: int = 1_000_500) -> StoredObject:
    return StoredObject(key, "blob", 1, "AB12", 0, "Normal", modified_ms, Attributes())


BEFORE, THEN, AFTER = (f"Thu, 01 Jan 1970 00:16:{second} GMT" for second in (39, 40, 41))


@pytest.mark.parametrize(
    ("headers", "outcome"),
    [
        ({}, False),
        ({"if-match": '"AB12"'}, False),
        ({"if-match": '"X", "AB12"'}, False),
        ({"if-match": "*"}, False),
        ({"if-match": "AB12"}, "PreconditionFailed"),
        ({"if-match": '"ab12"'}, "PreconditionFailed"),
        ({"if-none-match": '"AB12"'}, True),
        ({"if-none-match": '"X"'}, False),
        ({"if-modified-since": BEFORE}, False),
        ({"if-modified-since": THEN}, True),
        ({"if-modified-since": AFTER}, True),
        ({"if-unmodified-since": BEFORE}, "PreconditionFailed"),
        ({"if-unmodified-since": THEN}, False),
        ({"if-modified-since": "yesterday"}, False),
        ({"if-none-match": '"X"', "if-modified-since": AFTER}, False),
    ],
)
def test_conditions_on_an_object_of_a_second(headers: dict[str, str], outcome: bool | str) -> None:
    if isinstance(outcome, str):
        with pytest.raises(OssError, match=outcome):
            is_unmodified(stored(), headers)
    else:
        assert is_unmodified(stored(), headers) is outcome
        prefixed = {f"x-oss-copy-source-{name}": value for name, value in headers.items()}
        assert is_unmodified(stored(), prefixed, "x-oss-copy-source-") is outcome


def test_the_checksum_is_the_known_one() -> None:
    assert crc64(b"123456789") == 0x995D_C9BB_DF19_39FA
    assert crc64(b"") == 0


@given(st.lists(st.binary(max_size=50), max_size=5))
def test_a_digest_of_pieces_is_that_of_the_whole_and_of_the_sdk(pieces: list[bytes]) -> None:
    digest, sdk = Digest(), Crc64(0)
    for piece in pieces:
        digest.update(piece)
        sdk.update(piece)
    whole = b"".join(pieces)
    assert (digest.size, digest.md5, digest.crc64) == (len(whole), hashlib.md5(whole).digest(), crc64(whole))  # noqa: S324
    assert digest.crc64 == sdk.sum64()


KEYS = st.text(st.sampled_from("ab/é\U0010ffff\x00"), min_size=1, max_size=5)


def every_page(keys: set[str], prefix: str, delimiter: str, limit: int) -> Iterator[tuple[list[str], list[str]]]:
    ordered = sorted(keys, key=str.encode)

    def scan(position: bytes) -> Iterator[StoredObject]:
        return (stored(key) for key in ordered if key.encode() >= position)

    position: bytes | None = b""
    while position is not None:
        found = page(scan, prefix, delimiter, position, limit)
        yield [one.key for one in found.objects], found.prefixes
        position = None if found.next_position is None else position_of(token_of(found.next_position))


@given(st.sets(KEYS, max_size=12), st.sampled_from(["", "a", "a/", "é"]), st.sampled_from(["", "/", "a/"]))
@pytest.mark.parametrize("limit", [1, 2, 1000])
def test_the_pages_of_a_list_are_what_one_would_gather_by_hand(
    limit: int, keys: set[str], prefix: str, delimiter: str
) -> None:
    expected_keys, expected_prefixes = set(), set()
    for key in keys:
        rest = key.removeprefix(prefix)
        if not key.startswith(prefix):
            continue
        if delimiter and delimiter in rest:
            expected_prefixes.add(prefix + rest[: rest.index(delimiter) + len(delimiter)])
        else:
            expected_keys.add(key)
    pages = list(every_page(keys, prefix, delimiter, limit))
    listed = [key for found, _ in pages for key in found]
    prefixes = [one for _, found in pages for one in found]
    assert listed == sorted(expected_keys, key=str.encode)
    assert prefixes == sorted(expected_prefixes, key=str.encode)
    assert all(len(found) + len(common) == limit for found, common in pages[:-1])


def test_a_page_begins_after_a_key() -> None:
    found = page(lambda start: (stored(key) for key in "abc" if key.encode() >= start), "", "", position_after("a"), 1)
    assert [one.key for one in found.objects] == ["b"]
    assert found.next_position == position_after("b")


@pytest.mark.parametrize("text", ["0", "-1", "1001", "", "ten", "１", "99999999999999999999"])
def test_a_page_has_1_to_1000_keys(text: str) -> None:
    assert (max_keys_of(None), max_keys_of("1"), max_keys_of("1000")) == (100, 1, 1000)
    with pytest.raises(OssError, match="max-keys"):
        max_keys_of(text)


@pytest.mark.parametrize("token", ["!", "abc", "é"])
def test_a_foreign_continuation_token_is_refused(token: str) -> None:
    with pytest.raises(OssError, match="continuation token"):
        position_of(token)
