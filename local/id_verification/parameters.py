"""Parameter rules as data, and the one function that applies them.

A rule that the documents state is in the tables of `operations`; a parameter that no table names is ignored,
as RPC gateways do. Query and body are accepted for every parameter: the documents fix a place, the real
gateway probably merges both (unconfirmed).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qsl

from local.id_verification.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Place = Literal["query", "body"]
MAX_PARAMETERS = 100


@dataclass(frozen=True)
class When:
    """A parameter is required if `field` has one of `values`."""

    field: str
    values: tuple[str, ...]


Required = bool | When


@dataclass(frozen=True)
class Field:
    """`place` is where the SDK puts it. `allowed` and `pattern` (a full match) constrain a given value."""

    name: str
    place: Place
    required: Required = False
    allowed: tuple[str, ...] = ()
    pattern: str = ""
    default: str = ""
    missing: str = "MissingParameter"
    invalid: str = "InvalidParameter"


@dataclass(frozen=True)
class PictureSource:
    """Exactly one of the two is set."""

    base64: str = ""
    url: str = ""


@dataclass(frozen=True)
class PictureField:
    """One picture, given as Base64 under `name` or by address under exactly one of `urls`."""

    name: str
    urls: tuple[Field, ...]
    required: Required = True

    def source(self, given: Mapping[str, str], accepted: Mapping[str, str]) -> PictureSource | None:
        names = (self.name, *(url.name for url in self.urls))
        sources = [name for name in names if given.get(name)]
        if len(sources) > 1:
            raise ServiceError("DataDuplication", f"Given at once: {' and '.join(sources)}.")
        if not sources and _is_required(self.required, accepted):
            raise ServiceError("MissingParameter", f"One of {', '.join(names)} is required.")
        for url in self.urls:
            if value := _checked(url, given):
                return PictureSource(url=value)
        return PictureSource(base64=given[self.name]) if sources else None


@dataclass(frozen=True)
class PictureValue:
    """One picture, given in one field as `base64://<Base64>` or as a URL."""

    field: Field

    @property
    def name(self) -> str:
        return self.field.name

    def source(self, given: Mapping[str, str], accepted: Mapping[str, str]) -> PictureSource | None:
        value = _value(self.field, given, accepted)
        scheme, _, rest = value.partition("://")
        return PictureSource(base64=rest) if scheme == "base64" else PictureSource(url=value)


@dataclass(frozen=True)
class Accepted:
    """Values by parameter name, defaults included; pictures by their field's name. What is absent has no entry."""

    values: Mapping[str, str]
    pictures: Mapping[str, PictureSource]


def merge(query: bytes, body: bytes) -> dict[str, str]:
    """The parameters of query and form body. Raises ServiceError for what is not UTF-8, too much or given twice.

    That a repeated parameter is refused is this server's choice: which one the gateway would take is
    unconfirmed.
    """
    merged: dict[str, str] = {}
    for raw in (query, body):
        try:
            pairs = parse_qsl(
                raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS
            )
        except ValueError as error:
            raise ServiceError("InvalidParameter", "The parameters are not a URL-encoded UTF-8 form.") from error
        for name, value in pairs:
            if name in merged:
                raise ServiceError("InvalidParameter", "A parameter is given more than once.")
            merged[name] = value
    return merged


def apply(
    given: Mapping[str, str], fields: Iterable[Field], pictures: Iterable[PictureField | PictureValue] = ()
) -> Accepted:
    """The parameters that the tables name. An empty value counts as absent (documented: "cannot be empty").

    Raises ServiceError for the first broken rule, in the order of the tables, fields before pictures.
    """
    values: dict[str, str] = {}
    for field in fields:
        if value := _value(field, given, values):
            values[field.name] = value
    sources = {picture.name: picture.source(given, values) for picture in pictures}
    return Accepted(values, {name: source for name, source in sources.items() if source})


def _value(field: Field, given: Mapping[str, str], accepted: Mapping[str, str]) -> str:
    value = _checked(field, given) or field.default
    if not value and _is_required(field.required, accepted):
        raise ServiceError(field.missing, f"{field.name} is required (in the {field.place}).")
    return value


def _checked(field: Field, given: Mapping[str, str]) -> str:
    value = given.get(field.name, "")
    if not value:
        return ""
    if field.allowed and value not in field.allowed:
        raise ServiceError(field.invalid, f"{field.name} must be one of: {', '.join(field.allowed)}.")
    if field.pattern and not re.fullmatch(field.pattern, value):
        raise ServiceError(field.invalid, f"{field.name} must match {field.pattern}.")
    return value


def _is_required(required: Required, accepted: Mapping[str, str]) -> bool:
    if isinstance(required, When):
        return accepted.get(required.field) in required.values
    return required
