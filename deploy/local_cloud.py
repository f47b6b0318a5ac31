"""A running local cloud in the place of an account: `URL=http://127.0.0.1:9000`."""

from __future__ import annotations

from typing import Any

import httpx


class NoLocalCloud(Exception):
    """Nothing that answers like a local cloud is at the URL; the message names it."""


def endpoints(url: str) -> dict[str, Any]:
    """Its names, endpoints and key. Raises NoLocalCloud."""
    try:
        found = httpx.get(f"{url}/_local/endpoints", trust_env=False).raise_for_status().json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise NoLocalCloud(f"no local cloud answers at {url} ({type(error).__name__}): make up starts one") from error
    if not isinstance(found, dict):
        raise NoLocalCloud(f"what answers at {url} is no local cloud: make up starts one")
    return found
