"""How a request is addressed, and which names are names."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.oss.errors import OssError
from local.oss.wire import address, as_text, bucket_of_host, check_key, join_headers, parse_query


@pytest.mark.parametrize(
    ("host", "bucket"),
    [
        ("127.0.0.1:9000", None),
        ("localhost:9000", None),
        ("[::1]:9000", None),
        ("", None),
        ("faces.localhost:9000", "faces"),
        ("FACES.localhost", "faces"),
        ("faces.oss-ap-southeast-1.aliyuncs.com", "faces"),
        ("faces.oss-ap-southeast-1-internal.aliyuncs.com:80", "faces"),
        ("oss-ap-southeast-1.aliyuncs.com", None),
        ("faces.oss-cn-hangzhou.aliyuncs.com", None),
        ("faces.localhost.example.com", None),
    ],
)
def test_a_host_names_a_bucket_or_leaves_it_to_the_path(host: str, bucket: str | None) -> None:
    assert bucket_of_host(host, "ap-southeast-1") == bucket


@pytest.mark.parametrize(
    ("path", "hosted", "expected"),
    [
        (b"/", None, (None, None)),
        (b"/faces", None, ("faces", None)),
        (b"/faces/", None, ("faces", None)),
        (b"/faces/a", None, ("faces", "a")),
        (b"/faces/a/b//c/", None, ("faces", "a/b//c/")),
        (b"/faces/a%2Fb", None, ("faces", "a/b")),
        (b"/faces/a%252Fb", None, ("faces", "a%2Fb")),
        (b"/faces/a+b%2B%20c", None, ("faces", "a+b+ c")),
        (b"/faces/../x", None, ("faces", "../x")),
        (b"/", "faces", ("faces", None)),
        (b"/faces/a", "faces", ("faces", "faces/a")),
        (b"/_control/faults", "faces", ("faces", "_control/faults")),
    ],
)
def test_a_path_is_a_bucket_and_a_key(path: bytes, hosted: str | None, expected: tuple[str | None, str | None]) -> None:
    assert address(path, hosted) == expected


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200))
def test_every_key_survives_the_path(key: str) -> None:
    if key.startswith(("/", "\\")):
        return
    assert address(f"/faces/{quote(key, safe='/')}".encode(), None) == ("faces", key)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (b"/ab", "InvalidBucketName"),
        (b"/Faces/a", "InvalidBucketName"),
        (b"/-faces/a", "InvalidBucketName"),
        (b"/faces-/a", "InvalidBucketName"),
        (b"/fa.ces/a", "InvalidBucketName"),
        (b"/_control", "InvalidBucketName"),
        (b"//a", "InvalidBucketName"),
        (b"/" + b"a" * 64, "InvalidBucketName"),
        (b"/faces/%2Fa", "InvalidObjectName"),
        (b"/faces//a", "InvalidObjectName"),
        (b"/faces/%5Ca", "InvalidObjectName"),
        (b"/faces/%FF", "InvalidObjectName"),
        (b"/faces/%ED%A0%80", "InvalidObjectName"),
    ],
)
def test_other_names_are_refused(path: bytes, code: str) -> None:
    with pytest.raises(OssError) as refused:
        address(path, None)
    assert refused.value.code == code


def test_a_key_has_at_most_1023_bytes() -> None:
    check_key("é" * 511 + "a")
    for key in ("", "é" * 512, "a" * 1024):
        with pytest.raises(OssError):
            check_key(key)


@pytest.mark.parametrize(
    ("raw", "pairs"),
    [
        (b"", ()),
        (b"acl", (("acl", ""),)),
        (b"a=b+c&&a=%2B", (("a", "b c"), ("a", "+"))),
        (b"a=b=c", (("a", "b=c"),)),
    ],
)
def test_a_query_is_decoded_in_order(raw: bytes, pairs: tuple[tuple[str, str], ...]) -> None:
    assert parse_query(raw) == pairs


def test_a_query_of_other_than_utf_8_is_refused() -> None:
    with pytest.raises(OssError):
        parse_query(b"prefix=%FF")


def test_headers_keep_their_bytes_and_can_be_read() -> None:
    headers = join_headers(
        [(b"X-Oss-Meta-A", "é".encode()), (b"x-oss-meta-b", b"\xe9"), (b"via", b"1"), (b"Via", b"2")]
    )
    assert headers["via"] == "1,2"
    assert headers["x-oss-meta-a"].encode("latin-1") == "é".encode()
    assert as_text(headers["x-oss-meta-a"]) == as_text(headers["x-oss-meta-b"]) == "é"
