"""The OpenAPI 3.1 document, put together."""

from __future__ import annotations

import json

from deploy.gateway import bodies, envelopes, examples, paths, routes, wording
from deploy.gateway.schemas import Schema
from facegate.operations import OPERATIONS

FILE = routes.ROOT / "shared" / "facegate" / "openapi.json"
VERSION = "1.0.0"
"""Of the contract, not of the code: a new field is a minor one, what breaks a client a new path prefix."""


def build() -> Schema:
    """The whole document. Raises KeyError for a route, field or rule that nothing is said about."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": wording.TITLE,
            "summary": wording.SUMMARY,
            "description": wording.DESCRIPTION,
            "version": VERSION,
        },
        "servers": [{"url": "/", "description": "Where this document came from."}],
        "security": [{name: []} for name in wording.SECURITY],
        "tags": [{"name": name, "description": said} for name, said in wording.TAGS.items()],
        "paths": _paths(),
        "components": {"schemas": _schemas(), "securitySchemes": _security()},
    }


def text() -> str:
    """As it is shipped: indented, since people read it in reviews and at its address. Compressed, that costs 1 KB."""
    return json.dumps(build(), indent=1, ensure_ascii=False) + "\n"


def _paths() -> Schema:
    made: Schema = {}
    recorded = examples.read()
    for route in routes.read():
        described = paths.item(route)
        examples.put(recorded, route, described)
        made.setdefault(route.path, {})[route.method.lower()] = described
    return made


def _schemas() -> Schema:
    made = envelopes.components()
    for operation in OPERATIONS.values():
        made |= bodies.components(operation)
    return dict(sorted(made.items()))


def _security() -> Schema:
    key: Schema = {"type": "apiKey", "in": "header"}
    schemes: Schema = {
        "functionSignature": {**key, "name": "Authorization"},
        "jwt": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
        "apiGatewayApp": {**key, "name": "X-Ca-Key"},
    }
    return {name: {**scheme, "description": wording.SECURITY[name]} for name, scheme in schemes.items()}
