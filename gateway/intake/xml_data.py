"""Reads XML as JSON data for mappings, without document types or entities, and with limits on depth and size."""

from __future__ import annotations

from typing import Any
from xml.parsers import expat

from gateway.strict_json import MAX_DEPTH, MAX_KEYS, MAX_VALUES_IN_ARRAY

ATTRIBUTE = "@"
"""The prefix of an attribute's name."""
TEXT = "#text"
"""The key of an element's text, if the element has attributes or children as well."""


class XmlInvalid(ValueError):
    """The text is not well-formed or contains something forbidden. The message says what, without any of its values."""


class _Reader:
    """Builds the data while expat reads: an element is a map of its children until it ends."""

    def __init__(self) -> None:
        self.root: dict[str, Any] = {}
        self._open: list[dict[str, Any]] = [self.root]
        self._names: list[str] = []
        self._texts: list[list[str]] = [[]]
        self._values = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._values += 1 + len(attributes)
        if len(self._names) >= MAX_DEPTH:
            raise XmlInvalid(f"elements are nested more than {MAX_DEPTH} levels deep")
        if self._values > MAX_VALUES_IN_ARRAY or len(attributes) > MAX_KEYS:
            raise XmlInvalid("the body holds too many elements")
        # Prefixes of namespaces are left out: mappings go by the local names. Of two attributes that then have one
        # name, the second keeps its prefix.
        named: dict[str, Any] = {}
        for attribute, value in attributes.items():
            if attribute != "xmlns" and not attribute.startswith("xmlns:"):
                local = f"{ATTRIBUTE}{attribute.rpartition(':')[2]}"
                named[f"{ATTRIBUTE}{attribute}" if local in named else local] = value
        self._names.append(name.rpartition(":")[2])
        self._open.append(named)
        self._texts.append([])

    def end(self, _: str) -> None:
        element, name, text = self._open.pop(), self._names.pop(), "".join(self._texts.pop()).strip()
        value: Any = element
        if not element:
            value = text or None
        elif text:
            element[TEXT] = text
        parent = self._open[-1]
        if name not in parent:
            parent[name] = value
        elif isinstance(parent[name], list):
            parent[name].append(value)
        else:
            parent[name] = [parent[name], value]

    def text(self, text: str) -> None:
        self._texts[-1].append(text)

    def doctype(self, *_: object) -> None:
        raise XmlInvalid("a document type (<!DOCTYPE>) is not allowed")


def read_xml(text: str) -> dict[str, Any]:
    """*text* as `{root: ...}`. Raises: XmlInvalid.

    Without a document type only XML's own entities exist, so nothing can expand or be fetched.
    """
    reader = _Reader()
    # The text has already been decoded, whatever encoding its declaration names.
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = reader.doctype
    try:
        parser.Parse(text.lstrip().encode(), True)  # expat accepts the declaration only at the very beginning
    except expat.ExpatError as exc:
        raise XmlInvalid(f"{expat.ErrorString(exc.code)} at line {exc.lineno}, column {exc.offset + 1}") from None
    return reader.root
