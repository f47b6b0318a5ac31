"""What the service says about content: MD5, and CRC-64 by ECMA-182."""

from __future__ import annotations

import hashlib
from typing import Protocol

import crcmod

POLYNOMIAL = 0x142F0E1EBA9EA3693
_ALL_ONES = 0xFFFF_FFFF_FFFF_FFFF


class _Crc64(Protocol):
    def __call__(self, data: bytes, crc: int = 0) -> int: ...


crc64: _Crc64 = crcmod.mkCrcFun(POLYNOMIAL, initCrc=0, rev=True, xorOut=_ALL_ONES)
"""Of `data`, or of what gave `crc` followed by `data`."""


class Digest:
    """Size (bytes), MD5 and CRC-64 of content that comes in pieces."""

    def __init__(self) -> None:
        self.size = 0
        self.crc64 = 0
        self._md5 = hashlib.md5(usedforsecurity=False)

    def update(self, data: bytes) -> None:
        self.size += len(data)
        self.crc64 = crc64(data, self.crc64)
        self._md5.update(data)

    @property
    def md5(self) -> bytes:
        return self._md5.digest()
