"""The recorded examples, each put where its request and its answer are described."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypedDict

from deploy.gateway.routes import Route
from deploy.gateway.schemas import Schema

FILE = Path(__file__).parent / "examples.json"


class Example(TypedDict):
    """One exchange with the local cloud; `request` is the JSON body, its pictures cut short, None where it has none."""

    name: str
    summary: str
    method: str
    path: str
    request: dict[str, Any] | None
    status: int
    answer: dict[str, Any]


def read() -> list[Example]:
    recorded: list[Example] = json.loads(FILE.read_text("utf-8"))
    return recorded


def put(examples: list[Example], route: Route, item: Schema) -> None:
    """Adds the route's examples to its Operation Object."""
    for example in examples:
        if example["method"] != route.method or not _fits(route.path, example["path"]):
            continue
        name, summary = example["name"], example["summary"]
        if example["request"] is not None and example["status"] < 300:  # a refused request is no example to follow
            _add(item["requestBody"], name, f"{summary} (pictures cut short)", example["request"])
        _add(item["responses"][str(example["status"])], name, summary, example["answer"])


def _add(described: Schema, name: str, summary: str, value: dict[str, Any]) -> None:
    content = described["content"]["application/json"]
    content.setdefault("examples", {})[name] = {"summary": summary, "value": value}


def _fits(pattern: str, path: str) -> bool:
    expected, given = pattern.split("/"), path.split("/")
    pairs = zip(expected, given, strict=False)
    return len(expected) == len(given) and all(part.startswith("{") or part == other for part, other in pairs)
