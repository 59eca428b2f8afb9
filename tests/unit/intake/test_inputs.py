"""Foreign bodies in each format, also hostile ones: data, or the reason why there are none."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

import pytest

from gateway.intake.inputs import Unreadable, read_body
from gateway.model import InputFormat

LIMIT = 100_000


def read(body: bytes, format: InputFormat = "json", content_type: str = "", encoding: str = "") -> Any:
    return read_body(body, format, content_type, encoding, LIMIT)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ('{"a": "\u00e4"}'.encode(), ""),
        ('{"a": "\u00e4"}'.encode(), "text/plain"),
        ('\ufeff{"a": "\u00e4"}'.encode(), "application/json"),
        ('{"a": "\u00e4"}'.encode("latin-1"), "application/json; charset=ISO-8859-1"),
        ('{"a": "\u00e4"}'.encode("utf-16"), "application/json"),
        ('{"a": "\u00e4"}'.encode("utf-32"), "application/json; charset=utf-8"),
    ],
)
def test_json_in_any_charset(body: bytes, content_type: str) -> None:
    assert read(body, content_type=content_type) == {"a": "\u00e4"}


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        (b"", "", "empty"),
        (b'{"a": "an "unescaped" quote"}', "", "line 1, column 1"),
        (b'{"a": 1, "a": 2}', "", "twice"),
        (b"[" * 100_000, "", "too-deep|more than 32"),
        (b'{"a": NaN}', "", "finite"),
        (b'{"a": "\\ud800"}', "", "surrogate"),
        (b"\xff", "", "not text in utf-8"),
        (b"{}", "application/json; charset=none-such", "charset"),
        (b"{}", "application/json; charset=zlib", "charset"),
        (b"{}", "application/json; charset=" + "x" * 10_000, "charset"),
    ],
)
def test_why_json_is_unreadable(body: bytes, content_type: Any, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read(body, content_type=content_type)


def test_a_form() -> None:
    assert read(b"a=1&b=x+y&b=%C3%A4&c=", "form") == {"a": "1", "b": ["x y", "\u00e4"], "c": ""}
    assert read(b"", "form") == {}


@pytest.mark.parametrize("body", [b"a=1&b", b"&".join([b"a=1"] * 1_001)])
def test_what_is_no_form(body: bytes) -> None:
    with pytest.raises(Unreadable, match="form"):
        read(body, "form")


def test_text_is_text() -> None:
    assert read("Gr\u00fc\u00dfe".encode("cp1252"), "text", "text/plain; charset=windows-1252") == "Gr\u00fc\u00dfe"


def test_xml_as_data() -> None:
    body = """<?xml version="1.0"?>
    <n:notification xmlns:n="urn:x">
      <Name>Keller &amp; Sons</Name><Empty/>
      <Property parameter="Location">Boise</Property>
      <Item>a</Item><Item>b</Item><Item n:kind="c"><Sub>1</Sub></Item>
      <Text><![CDATA[1 < 2]]></Text>
    </n:notification>"""
    assert read(body.encode(), "xml") == {
        "notification": {
            "Name": "Keller & Sons",
            "Empty": None,
            "Property": {"@parameter": "Location", "#text": "Boise"},
            "Item": ["a", "b", {"@kind": "c", "Sub": "1"}],
            "Text": "1 < 2",
        }
    }


def test_the_charset_of_xml() -> None:
    body = '<?xml version="1.0" encoding="ISO-8859-1"?><a>\u00e4</a>'
    assert read(body.encode("latin-1"), "xml") == {"a": "\u00e4"}
    assert read(body.encode("utf-8"), "xml", "text/xml; charset=utf-8") == {"a": "\u00e4"}


BOMB = (
    '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "'
    + "&a;" * 100
    + '"><!ENTITY c "'
    + "&b;" * 100
    + '">]><x>'
    + "&c;" * 100
    + "</x>"
)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (BOMB, "DOCTYPE"),
        ('<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>', "DOCTYPE"),
        ("<x>&undefined;</x>", "undefined entity"),
        ("<a>" * 33 + "</a>" * 33, "nested"),
        ("<a>" * 100_000, "nested"),
        ("<a>" + "<b/>" * 200_001 + "</a>", "too many"),
        ("<a>", "no element"),
        ("<a></b>", "mismatched tag"),
        ("", "no element"),
        ("{}", "not well-formed"),
    ],
)
def test_hostile_xml(body: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read(body.encode(), "xml")


def test_a_compressed_body_grows_to_the_limit_and_no_further() -> None:
    assert read(gzip.compress(b'{"a": 1}'), encoding="gzip") == {"a": 1}
    assert read(zlib.compress(b'{"a": 1}'), encoding="deflate") == {"a": 1}
    bomb = gzip.compress(json.dumps(" " * 50_000_000).encode())
    with pytest.raises(Unreadable, match="100,000 bytes"):
        read(bomb, encoding="gzip")


@pytest.mark.parametrize(
    ("body", "encoding"),
    [(b"{}", "gzip"), (gzip.compress(b"{}", mtime=0)[:-9], "gzip"), (b"{}", "br"), (b"{}", "gzip, gzip")],
)
def test_a_body_whose_compression_is_broken_or_unknown(body: bytes, encoding: str) -> None:
    with pytest.raises(Unreadable):
        read(body, encoding=encoding)
