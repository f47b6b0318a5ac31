"""PlainBuffer against the SDK's own codec, and against damage."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tablestore.metadata import INF_MAX, INF_MIN, PK_AUTO_INCR
from tablestore.plainbuffer.plain_buffer_builder import PlainBufferBuilder
from tablestore.plainbuffer.plain_buffer_coded_stream import PlainBufferCodedInputStream
from tablestore.plainbuffer.plain_buffer_stream import PlainBufferInputStream

from local.tablestore.errors import TablestoreError
from local.tablestore.plainbuffer import HEADER, Op, WireCell, decode_row, decode_value, encode_row, encode_value
from local.tablestore.values import Cell, KeyColumn, Marker, sort_key

INT64 = st.integers(-(2**63), 2**63 - 1)
KEYS = INT64 | st.text() | st.binary()
VALUES = INT64 | st.floats(allow_nan=False) | st.booleans() | st.text() | st.binary()
NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,9}", fullmatch=True)
ROW: tuple[list[tuple[str, Any]], list[tuple[str, Any]]] = (
    [("k", "p\0é"), ("n", -7)],
    [("i", 1), ("d", 2.5), ("b", True), ("s", "face"), ("x", bytearray(b"\0\xff"))],
)


def for_sdk(value: Any) -> Any:
    """The SDK's type for a value: it takes bytes for text."""
    return bytearray(value) if isinstance(value, bytes) else value


def read_by_sdk(data: bytes) -> Any:
    return PlainBufferCodedInputStream(PlainBufferInputStream(data)).read_rows()


@given(st.lists(KEYS, min_size=1, max_size=4), st.lists(st.tuples(NAMES, VALUES, st.integers(0, 2**60)), max_size=4))
def test_what_the_sdk_writes_is_read_with_types_and_timestamps(keys: list[Any], cells: list[Any]) -> None:
    named = [(f"k{position}", for_sdk(value)) for position, value in enumerate(keys)]
    data = PlainBufferBuilder.serialize_for_put_row(named, [(name, for_sdk(v), at) for name, v, at in cells])
    row = decode_row(bytes(data))
    assert [cell.value for cell in row.primary_key] == keys
    assert [(cell.name, cell.value, cell.timestamp) for cell in row.cells] == cells
    assert [type(cell.value) for cell in row.cells] == [type(value) for _, value, _ in cells]


@given(
    st.lists(
        st.tuples(st.lists(KEYS, min_size=1, max_size=2), st.lists(st.tuples(NAMES, VALUES), max_size=3)), max_size=3
    )
)
def test_rows_written_here_are_read_by_the_sdk(rows: list[Any]) -> None:
    encoded = [
        encode_row([KeyColumn("k", key) for key in keys], [Cell(name, value, 5) for name, value in cells])
        for keys, cells in rows
    ]
    found = read_by_sdk(HEADER + b"".join(encoded)) if encoded else []
    assert [[value for _, value in row.primary_key] for row in found] == [keys for keys, _ in rows]
    assert [[(name, value, 5) for name, value in cells] for _, cells in rows] == [
        row.attribute_columns for row in found
    ]


def test_updates_carry_their_operations() -> None:
    changes = {"PUT": [("a", 1, 9)], "DELETE": [("b", None, 8)], "DELETE_ALL": ["c"], "INCREMENT": [("d", 2)]}
    row = decode_row(bytes(PlainBufferBuilder.serialize_for_update_row([("k", "p")], changes)))
    assert row.cells == [
        WireCell("a", 1, None, 9),
        WireCell("b", None, Op.DELETE_ONE, 8),
        WireCell("c", None, Op.DELETE_ALL, None),
        WireCell("d", 2, Op.INCREMENT, None),
    ]


def test_a_deletion_carries_its_marker() -> None:
    assert decode_row(bytes(PlainBufferBuilder.serialize_for_delete_row([("k", "p")]))).deleted
    assert not decode_row(bytes(PlainBufferBuilder.serialize_primary_key([("k", "p")]))).deleted


@pytest.mark.parametrize(
    ("given_", "read"),
    [(INF_MIN, Marker.INF_MIN), (INF_MAX, Marker.INF_MAX), (PK_AUTO_INCR, Marker.AUTO_INCREMENT)],
)
def test_markers_are_told_from_values(given_: Any, read: Marker) -> None:
    row = decode_row(bytes(PlainBufferBuilder.serialize_primary_key([("k", given_)])))
    assert row.primary_key == [WireCell("k", read, None, None)]


def test_one_changed_byte_anywhere_is_refused() -> None:
    data = bytes(PlainBufferBuilder.serialize_for_put_row(*ROW))
    for position in range(len(data)):
        for mask in (0x01, 0x80, 0xFF):
            damaged = data[:position] + bytes([data[position] ^ mask]) + data[position + 1 :]
            with pytest.raises(TablestoreError):
                decode_row(damaged)


def test_a_row_cut_short_anywhere_or_followed_by_more_is_refused() -> None:
    data = bytes(PlainBufferBuilder.serialize_for_put_row(*ROW))
    for cut in [data[:size] for size in range(len(data))] + [data + b"\0", data + data[4:]]:
        with pytest.raises(TablestoreError) as refused:
            decode_row(cut)
        assert refused.value.code == "OTSParameterInvalid"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "data format is invalid."),
        (b"\x63", "data format is invalid, unknown variant type occured."),
        (b"\x00\x01", "data format is invalid."),
        (b"\x03\xff\xff\xff\xff", "data format is invalid."),
        (b"\x03\x01\x00\x00\x00\xff", "Value of column 'c' must be UTF8 encoding."),
        (encode_value(1) + b"\0", "Cell data broken, has more data in cell, but they can't be parsed."),
    ],
)
def test_a_broken_value_is_refused_in_words(data: bytes, message: str) -> None:
    with pytest.raises(TablestoreError) as refused:
        decode_value(data, "c")
    assert refused.value.message == message


@pytest.mark.parametrize(
    "column",
    [INT64, st.text(), st.text("\0\1é", max_size=3), st.sampled_from([b"", b"\0", b"\0\0", b"\0\xff", b"\1", b"\xff"])],
)
@given(st.data())
def test_sortable_bytes_order_as_the_keys_do(column: Any, data: Any) -> None:
    pair = st.tuples(column, column)
    keys = data.draw(pair), data.draw(pair)
    first, second = (tuple(part.encode() if isinstance(part, str) else part for part in key) for key in keys)
    assert (sort_key(keys[0]) < sort_key(keys[1])) == (first < second)
    assert (sort_key(keys[0]) == sort_key(keys[1])) == (first == second)


@pytest.mark.parametrize("value", [-(2**63), 2**63 - 1, "", "\0", "\U0010ffff" * 3, b"", b"\xff" * 9])
def test_every_value_lies_between_the_infinities(value: Any) -> None:
    assert sort_key(["a", Marker.INF_MIN]) < sort_key(["a", value]) < sort_key(["a", Marker.INF_MAX])
