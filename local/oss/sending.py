"""Puts answers on the wire: properly, or with a fault in the content."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from local.oss.answers import CRC64, PIECE_BYTES, Answer, Slice

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from local.oss.connections import Connection

OVERSIZE_BYTES = 64 * 1024 * 1024


async def send(connection: Connection, answer: Answer) -> None:
    await connection.start(answer.status, {**answer.headers, "content-length": str(answer.content_length)})
    await connection.write(answer.pieces())
    await connection.end()


async def send_truncated(connection: Connection, answer: Answer) -> None:
    await connection.start(answer.status, {**answer.headers, "content-length": str(answer.content_length)})
    await connection.write(_halves(answer)[0].pieces())
    await connection.close_after()


async def send_stalled(connection: Connection, answer: Answer) -> None:
    await connection.start(answer.status, {**answer.headers, "content-length": str(answer.content_length)})
    await connection.write(_halves(answer)[0].pieces())
    await connection.hang()


async def send_lying(connection: Connection, answer: Answer) -> None:
    first, second = _halves(answer)
    await connection.start(answer.status, {**answer.headers, "content-length": str(first.content_length)})
    await connection.write(first.pieces())
    await connection.close_after(second.pieces())


async def send_oversized(connection: Connection, answer: Answer) -> None:
    await connection.start(answer.status, answer.headers)
    await connection.write(answer.pieces())
    await connection.write(bytes(PIECE_BYTES) for _ in range(OVERSIZE_BYTES // PIECE_BYTES))
    await connection.end()


async def send_corrupt(connection: Connection, answer: Answer) -> None:
    await connection.start(answer.status, {**answer.headers, "content-length": str(answer.content_length)})
    await connection.write(_corrupt(answer))
    await connection.end()


async def send_wrong_crc(connection: Connection, answer: Answer) -> None:
    headers = dict(answer.headers)
    if CRC64 in headers:
        headers[CRC64] = str(int(headers[CRC64]) ^ 1)
    await send(connection, replace(answer, headers=headers))


async def reset_after(connection: Connection, _: Answer) -> None:
    await connection.reset()


async def hang_after(connection: Connection, _: Answer) -> None:
    await connection.hang()


SENDERS: dict[str, Callable[[Connection, Answer], Awaitable[None]]] = {
    "truncated-body": send_truncated,
    "lying-content-length": send_lying,
    "stalled-body": send_stalled,
    "corrupt-body": send_corrupt,
    "oversized-body": send_oversized,
    "wrong-crc": send_wrong_crc,
    "reset-after": reset_after,
    "hang-after": hang_after,
}


def _halves(answer: Answer) -> tuple[Answer, Answer]:
    body = answer.body
    if isinstance(body, Slice):
        half = body.length // 2
        first = Slice(body.file, body.start, half)
        second = Slice(body.file, body.start + half, body.length - half)
        return replace(answer, body=first), replace(answer, body=second)
    half = len(body) // 2
    return replace(answer, body=body[:half]), replace(answer, body=body[half:])


def _corrupt(answer: Answer) -> Iterator[bytes]:
    left = answer.content_length
    for piece in answer.pieces():
        left -= len(piece)
        yield piece if left or not piece else piece[:-1] + bytes((piece[-1] ^ 1,))
