"""GET /v1/openapi.json: the description of the HTTP contract, as it was generated from the types (`make openapi`)."""

from __future__ import annotations

import hashlib
from pathlib import Path

from facegate.events.answers import HttpAnswer
from facegate.events.http import HttpRequest

PATH = ("v1", "openapi.json")
FILE = Path(__file__).parent.parent / "openapi.json"
MAX_AGE_S = 300


def answer(request: HttpRequest) -> HttpAnswer | None:
    """The description; 304 to a caller that has it already; None when something else is asked for.

    The file is read at each request: it is asked for rarely, and reading it takes less than a millisecond.
    """
    if request.segments != PATH or request.method != "GET":
        return None
    text = FILE.read_text("utf-8")
    tag = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": f"private, max-age={MAX_AGE_S}"}
    if tag in request.headers.get("if-none-match", ""):
        return HttpAnswer(304, "", headers)
    return HttpAnswer(200, text, headers)
