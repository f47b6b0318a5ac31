"""Fetches a picture from its URL, in bounded time and memory."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx

from local.id_verification.errors import ServiceError

if TYPE_CHECKING:
    from local.id_verification.pictures import PictureProfile

TIMEOUT_SECONDS = 3.0
MAX_REDIRECTS = 3


class Downloads:
    """The whole download may take TIMEOUT_SECONDS. Proxy settings of the environment are ignored."""

    def __init__(self) -> None:
        self._client = httpx.AsyncClient(
            timeout=TIMEOUT_SECONDS,
            follow_redirects=True,
            max_redirects=MAX_REDIRECTS,
            trust_env=False,
            headers={"accept-encoding": "identity"},
        )

    async def picture(self, url: str, profile: PictureProfile) -> bytes:
        """Raises ServiceError: too large once the limit is passed, the download code for every other failure."""
        try:
            return await asyncio.wait_for(self._read(url, profile), TIMEOUT_SECONDS)
        except (httpx.HTTPError, httpx.InvalidURL, asyncio.TimeoutError) as error:
            raise ServiceError(profile.codes.download, "The URL could not be read.") from error

    async def close(self) -> None:
        await self._client.aclose()

    async def _read(self, url: str, profile: PictureProfile) -> bytes:
        content = bytearray()
        async with self._client.stream("GET", url) as response:
            response.raise_for_status()
            async for chunk in response.aiter_raw():
                content += chunk
                if len(content) > profile.download_limit:
                    limit = f"The limit for a URL is {profile.download_limit} bytes."
                    raise ServiceError(profile.codes.too_large, limit)
        return bytes(content)
