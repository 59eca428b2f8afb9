"""Reads HTML forms as data: values by field name, or a list if a name occurs several times. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import parse_qsl

MAX_FIELDS = 1_000
BOUNDARY = re.compile(
    r"multipart/form-data\s*;.*?\bboundary\s*=\s*(?:\"([^\"]{1,70})\"|([^\s;,\"]{1,70}))", re.IGNORECASE
)
NAME = re.compile(rb"[;\s]name=(?:\"([^\"\r\n]*)\"|([^\s;]+))", re.IGNORECASE)
FILENAME = re.compile(rb"[;\s]filename=(?:\"([^\"\r\n]*)\"|([^\s;]+))", re.IGNORECASE)

Fields = dict[str, str | list[str]]


class FormInvalid(ValueError):
    """The body is not a form. The message says why, without any of its values."""


def read_form(text: str) -> Fields:
    """`a=1&b=x+y` as data. Raises: FormInvalid."""
    if text.count("&") >= MAX_FIELDS:
        raise FormInvalid(f"it has more than {MAX_FIELDS:,} fields")
    try:
        return _by_name(parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text)))
    except ValueError:
        raise FormInvalid("expected name=value pairs with '&' between them") from None


def multipart_boundary(content_type: str | None) -> str | None:
    """The boundary that separates the fields in a body of this type; None if it is not `multipart/form-data`."""
    match = BOUNDARY.match(content_type.strip()) if content_type else None
    return match and (match[1] or match[2])


def read_multipart(body: bytes, boundary: str) -> Fields:
    """The fields between the lines of *boundary* (RFC 7578); of a file, only the name is kept. Raises: FormInvalid."""
    parts = (b"\r\n" + body).split(b"\r\n--" + boundary.encode("latin-1", "replace"), MAX_FIELDS + 2)
    if len(parts) > MAX_FIELDS + 2:
        raise FormInvalid(f"it has more than {MAX_FIELDS:,} fields")
    if len(parts) < 2 or not parts[-1].startswith(b"--"):
        raise FormInvalid("its last boundary is missing")
    fields = []
    for part in parts[1:-1]:
        head, blank_line, content = part.partition(b"\r\n\r\n")
        name, filename = NAME.search(head), FILENAME.search(head)
        if not blank_line or name is None:
            raise FormInvalid("a part of it has no name")
        value = content if filename is None else (filename[1] or filename[2] or b"")
        try:
            fields.append(((name[1] or name[2] or b"").decode(), value.decode()))
        except UnicodeDecodeError:
            raise FormInvalid("a field is not text in utf-8") from None
    return _by_name(fields)


def _by_name(pairs: Iterable[tuple[str, str]]) -> Fields:
    fields: Fields = {}
    for name, value in pairs:
        known = fields.get(name)
        if known is None:
            fields[name] = value
        elif isinstance(known, list):
            known.append(value)
        else:
            fields[name] = [known, value]
    return fields
