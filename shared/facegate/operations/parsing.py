"""From named fields to a checked request. Every refusal names the field and its rule, and never repeats its value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec

from facegate.errors import RequestError
from facegate.operations.catalogue import Operation
from facegate.operations.requests import Request

_MISSING = re.compile(r"missing required field `([^`]+)`")
_UNKNOWN = re.compile(r"contains unknown field `([^`]{1,64})")
_AT = re.compile(r"at `\$\.([A-Za-z]+)")


def refusal(operation: Operation, field: str, kind: str, message: str) -> RequestError:
    """`kind` is 'missing' or 'invalid'; the code is the operation's own for it, else the common one."""
    common = {"missing": "MissingParameter", "invalid": "InvalidParameter"}[kind]
    return RequestError(message, code=operation.refusals.get((field, kind), common))


def parse(operation: Operation, parameters: Mapping[str, Any]) -> Request:
    """The request of `operation` from its parameters (pictures apart). Raises RequestError."""
    given = {name: value for name, value in parameters.items() if value is not None}
    for name, value in given.items():
        if value == "" and name in operation.request.__struct_fields__:
            raise refusal(operation, name, "missing", f"{name} is empty")
    try:
        request = msgspec.convert(given, operation.request)
    except msgspec.ValidationError as error:
        raise _explained(operation, str(error)) from None
    if request.ProductCode is not None and request.ProductCode != operation.product_code:
        expected = operation.product_code or "left out"
        raise RequestError(f"ProductCode is filled in by the service: it must be {expected}")
    operation.check(request)
    return request


def _explained(operation: Operation, problem: str) -> RequestError:
    if missing := _MISSING.search(problem):
        return refusal(operation, missing[1], "missing", f"{missing[1]} is missing: {_rule(operation, missing[1])}")
    if unknown := _UNKNOWN.search(problem):
        name = unknown[1] if unknown[1].isidentifier() else "a field"
        return RequestError(f"{name} is not a parameter of {operation.action}")
    if at := _AT.search(problem):
        return refusal(operation, at[1], "invalid", f"{at[1]} must be {_rule(operation, at[1])}")
    return RequestError("the request must be an object of named parameters")


def _rule(operation: Operation, field: str) -> str:
    """The sentence in the field's type."""
    hint = get_type_hints(operation.request, include_extras=True).get(field)
    for candidate in (hint, *get_args(hint)):
        if get_origin(candidate) is Annotated:
            for meta in get_args(candidate)[1:]:
                if isinstance(meta, msgspec.Meta) and meta.description:
                    return meta.description
    return "a string"
