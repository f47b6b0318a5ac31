"""A form upload as it comes off the wire, in pieces of any size."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from local.oss.blobs import Blobs
from local.oss.errors import OssError
from local.oss.forms import MAX_FIELDS_BYTES, Form, SizeRange, boundary_of, read_form

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


def part(name: str, content: bytes, filename: str | None = None) -> bytes:
    disposition = f'form-data; name="{name}"' + (f'; filename="{filename}"' if filename is not None else "")
    kind = "\r\nContent-Type: image/jpeg" if filename is not None else ""
    return f"--edge\r\nContent-Disposition: {disposition}{kind}\r\n\r\n".encode() + content + b"\r\n"


END = b"--edge--\r\n"
KEY = part("Key", "enroll/é".encode())
FILE = part("file", b"0123456789", "C:\\me\\a b.jpg")


async def pieces(body: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


def read(folder: Path, body: bytes, size: int = 7, sizes: tuple[int, int] = (1, 10)) -> tuple[Form, bytes]:
    blobs = Blobs(folder)
    form, blob = asyncio.run(read_form(pieces(body, size), "edge", blobs, lambda _: SizeRange(*sizes)))
    return form, (folder / blob.name).read_bytes()


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_a_form_is_its_fields_and_its_file(tmp_path: Path, size: int) -> None:
    form, content = read(tmp_path, KEY + part("x:Var", b"") + FILE + END, size)
    assert form == Form({"key": "enroll/é", "x:var": ""}, "a b.jpg", "image/jpeg")
    assert content == b"0123456789"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "MalformedPOSTRequest"),
        (b"key=a", "MalformedPOSTRequest"),
        (KEY + FILE, "MalformedPOSTRequest"),
        (KEY + FILE + KEY + END, "MalformedPOSTRequest"),
        (KEY + KEY + FILE + END, "MalformedPOSTRequest"),
        (part("", b"a") + FILE + END, "MalformedPOSTRequest"),
        (part("key", b"\xff") + FILE + END, "MalformedPOSTRequest"),
        (KEY + END, "IncorrectNumberOfFilesInPOSTRequest"),
        (KEY + FILE + FILE + END, "IncorrectNumberOfFilesInPOSTRequest"),
        (part("key", b"a" * (MAX_FIELDS_BYTES + 1)) + FILE + END, "FieldItemTooLong"),
        (KEY + part("file", b"0123456789a", "a") + END, "EntityTooLarge"),
        (KEY + part("file", b"", "a") + END, "EntityTooSmall"),
    ],
)
def test_other_forms_are_refused_and_leave_nothing(tmp_path: Path, body: bytes, code: str) -> None:
    with pytest.raises(OssError) as refused:
        read(tmp_path, body)
    assert refused.value.code == code
    assert not list(tmp_path.iterdir())


def test_a_form_can_be_refused_before_its_file_is_read(tmp_path: Path) -> None:
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        yield KEY + FILE[:-4]
        while True:
            taken += 1
            yield b"more"

    def refuse(_: Form) -> SizeRange:
        raise OssError("AccessDenied")

    with pytest.raises(OssError, match="AccessDenied"):
        asyncio.run(read_form(endless(), "edge", Blobs(tmp_path), refuse))
    assert taken == 0
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        ("multipart/form-data; boundary=edge", "edge"),
        ('multipart/form-data; boundary="two words"', "two words"),
        ("multipart/form-data", None),
        ("multipart/form-data; boundary=", None),
        ("multipart/mixed; boundary=edge", None),
        ("application/x-www-form-urlencoded", None),
        ("", None),
    ],
)
def test_a_form_has_a_boundary(content_type: str, boundary: str | None) -> None:
    if boundary is not None:
        assert boundary_of(content_type) == boundary
        return
    with pytest.raises(OssError, match="MalformedPOSTRequest"):
        boundary_of(content_type)
