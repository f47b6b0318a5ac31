"""Which function a method and a path belong to, as deploy/routes.yaml lists them.

Paths are matched as they were received, segment by segment, and percent-decoded only then: `%2F` in an id is a
character of the id. A parameter takes one segment that is not empty.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from local.function_compute.function_spec import FunctionSpec

_PARAMETER = re.compile(r"\{(\w+)\}")
_KEYS = {"method", "path", "function"}


class RoutesError(Exception):
    """What is wrong in routes.yaml, naming the route, in one line."""


@dataclass(frozen=True)
class Route:
    """`path` starts with a slash; a segment of it is literal or `{Name}`."""

    method: str
    path: str
    function: str


@dataclass(frozen=True)
class Match:
    """The route of a request, if its method has one; `allowed` are the methods that its path takes (none: no such
    path); `parameters` are percent-decoded."""

    route: Route | None
    allowed: tuple[str, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)


class RouteTable:
    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = [(route, route.path.split("/")) for route in routes]

    def match(self, method: str, raw_path: str) -> Match:
        """The first route that fits. HEAD is served where GET is."""
        segments = [unquote(segment) for segment in raw_path.split("/")]
        allowed: dict[str, tuple[Route, dict[str, str]]] = {}
        for route, pattern in self._routes:
            parameters = _parameters(pattern, segments)
            if parameters is not None:
                allowed.setdefault(route.method, (route, parameters))
        if "GET" in allowed:
            allowed.setdefault("HEAD", allowed["GET"])
        route_, parameters_ = allowed.get(method, (None, {}))
        return Match(route_, tuple(sorted(allowed)), parameters_)


def load_routes(path: Path, functions: Mapping[str, FunctionSpec]) -> RouteTable:
    """Reads `routes: [{method, path, function}]` and checks that each function has an HTTP trigger that takes the
    method. Raises RoutesError."""
    try:
        document = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise RoutesError(f"{path}: {' '.join(str(error).split())}") from error
    entries = document.get("routes") if isinstance(document, dict) else None
    if not isinstance(entries, list) or not entries:
        raise RoutesError(f"{path}: must hold a list `routes`")
    return RouteTable([_route(entry, f"{path}: routes[{i}]", functions) for i, entry in enumerate(entries)])


def _route(entry: Any, where: str, functions: Mapping[str, FunctionSpec]) -> Route:
    if not isinstance(entry, dict) or set(entry) != _KEYS or not all(isinstance(v, str) for v in entry.values()):
        raise RoutesError(f"{where}: must have the strings {', '.join(sorted(_KEYS))}, and nothing else")
    route = Route(entry["method"], entry["path"], entry["function"])
    if not route.path.startswith("/"):
        raise RoutesError(f"{where}.path: must start with a slash, not {route.path!r}")
    spec = functions.get(route.function)
    if spec is None:
        raise RoutesError(f"{where}.function: s.yaml has no function {route.function!r}")
    methods = spec.http_trigger.methods if spec.http_trigger else ()
    if route.method not in methods:
        raise RoutesError(f"{where}.method: the HTTP trigger of {route.function} does not take {route.method!r}")
    return route


def _parameters(pattern: list[str], segments: list[str]) -> dict[str, str] | None:
    if len(pattern) != len(segments):
        return None
    parameters: dict[str, str] = {}
    for expected, given in zip(pattern, segments, strict=True):
        name = _PARAMETER.fullmatch(expected)
        if name and given:
            parameters[name[1]] = given
        elif name or expected != given:
            return None
    return parameters
