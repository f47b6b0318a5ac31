"""Request bodies: one flat JSON object, or the same fields as multipart/form-data with pictures as file parts."""

from __future__ import annotations

from deploy.gateway import conditions, wording
from deploy.gateway.schemas import Schema, reference, request_fields
from facegate.operations import Operation, PictureField
from facegate.pictures_given import MAX_URL_CHARACTERS, OBJECT_KEY, URL


def components(operation: Operation) -> dict[str, Schema]:
    """`<Action>Request` is the JSON object, `<Action>Form` the form."""
    action = operation.action
    as_json = dict(_fields(operation))
    as_form = {name: _as_text(schema) for name, schema in _fields(operation)}
    for picture in operation.pictures:
        as_json |= _ways(operation, picture)
        as_form |= {**_ways(operation, picture), picture.name: _file(operation, picture)}
    return {
        f"{action}Request": _object(operation, as_json, f"{action} as JSON."),
        f"{action}Form": _object(operation, as_form, f"{action} as multipart/form-data. {wording.FILES}"),
    }


def request_body(operation: Operation) -> Schema:
    encoding = {picture.name: {"contentType": wording.PICTURE_TYPES} for picture in operation.pictures}
    return {
        "required": True,
        "description": wording.BODY,
        "content": {
            "application/json": {"schema": reference(f"{operation.action}Request")},
            "multipart/form-data": {"schema": reference(f"{operation.action}Form"), "encoding": encoding},
        },
    }


def _object(operation: Operation, properties: dict[str, Schema], description: str) -> Schema:
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "required": list(_required(operation)),
        "additionalProperties": False,
        "allOf": conditions.of(operation),
    }


def _required(operation: Operation) -> tuple[str, ...]:
    return request_fields(operation.request)[1]


def _fields(operation: Operation) -> list[tuple[str, Schema]]:
    fields = dict(request_fields(operation.request)[0])
    del fields["ProductCode"]
    if operation.product_code is not None:
        fields["ProductCode"] = {"type": "string", "enum": [operation.product_code]}
    return [(name, _described(name, schema)) for name, schema in fields.items()]


def _described(name: str, schema: Schema) -> Schema:
    rule = schema.get("description")
    said = wording.REQUEST_FIELDS[name]
    return {**schema, "description": f"{said} {rule[0].upper()}{rule[1:]}." if rule else said}


def _as_text(schema: Schema) -> Schema:
    """A part of a form is text: of a choice, what is text."""
    if "anyOf" not in schema:
        return schema
    (text,) = (choice for choice in schema["anyOf"] if choice["type"] == "string")
    return {**{name: value for name, value in schema.items() if name != "anyOf"}, **text}


def _ways(operation: Operation, picture: PictureField) -> dict[str, Schema]:
    url_too = bool(picture.url_sent_as)
    encoded: Schema = {"type": "string", "minLength": 1}
    if not url_too:
        encoded["contentEncoding"] = "base64"
    url: Schema = {"type": "string", "format": "uri", "pattern": f"^{URL.pattern}$", "maxLength": MAX_URL_CHARACTERS}
    key: Schema = {"type": "string", "pattern": f"^{OBJECT_KEY.pattern}$", "not": {"pattern": r"\.\."}}
    megabytes = operation.profile.max_input_bytes // 1024**2
    said = wording.PICTURES[picture.name]
    in_itself = wording.BASE64_OR_URL if url_too else wording.BASE64
    return {
        picture.name: {
            **encoded,
            "description": f"{said} {in_itself.format(megabytes=megabytes, prefix=picture.prefix)}",
        },
        picture.url_name: {**url, "description": f"{said} {wording.URL}"},
        picture.object_name: {**key, "description": f"{said} {wording.OBJECT}"},
    }


def _file(operation: Operation, picture: PictureField) -> Schema:
    megabytes = operation.profile.max_input_bytes // 1024**2
    described = f"{wording.PICTURES[picture.name]} {wording.FILE.format(megabytes=megabytes)}"
    return {"type": "string", "format": "binary", "description": described}
