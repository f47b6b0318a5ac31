"""XML as the service reads and writes it: no namespaces, no attributes, elements in order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from local.oss.errors import OssError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from xml.etree.ElementTree import Element

Content: TypeAlias = "str | int | bool | Mapping[str, Content] | Sequence[Content] | None"
"""None leaves the element out; a list repeats it."""

MAX_DEPTH = 10
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(root: str, content: Content) -> bytes:
    """Characters that XML 1.0 cannot carry become U+FFFD; ask for encoding-type=url to get them."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{_element(root, content)}'.encode()


def _element(name: str, content: Content) -> str:
    if content is None:
        return ""
    if isinstance(content, Mapping):
        inner = "".join(_element(*child) for child in content.items())
    elif isinstance(content, bool):
        inner = "true" if content else "false"
    elif isinstance(content, (str, int)):
        inner = escape(_NOT_XML.sub("\N{REPLACEMENT CHARACTER}", str(content)))
    else:
        return "".join(_element(name, one) for one in content)
    return f"<{name}>{inner}</{name}>"


class _PlainTree(ElementTree.TreeBuilder):
    """Drops namespaces, and gives up a document of nothing but depth."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise OssError("MalformedXML", f"Elements may be nested {MAX_DEPTH} deep.")
        return super().start(tag.rpartition("}")[2], attrs)

    def end(self, tag: str, /) -> Element:
        self._depth -= 1
        return super().end(tag.rpartition("}")[2])


def parse(body: bytes, root: str) -> Element:
    """The root element, namespaces dropped. Raises MalformedXML, also for a document type or another root."""
    try:
        text = body.decode("utf-8")
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            raise OssError("MalformedXML", "A document type is not allowed.")
        parser = ElementTree.XMLParser(target=_PlainTree())  # noqa: S314  no entities get past the line above
        parser.feed(text)
        element: Element = parser.close()
    except (UnicodeDecodeError, ElementTree.ParseError) as error:
        raise OssError("MalformedXML") from error
    if element.tag != root:
        raise OssError("MalformedXML", f"The root element must be {root}.")
    return element


def text_of(parent: Element, name: str) -> str:
    """The text of the one child of this name. Raises MalformedXML if there is not exactly one."""
    found = parent.findall(name)
    if len(found) != 1:
        raise OssError("MalformedXML", f"{parent.tag} must have exactly one {name}.")
    return found[0].text or ""


def optional_text_of(parent: Element, name: str) -> str | None:
    return text_of(parent, name) if parent.find(name) is not None else None
