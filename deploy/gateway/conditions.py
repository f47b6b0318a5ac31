"""The rules that join fields, as JSON Schema: the pictures that a request needs, and `facegate.operations.rules`.

Whether a picture is needed is asked of the catalogue itself. A rule is code, so its schema is written here beside its
name; a test holds both against each other on generated requests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from deploy.gateway.schemas import Schema, request_fields
from facegate.operations import Operation, PictureField, rules

_REGISTERS: Schema = {"enum": [True, "true", "0"]}

RULES: Mapping[Callable[[Any], None], tuple[Schema, ...]] = {
    rules.nothing_more: (),
    rules.duplication_check: (
        {
            "if": {"properties": {"AutoRegistration": _REGISTERS}, "required": ["AutoRegistration"]},
            "then": {"properties": {"VerifyModel": {"enum": ["0", "2"]}}},
        },
        {
            "if": {"required": ["FaceRegisterGroupCode"]},
            "then": {"properties": {"AutoRegistration": _REGISTERS}, "required": ["AutoRegistration"]},
        },
    ),
    rules.one_face_photograph: (
        {
            "anyOf": [
                {"properties": {"SourceImageType": {"const": "FacePic"}}},
                {"properties": {"TargetImageType": {"const": "FacePic"}}},
            ]
        },
    ),
}


def of(operation: Operation) -> list[Schema]:
    """What must hold of a whole request, in `allOf`."""
    pictures = [_needed(operation, picture) for picture in operation.pictures]
    return [*pictures, *RULES[operation.check]]


def _needed(operation: Operation, picture: PictureField) -> Schema:
    """Exactly one way, or none at all for the values that do not use the picture."""
    one: Schema = {"oneOf": [_given(name) for name in picture.ways]}
    decided = _decided(operation, picture)
    if decided is None:
        return one
    field, unused = decided
    none: Schema = {"not": {"anyOf": [_given(name) for name in picture.ways]}}
    return {"if": {"properties": {field: {"enum": unused}}, "required": [field]}, "then": none, "else": one}


def _given(name: str) -> Schema:
    """The field is there; its type is named for generators of clients, which make a variant of it."""
    return {"required": [name], "properties": {name: {"type": "string"}}}


def _decided(operation: Operation, picture: PictureField) -> tuple[str, list[str]] | None:
    """The field that decides whether the picture is used, and the values for which it is not."""
    fields, required = request_fields(operation.request)
    least = dict.fromkeys(required, "")
    for name, schema in fields.items():
        asked = {
            value: picture.needed(cast(Any, operation.request)(**{**least, name: value}))
            for value in schema.get("enum", ())
        }
        unused = [value for value, needed in asked.items() if not needed]
        if unused and len(unused) < len(asked):
            return name, unused
    return None
