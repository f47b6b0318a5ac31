"""From a body to named fields, with limits before work."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from facegate.errors import RequestError
from facegate.events.bodies import LONG_TEXT, MAX_FIELDS, _careful, _flat, fields
from tests.unit import layer_samples as samples

LIMIT = 1_000_000
JSON = "application/json"
FORM = "multipart/form-data; boundary=xYzZY"
SECRET = "s3cr3t-value!"


def refused(content_type: str, body: str | bytes, limit: int = LIMIT) -> RequestError:
    with pytest.raises(RequestError) as raised:
        fields(content_type, body, limit)
    assert SECRET not in raised.value.message
    assert len(raised.value.message) < 200
    return raised.value


# --- JSON -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"{}", {}),
        (b' {"a": "b", "c": true, "d": null} ', {"a": "b", "c": True, "d": None}),
        ('{"a":"中"}'.encode(), {"a": "中"}),
        (b'{"a":"\\u4e2d\\ud83d\\ude00"}', {"a": "中😀"}),
        (b'\xef\xbb\xbf{"a":1}', {"a": 1}),
    ],
)
def test_a_json_object_is_its_fields(body: bytes, expected: dict[str, Any]) -> None:
    assert fields(JSON, body, LIMIT) == expected


NAMES = st.sampled_from(["a", "b", "SourceFacePicture", "中", "a\\u0062", "", 'q\\"'])
TEXTS = st.sampled_from(["", "QUJD", "x: y", "中", "\\u0041", '\\"', "\\/"]).map(lambda text: f'"{text}"')
VALUES = st.one_of(
    TEXTS, st.sampled_from(["1", "-0.5", "1e3", "true", "false", "null", "[]", "{}", '["a"]', '{"a":"b"}', "NaN"])
)
PAIRS = st.lists(st.tuples(NAMES, VALUES), max_size=5)


@settings(derandomize=True, max_examples=500)
@given(PAIRS)
@example([("a", '"1"'), ("a", '"2"')])
@example([("a", "1"), ("a", "2")])
@example([("a", '"1"'), ("a", "2"), ("b", '"3"')])
def test_the_quick_reader_agrees_with_the_careful_one(pairs: list[tuple[str, str]]) -> None:
    body = ("{" + ",".join(f'"{name}": {value}' for name, value in pairs) + "}").encode()
    quick = _flat(body)
    assert quick is None or quick == _careful(body)
    assert _flat(body.decode()) == quick
    simple = all("\\" not in name + value and value[0] not in "[{N" for name, value in pairs)
    assert (quick is not None) == (simple and len({name for name, _ in pairs}) == len(pairs))


@pytest.mark.parametrize("kind", [bytes, str])
def test_a_long_text_is_a_view_of_the_body(kind: type) -> None:
    written = '{"a":"' + "A" * LONG_TEXT + '","b":"' + "B" * (LONG_TEXT - 1) + '","é":1}'
    found = fields(JSON, written if kind is str else written.encode(), LIMIT)
    assert isinstance(found["a"], memoryview)
    assert found == {"a": b"A" * LONG_TEXT, "b": "B" * (LONG_TEXT - 1), "é": 1}


def test_a_long_text_with_an_escape_is_a_string() -> None:
    assert fields(JSON, '{"a":"\\/' + "A" * LONG_TEXT + '"}', LIMIT) == {"a": "/" + "A" * LONG_TEXT}


def test_bytes_are_counted_and_not_characters() -> None:
    assert refused(JSON, '{"a":"é"}', limit=9).http_status == 413
    assert fields(JSON, '{"a":"é"}', 10) == {"a": "é"}


@pytest.mark.parametrize(
    "content_type", [JSON, "Application/JSON", "application/json; charset=utf-8", " application/json "]
)
def test_the_content_type_may_have_parameters_and_any_case(content_type: str) -> None:
    assert fields(content_type, b"{}", LIMIT) == {}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b'{"a":1,}', "not valid JSON"),
        (b"{'a':1}", "not valid JSON"),
        (b'{"a":1}{"b":2}', "not valid JSON"),
        (b'{"a":"\xff"}', "not valid JSON"),
        (b'{"a":"\xed\xa0\x80"}', "not valid JSON"),
        (b'{"a":"\\ud800"}', "not valid JSON"),
        (b'{"\\udfff":1}', "not valid JSON"),
        (b'{"a":NaN}', "not valid JSON"),
        (b'{"a":-Infinity}', "not valid JSON"),
        (b'{"a":' + b"9" * 5_000 + b"}", "not valid JSON"),
        (b"null", "must be an object"),
        (b"[]", "must be an object"),
        (b'"text"', "must be an object"),
        (b"7", "must be an object"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b'{"a":1,"a":1}', "a is given twice"),
        (b'{"b":1,"a":{"c":1,"c":2}}', "c is given twice"),
        (b'{"s3cr3t-value!":1,"s3cr3t-value!":2}', "a field is given twice"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_anything_else_is_refused(body: bytes, message: str) -> None:
    error = refused(JSON, body)
    assert (error.http_status, error.code) == (400, "InvalidParameter")
    assert message in error.message


def test_many_fields_with_the_last_one_twice_take_no_longer_than_to_read_them() -> None:
    names = [f"f{number}" for number in range(50_000)]
    body = json.dumps(dict.fromkeys(names, 0))[:-1] + ',"f49999":0}'
    assert refused(JSON, body.encode()).message == "f49999 is given twice"


# --- multipart ------------------------------------------------------------------------------------------------------


def part(name: str, value: bytes, *, filename: str | None = None, headers: str = "") -> bytes:
    file = "" if filename is None else f'; filename="{filename}"'
    head = f'--xYzZY\r\nContent-Disposition: form-data; name="{name}"{file}\r\n{headers}\r\n'
    return head.encode() + value + b"\r\n"


END = b"--xYzZY--\r\n"


def test_file_parts_are_bytes_and_the_others_text() -> None:
    body = (
        part("MerchantBizId", b"abc")
        + part("SourceFacePicture", samples.JPEG, filename="a.jpg", headers="Content-Type: image/jpeg\r\n")
        + part("SceneCode", "中".encode())
        + END
    )
    assert fields(FORM, body, LIMIT) == {
        "MerchantBizId": "abc",
        "SourceFacePicture": samples.JPEG,
        "SceneCode": "中",
    }


def test_a_quoted_boundary_is_the_same() -> None:
    assert fields('multipart/form-data; boundary="xYzZY"', part("a", b"1") + END, LIMIT) == {"a": "1"}


def test_an_empty_file_is_no_bytes() -> None:
    assert fields(FORM, part("a", b"", filename="") + part("b", b"") + END, LIMIT) == {"a": b"", "b": ""}


def test_as_many_parts_as_allowed_are_read() -> None:
    body = b"".join(part(f"f{number}", b"1") for number in range(MAX_FIELDS)) + END
    assert len(fields(FORM, body, LIMIT)) == MAX_FIELDS


@pytest.mark.parametrize(
    ("content_type", "body", "message"),
    [
        ("multipart/form-data", part("a", b"1") + END, "no boundary"),
        ("multipart/form-data; boundary=", part("a", b"1") + END, "no boundary"),
        ("multipart/form-data; boundary=é", part("a", b"1") + END, "no boundary"),
        ("multipart/form-data; boundary=other", part("a", b"1") + END, "not valid multipart"),
        (FORM, b"", "not valid multipart"),
        (FORM, b"nonsense", "not valid multipart"),
        (FORM, part("a", b"1"), "not valid multipart"),
        (FORM, part("a", b"1")[:-10], "not valid multipart"),
        (FORM, b"--xYzZY\r\nContent-Type: image/jpeg\r\n\r\n1\r\n" + END, "not valid multipart"),
        (FORM, b"--xYzZY\r\nbroken header\r\n\r\n1\r\n" + END, "not valid multipart"),
        (FORM, part("a", b"1", headers="X-Long: " + "x" * 10_000 + "\r\n") + END, "not valid multipart"),
        (FORM, b"".join(part(f"f{n}", b"1") for n in range(MAX_FIELDS + 1)) + END, "not valid multipart"),
        (FORM, part("a", b"1") + part("a", b"2") + END, "a is given twice"),
        (FORM, part("a", b"1") + part("a", b"2", filename="x") + END, "a is given twice"),
        (FORM, part(SECRET, b"1") + part(SECRET, b"2") + END, "a field is given twice"),
        (FORM, part("a", b"\xff") + END, "not UTF-8"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_broken_form_is_refused(content_type: str, body: bytes, message: str) -> None:
    error = refused(content_type, body)
    assert (error.http_status, error.code) == (400, "InvalidParameter")
    assert message in error.message


# --- both -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/x-www-form-urlencoded", "image/jpeg", "json", "application/jsonp"]
)
def test_another_content_type_is_named_as_the_fault(content_type: str) -> None:
    error = refused(content_type, b"{}")
    assert (error.http_status, error.code) == (415, "UnsupportedMediaType")
    assert "application/json or multipart/form-data" in error.message


@pytest.mark.parametrize("content_type", [JSON, FORM, "text/plain"])
def test_too_many_bytes_are_refused_before_they_are_read(content_type: str) -> None:
    error = refused(content_type, b"\xff" * 101, limit=100)
    assert (error.http_status, error.code) == (413, "ToolargeImage")
    assert "100 bytes" in error.message


def test_as_many_bytes_as_allowed_are_read() -> None:
    assert fields(JSON, b'{"a":1}', 7) == {"a": 1}
