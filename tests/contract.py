"""The OpenAPI description as a judge of requests and answers. Stricter than a client should be: an answer may hold
nothing that is not described.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "shared" / "facegate" / "openapi.json"
WATCHED_HEADERS = ("Retry-After", "Idempotency-Replayed", "Location", "Preference-Applied", "ETag")
Schema = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """An HTTP answer; `body` is its text."""

    status: int
    headers: Mapping[str, str]
    body: str


class Contract:
    """`document` is the OpenAPI description."""

    def __init__(self, document: Schema) -> None:
        self.document = document
        self._components = {"schemas": {n: _closed(s) for n, s in document["components"]["schemas"].items()}}

    def operations(self) -> Iterator[tuple[str, str, Schema]]:
        """Method, path and Operation Object."""
        for path, item in self.document["paths"].items():
            for method, operation in item.items():
                yield method.upper(), path, operation

    def operation(self, method: str, target: str) -> Schema | None:
        """The Operation Object of a request by its raw path, with or without API Gateway's local prefix."""
        path = urlsplit(target).path.removeprefix("/apigw")
        for described, pattern, operation in self.operations():
            if described == method and _fits(pattern, path):
                return operation
        return None

    def request_problems(self, operation: Schema, media_type: str, fields: object) -> list[str]:
        """Why these fields are no body of this operation; none when they are one."""
        return self._problems(operation["requestBody"]["content"][media_type]["schema"], fields)

    def answer_problems(self, operation: Schema, answer: Answer) -> list[str]:
        """Where the answer departs from its description."""
        described = operation["responses"].get(str(answer.status))
        if described is None:
            return [f"status {answer.status} is not described"]
        return [*self._header_problems(described, answer), *self._body_problems(described, answer)]

    def _header_problems(self, described: Schema, answer: Answer) -> Iterator[str]:
        for name, header in described.get("headers", {}).items():
            if name in answer.headers:
                text = answer.headers[name]
                value = int(text) if header["schema"]["type"] == "integer" else text
                yield from self._problems(header["schema"], value)
            elif header.get("required"):
                yield f"header {name} is missing"
        for name in WATCHED_HEADERS:
            if name in answer.headers and name not in described.get("headers", {}):
                yield f"header {name} is not described"

    def _body_problems(self, described: Schema, answer: Answer) -> list[str]:
        content = described.get("content", {}).get("application/json")
        if content is None:
            return [] if not answer.body else ["a body is not described"]
        if answer.headers["Content-Type"] != "application/json":
            return [f"Content-Type {answer.headers['Content-Type']} is not described"]
        return self._problems(content["schema"], json.loads(answer.body))

    def _problems(self, schema: Schema, value: object) -> list[str]:
        validator = Draft202012Validator({**schema, "components": self._components})
        return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(value)]


def load() -> Contract:
    """The committed description."""
    return Contract(json.loads(FILE.read_text("utf-8")))


def _closed(schema: Schema) -> Schema:
    if "properties" not in schema or "additionalProperties" in schema:
        return schema
    return {**schema, "additionalProperties": False}


def _fits(pattern: str, path: str) -> bool:
    expected, given = pattern.split("/"), path.split("/")
    pairs = zip(expected, given, strict=False)
    return len(expected) == len(given) and all(part.startswith("{") or part == other for part, other in pairs)
