"""msgspec types as JSON Schema 2020-12, the dialect of OpenAPI 3.1.

msgspec writes the schema of what it would decode. A request is that: its patterns are put into the dialect of JSON
Schema, empty strings are refused as the layer refuses them. An answer is what is left after the decision: no nulls,
and each field in the form that its type's `extra_json_schema` names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

Schema = dict[str, Any]
NULL: Schema = {"type": "null"}
_TEMPLATE = "#/components/schemas/{name}"


def reference(name: str) -> Schema:
    return {"$ref": _TEMPLATE.format(name=name)}


def request_fields(request: type[msgspec.Struct]) -> tuple[dict[str, Schema], tuple[str, ...]]:
    """The fields of a request by name, and the names of those that must be given.

    The layer takes null for a field that is not given. That is left out here: it makes the types of generated clients
    worse, and a client can leave the field out.
    """
    made = _component(request)
    fields = {name: _request_field(schema) for name, schema in made["properties"].items()}
    return fields, tuple(made["required"])


def answer(answered: type[msgspec.Struct]) -> Schema:
    """An answered object; what may be missing in it is not required."""
    made = _component(answered)
    described = {"description": made["description"]} if "description" in made else {}
    properties = {name: answer_field(schema) for name, schema in made["properties"].items()}
    return {"type": "object", **described, "properties": properties, "required": made["required"]}


def answer_field(schema: Schema) -> Schema:
    """One answered field: never null, since what is not known is left out."""
    kept = _without_null({name: value for name, value in schema.items() if name != "default"})
    if "anyOf" in kept and "type" in kept:  # extra_json_schema: read in several forms, answered in one
        del kept["anyOf"]
    return _typed(kept)


def field_types(record: type[msgspec.Struct]) -> Mapping[str, Schema]:
    """The answered form of each field of a record."""
    return {name: answer_field(schema) for name, schema in _component(record)["properties"].items()}


def ecma(pattern: str) -> str:
    r"""A pattern of Python as JSON Schema wants it: `\A` and `\Z` are not of its dialect, and nothing is anchored."""
    inner = pattern.removeprefix(r"\A").removesuffix(r"\Z")
    return f"^{inner}$" if "|" not in inner else f"^(?:{inner})$"


def _component(struct: type[msgspec.Struct]) -> Schema:
    _, components = msgspec.json.schema_components([struct], ref_template=_TEMPLATE)
    made: Schema = components[struct.__name__]
    return made


def _request_field(schema: Schema) -> Schema:
    kept = _without_null({name: value for name, value in schema.items() if (name, value) != ("default", None)})
    return _strict(kept)


def _strict(schema: Schema) -> Schema:
    """With the pattern's dialect, and without the empty string, which the layer takes for a missing field."""
    if "anyOf" in schema:
        return {**schema, "anyOf": [_strict(choice) for choice in schema["anyOf"]]}
    made = _typed(schema)
    if "pattern" in made:
        made["pattern"] = ecma(made["pattern"])
    elif made["type"] == "string" and "enum" not in made:
        made.setdefault("minLength", 1)
    return made


def _without_null(schema: Schema) -> Schema:
    """`X | None` as X: msgspec writes a choice, with what is said of X inside."""
    choices = [choice for choice in schema.get("anyOf", ()) if choice != NULL]
    if not choices:
        return schema
    around = {name: value for name, value in schema.items() if name != "anyOf"}
    return {**choices[0], **around} if len(choices) == 1 else {**around, "anyOf": choices}


def _typed(schema: Schema) -> Schema:
    """With a type beside an enumeration of strings, which generators of clients want."""
    if "enum" in schema and "type" not in schema:
        return {"type": "string", **schema}
    return dict(schema)
