"""What a handler gets: one call's checked parameters, and the way from its picture fields to embeddings."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.id_verification.errors import ServiceError
from local.id_verification.pictures import PictureProfile, from_base64

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from local.id_verification.downloads import Downloads
    from local.id_verification.engine import FaceEngine
    from local.id_verification.parameters import PictureSource
    from local.id_verification.records import FaceRecords
    from local.id_verification.scores import Embedding

Payload = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """`parameters` and `pictures` are what the operation's tables accepted, defaults included."""

    parameters: Mapping[str, str]
    pictures: Mapping[str, PictureSource]
    profile: PictureProfile
    records: FaceRecords
    engine: FaceEngine
    downloads: Downloads

    def require_groups(self, codes: Sequence[str]) -> None:
        """Raises ServiceError InvalidParameter for a group that does not exist (the code is unconfirmed)."""
        if self.records.unknown_groups(codes):
            raise ServiceError("InvalidParameter", "A face group does not exist.")

    async def faces(self, *picture_fields: str) -> list[Embedding]:
        """The embeddings of these pictures. Raises ServiceError for the first in order that is unfit."""
        results = await asyncio.gather(*map(self._face, picture_fields), return_exceptions=True)
        embeddings = []
        for field, result in zip(picture_fields, results, strict=True):
            if isinstance(result, ServiceError):
                raise ServiceError(result.code, f"{result.detail} ({field})".lstrip())
            if isinstance(result, BaseException):
                raise result
            embeddings.append(result)
        return embeddings

    async def _face(self, field: str) -> Embedding:
        source = self.pictures[field]
        if source.url:
            picture = await self.downloads.picture(source.url, self.profile)
        else:
            picture = from_base64(source.base64, self.profile)
        return await self.engine.embedding(picture, self.profile)
