"""Foreign bodies become data that mappings read: JSON, a form, XML or plain text. Pure.

A body that cannot be read is no error to its sender: `Unreadable` says why, and the body is kept.
"""

from __future__ import annotations

import codecs
import re
import zlib
from email.message import Message
from typing import Any
from urllib.parse import parse_qsl

from gateway.errors import ApiError
from gateway.intake.xml_data import XmlInvalid, read_xml
from gateway.model import InputFormat
from gateway.strict_json import decode

MAX_FIELDS = 1_000
"""Of a form."""
XML_ENCODING = re.compile(rb"<\?xml[^>]{0,200}?encoding=[\"']([A-Za-z0-9._-]{1,40})[\"']")
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""UTF-32 before UTF-16, whose mark begins alike."""
NO_TEXT = frozenset({"base64", "bz2", "hex", "idna", "punycode", "quopri", "rot13", "unicode-escape", "uu", "zlib"})
"""Codecs of Python's that are no character sets."""


class Unreadable(ValueError):
    """A body is not valid in its format; the text says why, and holds nothing of the body."""


def read_body(
    body: bytes, format: InputFormat, content_type: str | None, content_encoding: str | None, max_bytes: int
) -> Any:
    """The data of *body*; compressed, it may grow to *max_bytes*. Raises: Unreadable."""
    text = _decoded(_inflated(body, content_encoding, max_bytes), format, content_type)
    match format:
        case "json":
            try:
                return decode(text.encode("utf-8"))
            except UnicodeEncodeError:
                raise Unreadable("a text holds half of a surrogate pair") from None
            except ApiError as exc:
                raise Unreadable(f"the body is not JSON: {exc.detail or exc.slug}") from None
        case "form":
            return _form(text)
        case "xml":
            try:
                return read_xml(text)
            except XmlInvalid as exc:
                raise Unreadable(f"the body is not XML: {exc}") from None
        case "text":
            return text


def _inflated(body: bytes, content_encoding: str | None, max_bytes: int) -> bytes:
    encoding = (content_encoding or "identity").strip().lower()
    if encoding == "identity":
        return body
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise Unreadable("the Content-Encoding is not supported: expected gzip, deflate or none")
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        inflated = inflater.decompress(body, max_bytes + 1)
    except zlib.error:
        raise Unreadable("the body is not compressed as its Content-Encoding says") from None
    if len(inflated) > max_bytes:
        raise Unreadable(f"the body has more than {max_bytes:,} bytes when it is unpacked")
    if not inflater.eof:
        raise Unreadable("the compressed body ends too early")
    return inflated


def _decoded(body: bytes, format: InputFormat, content_type: str | None) -> str:
    """The text of *body*: by its byte order mark, by what its sender says of it, or as UTF-8."""
    mark = next(((mark, name) for mark, name in BYTE_ORDER_MARKS if body.startswith(mark)), None)
    declared = None
    if content_type:
        message = Message()
        message["Content-Type"] = content_type[:500]
        declared = message.get_content_charset()
    if declared is None and format == "xml" and (match := XML_ENCODING.match(body)):
        declared = match[1].decode("ascii")
    name = mark[1] if mark else declared or "utf-8"
    try:
        codec = codecs.lookup(name)
    except (LookupError, ValueError):
        raise Unreadable("the charset of the body is not known") from None
    if codec.name in NO_TEXT:
        raise Unreadable("the charset of the body is not known")
    try:
        text, _ = codec.decode(body, "strict")
    except UnicodeError:
        raise Unreadable(f"the body is not text in {codec.name}") from None
    return text.removeprefix("\ufeff")


def _form(text: str) -> dict[str, str | list[str]]:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), max_num_fields=MAX_FIELDS)
    except ValueError:
        raise Unreadable(f"the body is not a form of at most {MAX_FIELDS:,} fields") from None
    fields: dict[str, str | list[str]] = {}
    for name, value in pairs:
        known = fields.get(name)
        if known is None:
            fields[name] = value
        elif isinstance(known, list):
            known.append(value)
        else:
            fields[name] = [known, value]
    return fields
