"""Keys and types of a value against the model: every problem at once, each at its own key.

msgspec stops at the first mistake. So mappings and lists are taken apart here, and msgspec judges the single values.
"""

from __future__ import annotations

import difflib
import types
import typing
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec

from deploy.check.finding import Finding

T = TypeVar("T", bound=msgspec.Struct)
Model = type[msgspec.Struct]
Note = Callable[[str, str, str], None]
SHAPE, UNKNOWN = "shape", "unknown-key"


@dataclass(frozen=True, slots=True)
class Shaped(Generic[T]):
    """`value` is None where it is not of the model's shape; with unknown keys alone it is, without them."""

    value: T | None
    findings: list[Finding]


def shaped(value: Any, model: type[T], where: str) -> Shaped[T]:
    """`value` as `model`, and what is wrong with it."""
    findings: list[Finding] = []
    cleaned = _walked(value, model, where, lambda *told: findings.append(Finding(*told)))
    fits = all(finding.rule == UNKNOWN for finding in findings)
    return Shaped(msgspec.convert(cleaned, model) if fits else None, findings)


def unknown(key: object, known: Iterable[str]) -> str:
    """What to say of a key that is none of `known`."""
    near = difflib.get_close_matches(str(key), known, 1, cutoff=0.75)
    return f"unknown key; did you mean {near[0]}?" if near else f"unknown key; known here: {', '.join(sorted(known))}"


def _walked(value: Any, expected: Any, where: str, note: Note) -> Any:
    """`value` without unknown keys. What is wrong in it is noted."""
    models = _models(expected)
    if models and isinstance(value, dict):
        model = _chosen(value, models, where, note)
        return value if model is None else _mapping(value, model, where, note)
    if not models and _kind(expected) is list and isinstance(value, list):
        if not _fits(len(value), expected):
            note(where, f"has {len(value)} items: expected {_described(expected)}", SHAPE)
        (item,) = typing.get_args(_bare(expected))
        return [_walked(one, item, f"{where}[{number}]", note) for number, one in enumerate(value)]
    if _bare(expected) == dict[str, str] and isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(item, str):  # not shown: it may be a secret
                note(_at(where, key), "is not text: put it in quotes", SHAPE)
        return value
    try:
        msgspec.convert(value, expected)
    except msgspec.ValidationError:
        note(where, f"is {value!r}: expected {_described(expected)}", SHAPE)
    return value


def _mapping(value: dict[Any, Any], model: Model, where: str, note: Note) -> dict[Any, Any]:
    fields = {field.encode_name: field for field in msgspec.structs.fields(model)}
    tag = model.__struct_config__.tag_field
    known = {*fields, tag} - {None}
    for key in value:
        if key not in known:
            note(_at(where, key), unknown(key, {str(name) for name in known}), UNKNOWN)
    for name, field in fields.items():
        if field.required and name not in value:
            note(_at(where, name), f"is missing: expected {_described(field.type)}", SHAPE)
    return {
        key: item if key == tag else _walked(item, _given(fields[key].type), _at(where, key), note)
        for key, item in value.items()
        if key in known
    }


def _chosen(value: dict[Any, Any], models: tuple[Model, ...], where: str, note: Note) -> Model | None:
    """The one model, or the one that the mapping's tag names."""
    if len(models) == 1:
        return models[0]
    tag = str(models[0].__struct_config__.tag_field)
    by_name = {model.__struct_config__.tag: model for model in models}
    if value.get(tag) not in by_name:
        note(_at(where, tag), f"is {value.get(tag)!r}: expected one of {', '.join(map(str, by_name))}", SHAPE)
    return by_name.get(value.get(tag))


def _at(where: str, key: object) -> str:
    return f"{where}.{key}" if where else str(key)


def _bare(expected: Any) -> Any:
    """The type without its annotations."""
    return typing.get_args(expected)[0] if typing.get_origin(expected) is Annotated else expected


def _kind(expected: Any) -> Any:
    return typing.get_origin(_bare(expected))


def _given(expected: Any) -> Any:
    """The type of a field that may be absent: where it is given, it is not null."""
    if typing.get_origin(expected) not in (typing.Union, types.UnionType):
        return expected
    options = [option for option in typing.get_args(expected) if option is not types.NoneType]
    return options[0] if len(options) == 1 else expected


def _models(expected: Any) -> tuple[Model, ...]:
    """The mappings that the type allows."""
    options = typing.get_args(expected) if _kind(expected) in (typing.Union, types.UnionType) else (expected,)
    return tuple(option for option in options if isinstance(option, type) and issubclass(option, msgspec.Struct))


def _meta(expected: Any) -> msgspec.Meta | None:
    extras = typing.get_args(expected)[1:] if typing.get_origin(expected) is Annotated else ()
    return next((extra for extra in extras if isinstance(extra, msgspec.Meta)), None)


def _fits(length: int, expected: Any) -> bool:
    meta = _meta(expected)
    return meta is None or (meta.min_length or 0) <= length <= (length if meta.max_length is None else meta.max_length)


def _described(expected: Any) -> str:
    meta, kind = _meta(expected), _kind(expected)
    if meta is not None and meta.description:
        return meta.description
    if kind is Literal:
        return " or ".join(str(option) for option in typing.get_args(expected))
    if kind is list:
        return "a list"
    return "text" if _bare(expected) is str else "a mapping"
