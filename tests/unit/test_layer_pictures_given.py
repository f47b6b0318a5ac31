"""The ways of handing in a picture, and what is refused of each before anything is called."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from msgspec.structs import replace

from facegate.errors import FacegateError, RequestError
from facegate.operations import OPERATIONS, Operation, parse
from facegate.pictures.errors import PictureTooLarge
from facegate.pictures_given import (
    MAX_URL_CHARACTERS,
    Picture,
    PictureBytes,
    PictureObject,
    PictureUrl,
    read,
    take,
)
from tests.unit import layer_samples as samples

COMPARE, CROSS, DUPLICATION, ENROL, MAINLAND = samples.ACTIONS
FIRST = [(action, samples.PICTURES[action][0]) for action in samples.ACTIONS]
SECRET = "signature=secret"


def given(action: str, **changes: Any) -> dict[str, Picture]:
    operation = OPERATIONS[action]
    parameters, pictures = take(operation, samples.fields(action, **changes))
    return read(operation, parse(operation, parameters), pictures, samples.PREFIXES)


def refused(action: str, **changes: Any) -> FacegateError:
    with pytest.raises(FacegateError) as raised:
        given(action, **changes)
    assert SECRET not in raised.value.message
    assert len(raised.value.message) < 300
    return raised.value


def code(action: str, kind: str) -> str:
    common = {"missing": "MissingParameter", "invalid": "InvalidParameter"}
    mainland = {"missing": "InvalidParam.ParamMissing", "invalid": "InvalidParam.ImageValuePatternError"}
    return (mainland if action == MAINLAND else common)[kind]


# --- which pictures -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", samples.ACTIONS)
def test_every_picture_comes_out_under_its_field_name(action: str) -> None:
    pictures = given(action)
    needed = [name for name in samples.PICTURES[action] if name in samples.FIELDS[action]]
    assert pictures == {name: PictureBytes(samples.JPEG) for name in needed}


@pytest.mark.parametrize(
    ("action", "name"), [(action, name) for action in samples.ACTIONS for name in samples.PICTURES[action]]
)
def test_a_missing_picture_is_named_with_the_ways_to_give_it(action: str, name: str) -> None:
    model = {"VerifyModel": "2", "TargetFacePicture": samples.TEXT} if action == DUPLICATION else {}
    error = refused(action, **{**model, name: None})
    assert (error.code, error.http_status) == (code(action, "missing"), 400)
    for way in (name, f"{name}Url", f"{name}Object"):
        assert way in error.message


@pytest.mark.parametrize(("action", "name"), FIRST)
@pytest.mark.parametrize("ways", [("", "Url"), ("", "Object"), ("Url", "Object"), ("", "Url", "Object")], ids="+".join)
def test_a_picture_given_twice_is_refused(action: str, name: str, ways: tuple[str, ...]) -> None:
    values = {"": samples.TEXT, "Url": samples.URL, "Object": samples.KEY}
    error = refused(action, **{name: None, **{f"{name}{way}": values[way] for way in ways}})
    assert (error.code, error.http_status) == ("DataDuplication", 400)
    assert all(f"{name}{way}" in error.message for way in ways)


@pytest.mark.parametrize("way", ["", "Url", "Object"])
def test_a_picture_that_the_request_does_not_use_is_refused(way: str) -> None:
    values = {"": samples.TEXT, "Url": samples.URL, "Object": samples.KEY}
    error = refused(DUPLICATION, VerifyModel="0", **{f"TargetFacePicture{way}": values[way]})
    assert isinstance(error, RequestError)
    assert f"TargetFacePicture{way} is not used" in error.message


@pytest.mark.parametrize("model", ["1", "2"])
def test_a_comparison_needs_the_reference_picture(model: str) -> None:
    assert "TargetFacePicture" in refused(DUPLICATION, VerifyModel=model).message
    assert len(given(DUPLICATION, VerifyModel=model, TargetFacePicture=samples.TEXT)) == 2


# --- bytes ----------------------------------------------------------------------------------------------------------

HEADER = "data:image/jpeg;base64,"
LINES = "\r\n".join(samples.TEXT[start : start + 76] for start in range(0, len(samples.TEXT), 76))


@pytest.mark.parametrize(("action", "name"), FIRST)
@pytest.mark.parametrize(
    "value",
    [samples.JPEG, samples.TEXT, HEADER + samples.TEXT, "data:;base64," + samples.TEXT, LINES, LINES.replace("\r", "")],
    ids=["file part", "Base64", "data: URI", "bare data: URI", "lines CRLF", "lines LF"],
)
def test_the_same_picture_is_the_same_bytes_however_it_is_written(action: str, name: str, value: str | bytes) -> None:
    assert given(action, **{name: value})[name] == PictureBytes(samples.JPEG)


@pytest.mark.parametrize("value", ["base64://" + samples.TEXT, "base64://" + HEADER + samples.TEXT])
def test_compare_faces_takes_its_official_prefix(value: str) -> None:
    assert given(MAINLAND, SourceImageValue=value)["SourceImageValue"] == PictureBytes(samples.JPEG)


@pytest.mark.parametrize("action", [COMPARE, CROSS, DUPLICATION, ENROL])
def test_the_prefix_of_compare_faces_is_not_base64_elsewhere(action: str) -> None:
    name = samples.PICTURES[action][0]
    assert refused(action, **{name: "base64://" + samples.TEXT}).message == f"{name} is not Base64"


@pytest.mark.parametrize(("action", "name"), FIRST)
@pytest.mark.parametrize(
    "value",
    [
        "not base64!",
        "AAA",
        "A===",
        "AA-_",
        "data:image/jpeg," + "AAAA",
        "é",
        "\ud800",
        "AA AA",
        HEADER + HEADER,
        "oss://b:k",
    ],
)
def test_what_is_not_base64_is_refused_and_not_repeated(action: str, name: str, value: str) -> None:
    error = refused(action, **{name: value})
    assert (error.code, error.http_status, error.message) == (code(action, "invalid"), 400, f"{name} is not Base64")


@pytest.mark.parametrize(("action", "name"), FIRST)
@pytest.mark.parametrize("value", ["", b"", HEADER])
def test_a_picture_without_bytes_is_missing(action: str, name: str, value: str | bytes) -> None:
    error = refused(action, **{name: value})
    assert (error.code, error.message) == (code(action, "missing"), f"{name} is empty")


@pytest.mark.parametrize(("action", "name"), FIRST)
@pytest.mark.parametrize("value", [7, True, ["AAAA"], {"a": "b"}], ids=repr)
def test_a_picture_of_another_type_is_refused(action: str, name: str, value: object) -> None:
    error = refused(action, **{name: value})
    assert (error.code, error.message) == (code(action, "invalid"), f"{name} must be a string")


@pytest.mark.parametrize(("action", "name"), FIRST)
def test_too_many_bytes_are_refused_as_a_picture_too_large(action: str, name: str) -> None:
    operation = limited(action, 1_000)
    assert read_one(operation, name, b"\xff" * 1_000) == PictureBytes(b"\xff" * 1_000)
    for value in (b"\xff" * 1_001, base64.b64encode(b"\xff" * 1_001).decode()):
        with pytest.raises(PictureTooLarge, match=f"{name} has more than 1000 bytes") as refused:
            read_one(operation, name, value)
        assert (refused.value.code, refused.value.http_status) == ("ToolargeImage", 413)


@pytest.mark.parametrize(("action", "name"), FIRST)
def test_too_much_text_is_refused_before_it_is_decoded(action: str, name: str) -> None:
    with pytest.raises(PictureTooLarge):
        read_one(limited(action, 1_000), name, "!" * 1_501)


def limited(action: str, max_input_bytes: int) -> Operation:
    operation = OPERATIONS[action]
    return replace(operation, profile=replace(operation.profile, max_input_bytes=max_input_bytes))


def read_one(operation: Operation, name: str, value: str | bytes) -> Picture:
    """Only the first picture is asked for."""
    first = replace(operation, pictures=operation.pictures[:1])
    parameters, _ = take(operation, samples.fields(operation.action))
    return read(first, parse(operation, parameters), {name: value}, samples.PREFIXES)[name]


# --- addresses ------------------------------------------------------------------------------------------------------

URLS = [
    "https://pictures.example.com/face.jpg",
    samples.URL,
    "http://pictures.example.com:8080/",
    "https://[2001:db8::1]/face.jpg",
]
BAD_URLS = [
    f"ftp://pictures.example.com/face.jpg?{SECRET}",
    f"file:///etc/passwd?{SECRET}",
    f"gopher://pictures.example.com/?{SECRET}",
    f"javascript:alert({SECRET})",
    f"oss://bucket:face.jpg?{SECRET}",
    f"//pictures.example.com/face.jpg?{SECRET}",
    f"pictures.example.com/face.jpg?{SECRET}",
    f"https://user@pictures.example.com/?{SECRET}",
    f"https://user:password@pictures.example.com/?{SECRET}",
    f"https://@pictures.example.com/?{SECRET}",
    f"https://pictures.example.com@evil.example.com/?{SECRET}",
    f"https:///face.jpg?{SECRET}",
    "https://",
    f"https://?{SECRET}",
    f"https://:443/?{SECRET}",
    f"https://pictures.example.com:0/?{SECRET}",
    f"https://pictures.example.com:99999/?{SECRET}",
    f"https://pictures.example.com:x/?{SECRET}",
    f"https://[::1/?{SECRET}",
    f"https://pictures.example.com/two words?{SECRET}",
    f" https://pictures.example.com/?{SECRET}",
    f"https://pictures.example.com/?{SECRET}\n",
    f"https://pictures.example.com/\x00?{SECRET}",
    f"https://pictures.example.com/gesicht-ü.jpg?{SECRET}",
    f"https://pictures.example.com/?{SECRET}&" + "x" * MAX_URL_CHARACTERS,
]


@pytest.mark.parametrize(("action", "name"), FIRST)
@pytest.mark.parametrize("url", URLS)
def test_a_url_is_handed_on_and_never_fetched(action: str, name: str, url: str) -> None:
    assert given(action, **{name: None, f"{name}Url": url})[name] == PictureUrl(url)


@pytest.mark.parametrize(("action", "name"), FIRST)
@pytest.mark.parametrize("url", BAD_URLS, ids=lambda url: url[:40])
def test_a_url_that_no_service_should_fetch_is_refused_and_not_repeated(action: str, name: str, url: str) -> None:
    error = refused(action, **{name: None, f"{name}Url": url})
    assert (error.code, error.http_status) == (code(action, "invalid"), 400)
    assert error.message.startswith(f"{name}Url must be a public http(s) URL")


@pytest.mark.parametrize(("action", "name"), FIRST)
@pytest.mark.parametrize(("value", "kind"), [("", "missing"), (7, "invalid"), (samples.JPEG, "invalid")])
def test_a_url_is_a_string(action: str, name: str, value: object, kind: str) -> None:
    error = refused(action, **{name: None, f"{name}Url": value})
    assert (error.code, error.http_status) == (code(action, kind), 400)


@pytest.mark.parametrize("url", URLS)
def test_compare_faces_takes_a_url_as_its_value_officially(url: str) -> None:
    assert given(MAINLAND, SourceImageValue=url)["SourceImageValue"] == PictureUrl(url)


@pytest.mark.parametrize("url", [url for url in BAD_URLS if url.startswith(("http://", "https://"))])
def test_compare_faces_checks_a_url_given_as_its_value(url: str) -> None:
    assert refused(MAINLAND, SourceImageValue=url).code == "InvalidParam.ImageValuePatternError"


# --- objects --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("action", "name"), FIRST)
@pytest.mark.parametrize("key", [samples.KEY, "enroll/members/ada@example.com/1=a_b-c.jpg"])
def test_a_key_under_an_allowed_prefix_is_taken(action: str, name: str, key: str) -> None:
    assert given(action, **{name: None, f"{name}Object": key})[name] == PictureObject(key)


@pytest.mark.parametrize(
    "key",
    [
        "secrets/face.jpg",
        "/pictures/face.jpg",
        "pictures",
        "pictures/",
        "pictures/../secrets/face.jpg",
        "pictures/a b.jpg",
        "pictures/%2e%2e/face.jpg",
        "pictures/ü.jpg",
        "pictures/a?versionId=1",
        "pictures/a\n",
        "Pictures/face.jpg",
        "pictures/" + "x" * 1_024,
        7,
        "",
        b"pictures/a",
    ],
    ids=lambda key: repr(key)[:40],
)
def test_any_other_key_is_refused(key: object) -> None:
    error = refused(COMPARE, SourceFacePicture=None, SourceFacePictureObject=key)
    assert error.http_status == 400
    assert error.message.startswith("SourceFacePictureObject ")


# --- what is shown of it --------------------------------------------------------------------------------------------


def test_pictures_and_urls_do_not_show_in_a_representation() -> None:
    shown = repr([PictureBytes(b"face"), PictureUrl(samples.URL)])
    assert "face" not in shown
    assert "secret" not in shown


def test_digests_tell_pictures_apart_and_hold_no_url() -> None:
    pictures: list[Picture] = [
        PictureBytes(b"a"),
        PictureBytes(b"b"),
        PictureUrl("a"),
        PictureUrl("b"),
        PictureObject("a"),
    ]
    assert len({picture.digest() for picture in pictures}) == len(pictures)
    assert "secret" not in PictureUrl(samples.URL).digest()


# --- long texts, which a JSON body hands over as views ----------------------------------------------------------------

LARGE = samples.JPEG + bytes(100_000)


def view(text: str) -> memoryview:
    return memoryview(text.encode())


@pytest.mark.parametrize("header", ["", "data:image/jpeg;base64,", "base64://", "base64://data:image/jpeg;base64,"])
@pytest.mark.parametrize("form", [str, view], ids=["string", "view"])
def test_a_picture_may_come_as_a_view_of_its_base64(form: Any, header: str) -> None:
    action, name = (MAINLAND, "SourceImageValue") if header.startswith("base64:") else (COMPARE, "SourceFacePicture")
    pictures = given(action, **{name: form(header + base64.b64encode(LARGE).decode())})
    assert pictures[name] == PictureBytes(LARGE)


@pytest.mark.parametrize("text", ["A" * 70_001, "A" * 70_000 + "é===", "A" * 70_000 + "\n"])
def test_a_view_that_is_no_base64_is_refused(text: str) -> None:
    assert refused(COMPARE, SourceFacePicture=view(text)).message == "SourceFacePicture is not Base64"


def test_a_view_with_more_bytes_than_allowed_is_refused_unread() -> None:
    limit = OPERATIONS[COMPARE].profile.max_input_bytes
    assert isinstance(refused(COMPARE, SourceFacePicture=view("?" * (limit * 3 // 2 + 1))), PictureTooLarge)


@pytest.mark.parametrize("name", ["SourceFacePictureUrl", "SourceFacePictureObject"])
def test_a_view_in_place_of_a_url_or_a_key_is_refused_as_a_string_would_be(name: str) -> None:
    text = "https://pictures.example.com/" + "a" * 70_000
    both = [refused(COMPARE, SourceFacePicture=None, **{name: form(text)}).message for form in (str, view)]
    assert both[0] == both[1]


def test_a_view_that_is_a_url_in_a_field_for_both_is_refused_as_a_url() -> None:
    text = "https://pictures.example.com/" + "a" * 70_000
    both = [refused(MAINLAND, SourceImageValue=form(text)).message for form in (str, view)]
    assert both[0] == both[1]
    assert "URL" in both[0]


def test_a_view_in_place_of_a_parameter_is_refused_as_a_string_would_be() -> None:
    both = [refused(COMPARE, MerchantBizId=form("a" * 70_000)).message for form in (str, view)]
    assert both[0] == both[1]


def test_a_view_in_place_of_a_parameter_that_is_no_text_is_refused() -> None:
    assert refused(COMPARE, MerchantBizId=memoryview(b"\xff" * 70_000)).message == "MerchantBizId is not UTF-8"
