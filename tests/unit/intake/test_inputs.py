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
NO_CHARSETS = (
    "zlib",
    "rot13",
    "hex",
    "base64",
    "quopri",
    "uu",
    "bz2",
    "idna",
    "punycode",
    "raw_unicode_escape",
    "../x",
)
"""Names that Python's registry of encodings knows, or might look for in a file, and that name no charset."""


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
        ('{"a": "\u00e4"}'.encode(), "application/json; charset*=no''x; charset*1*=x"),
        ('{"a": "\u00e4"}'.encode("latin-1"), "application/json; Charset = 'latin1'"),
    ],
)
def test_json_is_read_in_any_charset(body: bytes, content_type: str) -> None:
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
        *((b"{}", f"application/json; charset={name}", "charset") for name in NO_CHARSETS),
        (b'"+2AA-"', "application/json; charset=utf-7", "not text in utf-7|surrogate"),
        (b"{}", "application/json; charset=" + "x" * 10_000, "charset"),
    ],
)
def test_unreadable_json_is_refused_with_the_reason(body: bytes, content_type: Any, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read(body, content_type=content_type)


def test_a_form_becomes_fields() -> None:
    assert read(b"a=1&b=x+y&b=%C3%A4&c=", "form") == {"a": "1", "b": ["x y", "\u00e4"], "c": ""}
    assert read(b"", "form") == {}


@pytest.mark.parametrize(
    ("body", "reason"), [(b"a=1&b", "name=value"), (b'{"a": 1}', "name=value"), (b"&".join([b"a=1"] * 1_001), "1,000")]
)
def test_a_body_that_is_no_form_is_refused_with_the_reason(body: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read(body, "form")


def multipart(*parts: str, end: str = "--") -> bytes:
    return ("\r\n".join(f"--x y\r\n{part}" for part in parts) + f"\r\n--x y{end}\r\n").encode()


def test_a_multipart_form_becomes_fields() -> None:
    body = multipart(
        'Content-Disposition: form-data; name="a"\r\n\r\n1\r\n2',
        "Content-Type: text/plain\r\ncontent-disposition: form-data; name=b\r\n\r\n\u00e4",
        'Content-Disposition: form-data; name="b"\r\n\r\n',
        'Content-Disposition: form-data; name="c"; filename="a.jpg"\r\n\r\n\u0000',
    )
    content_type = 'Multipart/Form-Data; boundary="x y"'
    assert read(body, "form", content_type) == {"a": "1\r\n2", "b": ["\u00e4", ""], "c": "a.jpg"}
    assert read(gzip.compress(body), "form", content_type, "gzip") == read(body, "form", content_type)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "boundary"),
        (b"a=1", "boundary"),
        (multipart('Content-Disposition: form-data; name="a"\r\n\r\n1', end=""), "boundary"),
        (multipart("Content-Disposition: form-data\r\n\r\n1"), "no name"),
        (multipart('Content-Disposition: form-data; name="a"'), "no name"),
        (multipart(*['x; name="a"\r\n\r\n1'] * 1_001), "1,000"),
        (multipart('x; name="a"\r\n\r\n1').replace(b"1", b"\xff"), "utf-8"),
    ],
)
def test_what_is_no_form_in_parts(body: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read(body, "form", 'multipart/form-data; boundary="x y"')


def test_text_is_decoded_by_its_charset() -> None:
    assert read("Gr\u00fc\u00dfe".encode("cp1252"), "text", "text/plain; charset=windows-1252") == "Gr\u00fc\u00dfe"


def test_xml_becomes_data() -> None:
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


def test_xml_is_decoded_by_its_declaration_or_the_charset_of_the_request() -> None:
    body = '<?xml version="1.0" encoding="ISO-8859-1"?><a>\u00e4</a>'
    assert read(body.encode("latin-1"), "xml") == {"a": "\u00e4"}
    assert read(body.encode("utf-8"), "xml", "text/xml; charset=utf-8") == {"a": "\u00e4"}


def test_xml_whose_declaration_is_careless() -> None:
    """Programs in .NET name UTF-16, as their texts are in memory, and post UTF-8; templates begin with a blank line."""
    assert read('<?xml version="1.0" encoding="utf-16"?><a>\u00e4</a>'.encode(), "xml") == {"a": "\u00e4"}
    assert read('\n <?xml version="1.0"?><a>\u00e4</a>'.encode(), "xml") == {"a": "\u00e4"}


def test_two_attributes_that_differ_by_their_prefixes_are_both_there() -> None:
    assert read(b'<a x:id="1" y:id="2" xmlns:x="urn:x" xmlnsid="3"/>', "xml") == {
        "a": {"@id": "1", "@y:id": "2", "@xmlnsid": "3"}
    }


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
def test_hostile_xml_is_refused(body: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read(body.encode(), "xml")


def test_a_compressed_body_grows_to_the_limit_and_no_further() -> None:
    assert read(gzip.compress(b'{"a": 1}'), encoding="gzip") == {"a": 1}
    assert read(zlib.compress(b'{"a": 1}'), encoding="deflate") == {"a": 1}
    assert read(zlib.compress(b'{"a": 1}')[2:-4], encoding="deflate") == {"a": 1}
    bomb = gzip.compress(json.dumps(" " * 50_000_000).encode())
    with pytest.raises(Unreadable, match="100,000 bytes"):
        read(bomb, encoding="gzip")


def test_a_body_of_several_compressed_parts_is_read_to_its_end() -> None:
    assert read(gzip.compress(b'{"a":') + gzip.compress(b" 1}"), encoding="gzip") == {"a": 1}
    with pytest.raises(Unreadable, match="100,000 bytes"):
        read(gzip.compress(b" " * 60_000) * 2, encoding="gzip")
    with pytest.raises(Unreadable, match="parts"):
        read(gzip.compress(b"") * 1_000, encoding="gzip")


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (gzip.compress(b"{}") + b"junk", "gzip"),
        (b"", "deflate"),
        (b"{}", "gzip"),
        (gzip.compress(b"{}", mtime=0)[:-9], "gzip"),
        (b"{}", "br"),
        (b"{}", "gzip, gzip"),
    ],
)
def test_a_body_whose_compression_is_broken_or_unknown(body: bytes, encoding: str) -> None:
    with pytest.raises(Unreadable):
        read(body, encoding=encoding)
