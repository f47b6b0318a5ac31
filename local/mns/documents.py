"""The service's XML: one element with flat fields, in the namespace of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from local.mns.errors import MnsError

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMESPACE = "http://mns.aliyuncs.com/doc/v1/"


def render(root: str, fields: Mapping[str, object]) -> bytes:
    inner = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in fields.items())
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{NAMESPACE}">{inner}</{root}>'.encode()


def parse(body: bytes, root: str, known: frozenset[str]) -> dict[str, str]:
    """The fields of the element `root`. Raises MalformedXML; InvalidArgument for another root, a field that is given
    twice or has children; NotImplemented for one that is not in `known`."""
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise MnsError("MalformedXML", "A document type is not allowed.")
    try:
        element = ElementTree.fromstring(body)  # noqa: S314  no entities get past the lines above
    except ElementTree.ParseError as error:
        raise MnsError("MalformedXML", "The XML you provided was not well-formed.") from error
    if _name(element) != root:
        raise _invalid(_name(element))
    fields: dict[str, str] = {}
    for child in element:
        name = _name(child)
        if name not in known:
            raise MnsError("NotImplemented", f"The local MNS does not serve {name}.")
        if name in fields or len(child):
            raise _invalid(name)
        fields[name] = child.text or ""
    return fields


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _invalid(name: str) -> MnsError:
    message = f"The XML you provided did not validate against our published schema, cause by {name}."
    return MnsError("InvalidArgument", message)
