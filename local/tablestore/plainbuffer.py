"""PlainBuffer: the binary form of rows inside the protobuf messages (documented; checksums read in the SDK).

A buffer is a header and rows. A row is tagged: primary key cells, attribute cells, perhaps a delete marker, a
checksum. Everything is little-endian. Checksums are CRC-8 with polynomial 0x07, over a cell's timestamp before
its operation, although they travel the other way round.
"""

from __future__ import annotations

import enum
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from local.tablestore.errors import invalid
from local.tablestore.values import Cell, KeyColumn, Marker, Value

if TYPE_CHECKING:
    from collections.abc import Iterable

HEADER = b"\x75\x00\x00\x00"

ROW_KEY, ROW_DATA, CELL, CELL_NAME, CELL_VALUE, CELL_OP, CELL_TIMESTAMP, DELETE_MARKER, ROW_CRC, CELL_CRC = range(1, 11)

VT_INTEGER, VT_DOUBLE, VT_BOOLEAN, VT_STRING, VT_BLOB = 0, 1, 2, 3, 7
MARKERS = {9: Marker.INF_MIN, 10: Marker.INF_MAX, 11: Marker.AUTO_INCREMENT}
MARKER_TYPES = {marker: type_ for type_, marker in MARKERS.items()}


class Op(enum.IntEnum):
    """What UpdateRow does with a cell; a cell without one is put."""

    DELETE_ALL = 1
    DELETE_ONE = 3
    INCREMENT = 4


class WireCell(NamedTuple):
    name: str
    value: Value | Marker | None
    op: Op | None
    timestamp: int | None


@dataclass(frozen=True)
class WireRow:
    primary_key: list[WireCell]
    cells: list[WireCell]
    deleted: bool


def _crc_table() -> tuple[int, ...]:
    def entry(byte: int) -> int:
        for _ in range(8):
            byte = (byte << 1) ^ (0x107 if byte & 0x80 else 0)
        return byte

    return tuple(entry(byte) for byte in range(256))


CRC_TABLE = _crc_table()


def crc8(data: bytes | bytearray, crc: int = 0) -> int:
    for byte in data:
        crc = CRC_TABLE[crc ^ byte]
    return crc


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    def take(self, size: int) -> bytes:
        end = self.position + size
        if size < 0 or end > len(self.data):
            raise invalid("data format is invalid.")
        self.position, start = end, self.position
        return self.data[start:end]

    def uint32(self) -> int:
        return int.from_bytes(self.take(4), "little")

    def int64(self) -> int:
        return int.from_bytes(self.take(8), "little", signed=True)

    def peek(self) -> int | None:
        return self.data[self.position] if self.position < len(self.data) else None

    def skip(self, tag: int) -> bool:
        """Steps over `tag` if it is next."""
        if self.peek() != tag:
            return False
        self.position += 1
        return True

    def expect(self, tag: int) -> None:
        if not self.skip(tag):
            actual = self.peek()
            raise invalid(f"Cell data broken, mismatch tag, actual tag({actual}), expect({tag}).")

    def text(self, size: int, of: str) -> str:
        try:
            return self.take(size).decode()
        except UnicodeDecodeError:
            raise invalid(f"Value of column {of!r} must be UTF8 encoding.") from None


def decode_value(data: bytes, name: str) -> Value | Marker:
    """A value as it stands in a filter or a cell: one type byte, then the data. `name` is for messages."""
    reader = _Reader(data)
    type_ = reader.take(1)[0]
    value: Value | Marker
    if type_ == VT_INTEGER:
        value = reader.int64()
    elif type_ == VT_DOUBLE:
        (value,) = struct.unpack("<d", reader.take(8))
    elif type_ == VT_BOOLEAN:
        value = reader.take(1) != b"\x00"
    elif type_ == VT_STRING:
        value = reader.text(reader.uint32(), of=name)
    elif type_ == VT_BLOB:
        value = reader.take(reader.uint32())
    elif type_ in MARKERS:
        value = MARKERS[type_]
    else:
        raise invalid("data format is invalid, unknown variant type occured.")
    if reader.peek() is not None:
        raise invalid("Cell data broken, has more data in cell, but they can't be parsed.")
    return value


def _decode_op(byte: int) -> Op:
    try:
        return Op(byte)
    except ValueError:
        raise invalid(f"Invalid op type of cell: {byte}.") from None


def _decode_cell(reader: _Reader) -> tuple[WireCell, int]:
    """The cell and its checksum."""
    reader.expect(CELL)
    reader.expect(CELL_NAME)
    size = reader.uint32()
    name = reader.text(size, of="(name)")
    crc = crc8(name.encode())
    value: Value | Marker | None = None
    if reader.skip(CELL_VALUE):
        raw = reader.take(reader.uint32())
        value, crc = decode_value(raw, name), crc8(raw, crc)
    op = _decode_op(reader.take(1)[0]) if reader.skip(CELL_OP) else None
    timestamp = reader.int64() if reader.skip(CELL_TIMESTAMP) else None
    if timestamp is not None:
        crc = crc8(timestamp.to_bytes(8, "little", signed=True), crc)
    if op is not None:
        crc = crc8(bytes([op]), crc)
    reader.expect(CELL_CRC)
    _check_crc(reader.take(1)[0], crc)
    return WireCell(name, value, op, timestamp), crc


def _check_crc(given: int, computed: int) -> None:
    if given != computed:
        raise invalid(f"Cell data broken, checksum is mismatch, {given} : {computed}.")


def decode_row(data: bytes) -> WireRow:
    """The one row in `data`. Raises OTSParameterInvalid for anything but exactly one well-formed row."""
    reader = _Reader(data)
    header = reader.take(4)
    if header != HEADER:
        raise invalid(f"Cell data broken, mismatch header, actual: {header.hex()}, expect: {HEADER.hex()}.")
    crcs = bytearray()
    parts: dict[int, list[WireCell]] = {ROW_KEY: [], ROW_DATA: []}
    for tag, cells in parts.items():
        if not reader.skip(tag):
            continue
        while reader.peek() == CELL:
            cell, crc = _decode_cell(reader)
            cells.append(cell)
            crcs.append(crc)
    deleted = reader.skip(DELETE_MARKER)
    crcs.append(int(deleted))
    reader.expect(ROW_CRC)
    _check_crc(reader.take(1)[0], crc8(crcs))
    if reader.peek() is not None:
        raise invalid("Cell data broken, has more data in cell, but they can't be parsed.")
    if not parts[ROW_KEY]:
        raise invalid("Cell data broken, PK is empty.")
    return WireRow(parts[ROW_KEY], parts[ROW_DATA], deleted)


def encode_value(value: Value | Marker) -> bytes:
    if isinstance(value, Marker):
        return bytes([MARKER_TYPES[value]])
    if isinstance(value, bool):
        return bytes([VT_BOOLEAN, value])
    if isinstance(value, int):
        return bytes([VT_INTEGER]) + value.to_bytes(8, "little", signed=True)
    if isinstance(value, float):
        return bytes([VT_DOUBLE]) + struct.pack("<d", value)
    type_, data = (VT_STRING, value.encode()) if isinstance(value, str) else (VT_BLOB, value)
    return bytes([type_]) + len(data).to_bytes(4, "little") + data


def _encode_cell(name: str, value: Value | Marker, timestamp: int | None) -> tuple[bytes, int]:
    raw_name, raw_value = name.encode(), encode_value(value)
    crc = crc8(raw_value, crc8(raw_name))
    out = bytearray((CELL, CELL_NAME))
    out += len(raw_name).to_bytes(4, "little") + raw_name
    out.append(CELL_VALUE)
    out += len(raw_value).to_bytes(4, "little") + raw_value
    if timestamp is not None:
        raw_timestamp = timestamp.to_bytes(8, "little", signed=True)
        out.append(CELL_TIMESTAMP)
        out += raw_timestamp
        crc = crc8(raw_timestamp, crc)
    out += bytes((CELL_CRC, crc))
    return bytes(out), crc


def encode_row(primary_key: Iterable[KeyColumn], cells: Iterable[Cell] = ()) -> bytes:
    """One row without the header; rows of an answer stand one after the other behind one HEADER."""
    out = bytearray([ROW_KEY])
    crcs = bytearray()
    for column in primary_key:
        data, crc = _encode_cell(column.name, column.value, None)
        out += data
        crcs.append(crc)
    for position, cell in enumerate(cells):
        if position == 0:
            out.append(ROW_DATA)
        data, crc = _encode_cell(*cell)
        out += data
        crcs.append(crc)
    crcs.append(0)
    return bytes(out + bytes((ROW_CRC, crc8(crcs))))
