"""Reads foreign bodies as data for mappings: JSON, forms, XML or plain text. Pure.

An unreadable body is no error for its sender: `Unreadable` says why, and the body is kept.
"""

from __future__ import annotations

import codecs
import re
import zlib
from typing import Any

from gateway.errors import ApiError
from gateway.intake.forms import FormInvalid, multipart_boundary, read_form, read_multipart
from gateway.intake.xml_data import XmlInvalid, read_xml
from gateway.model import InputFormat
from gateway.strict_json import decode

CHARSET = re.compile(r";\s*charset\s*=\s*[\"']?([A-Za-z0-9._:+-]{1,40})", re.IGNORECASE)
XML_ENCODING = re.compile(rb"<\?xml[^>]{0,200}?encoding=[\"']([A-Za-z0-9._-]{1,40})[\"']")
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""UTF-32 comes before UTF-16, whose mark is the beginning of that of UTF-32."""
WIDE = ("utf-16", "utf-32", "ucs")
"""Prefixes of charsets in which an XML declaration is not readable as bytes, so that a readable one which names them is
wrong. .NET writes such declarations."""
NO_CHARSETS = frozenset({"idna", "punycode", "raw-unicode-escape", "unicode-escape"})
"""Encodings in Python that are not character sets."""
MAX_MEMBERS = 100
"""The limit for a gzip body, which may consist of several compressed parts (RFC 1952)."""


class Unreadable(ValueError):
    """A body is not valid in its format. The text says why, without any part of the body."""


def read_body(
    body: bytes, format: InputFormat, content_type: str | None, content_encoding: str | None, max_bytes: int
) -> Any:
    """The data in *body*, which may grow to *max_bytes* when it is decompressed. Raises: Unreadable."""
    content = _inflated(body, content_encoding, max_bytes)
    boundary = multipart_boundary(content_type) if format == "form" else None
    try:
        if boundary is not None:
            return read_multipart(content, boundary)
        text = _decoded(content, format, content_type)
        match format:
            case "json":
                return decode(text.encode("utf-8"))
            case "form":
                return read_form(text)
            case "xml":
                return read_xml(text)
            case "text":
                return text
    except ApiError as exc:
        raise Unreadable(f"the body is not JSON: {exc.detail or exc.slug}") from None
    except FormInvalid as exc:
        raise Unreadable(f"the body is not a form: {exc}") from None
    except XmlInvalid as exc:
        raise Unreadable(f"the body is not XML: {exc}") from None


def _inflated(body: bytes, content_encoding: str | None, max_bytes: int) -> bytes:
    encoding = (content_encoding or "identity").strip().lower()
    if encoding == "identity":
        return body
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise Unreadable("the Content-Encoding is not supported: expected gzip, deflate or none")
    # Some senders mean the bare stream by `deflate`, without the two bytes of zlib in front (RFC 9110,
    # 8.4.1.2; RFC 1950, 2.2).
    has_header = len(body) >= 2 and body[0] & 15 == zlib.DEFLATED and int.from_bytes(body[:2], "big") % 31 == 0
    window_bits = -zlib.MAX_WBITS if encoding == "deflate" and not has_header else zlib.MAX_WBITS | 32
    inflated, rest = bytearray(), body
    for _ in range(MAX_MEMBERS):
        inflater = zlib.decompressobj(window_bits)
        try:
            inflated += inflater.decompress(rest, max_bytes + 1 - len(inflated))
        except zlib.error:
            raise Unreadable("the body is not compressed as its Content-Encoding says") from None
        if len(inflated) > max_bytes:
            raise Unreadable(f"the body has more than {max_bytes:,} bytes when it is unpacked")
        if not inflater.eof:
            raise Unreadable("the compressed body ends too early")
        rest = inflater.unused_data
        if not rest:
            return bytes(inflated)
    raise Unreadable(f"the compressed body has more than {MAX_MEMBERS} parts")


def _decoded(body: bytes, format: InputFormat, content_type: str | None) -> str:
    """The text of *body*: by its byte order mark, by what its sender says of it, or as UTF-8."""
    mark = next(((mark, name) for mark, name in BYTE_ORDER_MARKS if body.startswith(mark)), None)
    said = CHARSET.search(content_type or "")
    declared = said[1] if said else None
    if declared is None and format == "xml" and (match := XML_ENCODING.match(body.lstrip())):
        named = match[1].decode("ascii")
        declared = None if named.lower().startswith(WIDE) else named
    name = mark[1] if mark else declared or "utf-8"
    try:
        charset = codecs.lookup(name).name
        text = body.decode("none" if charset in NO_CHARSETS else charset)
        if charset != "utf-8":
            text.encode("utf-8")  # others, such as UTF-7, can spell half of a surrogate pair
    except UnicodeEncodeError:
        raise Unreadable("a text holds half of a surrogate pair") from None
    except UnicodeError:
        raise Unreadable(f"the body is not text in {charset}") from None
    except (LookupError, ValueError):  # also raised for Python's encodings that are not of texts, such as zlib
        raise Unreadable("the charset of the body is not known") from None
    return text.removeprefix("\ufeff")
