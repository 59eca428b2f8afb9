"""Values of an event in a message: shown literally, whatever they hold and wherever they stand."""

from __future__ import annotations

import html
import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.messages.escaping import MAX_LINK, MAX_TITLE, escape, markdown_link, one_line, safe_link
from gateway.messages.invisible import printable
from gateway.messages.markup import LineKind, Markup, Text, parse, write
from gateway.messages.markup.document import Line, Link

HOSTILE = [
    "<!channel> <!here> <@U1> <!subteam^S1>",
    "@everyone @here <@&1>",
    "<at>all</at>",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](https://evil.example)",
    "![](http://track.example/)",
    "<http://evil.example|bank.example>",
    "a](https://evil.example) [b",
    "\\[x](https://evil.example)",
    "\\\\[x](https://evil.example)",
    "**bold** __bold__ *it* _it_ `code` ~~gone~~ ||hidden||",
    "# heading\n## heading\n- item\n* item\n+ item\n1. item\n> quote",
    "title\n=====\ntitle\n-----",
    "\r# a\u2028- b\u2029> c\x0b# d\x85- e",
    "{{ 7 * 7 }} {% set x = 1 %} %s {0.__class__}",
    "&lt;b&gt; &#91;x&#93;",
    "a\\",
    "    indented\n\ttabbed",
    "```\nfence\n```",
]
PIECES = st.sampled_from(
    [
        "[",
        "]",
        "(",
        ")",
        "\\",
        "*",
        "_",
        "`",
        "#",
        ">",
        "-",
        "+",
        "<",
        "!",
        "@",
        "a",
        " ",
        "\n",
        "\u2028",
        "http://x.example",
        "javascript:1",
        "\r",
        "~",
        "|",
        "1.",
        "\u202e",
        "\u200b",
        "=",
        "&lt;",
    ]
)
VALUES = st.lists(PIECES, max_size=14).map("".join) | st.text(max_size=60)


@given(VALUES)
@pytest.mark.parametrize("frame", ["{}", "**{}** moved", "to {}", "_{}_", "> {}", "- {}", "{}{}"])
def test_a_value_never_becomes_markup(frame: str, value: str) -> None:
    """The message has the structure that the template gives it, and shows the value as it is."""
    shown = parse(frame.replace("{}", escape(value)))
    plain = parse(frame.replace("{}", "value"))
    lines = [line for line in shown if line.kind is not LineKind.BLANK]
    assert {line.kind for line in lines} <= {plain[0].kind, LineKind.PLAIN}
    if frame in ("{}", "{}{}", "to {}", "> {}", "- {}"):
        assert all(isinstance(span, Text) for line in shown for span in line.spans)


@given(VALUES)
def test_a_value_is_shown_whole(value: str) -> None:
    shown = write(parse(escape(value)), Markup.TEXT)
    assert shown.split() == printable(value).split()


@given(VALUES)
@pytest.mark.parametrize("value_at", ["{}", "**{}**", "[{}](https://ok.example/)"])
def test_a_value_makes_no_html(value_at: str, value: str) -> None:
    written = write(parse(value_at.replace("{}", escape(value))), Markup.HTML)
    tags = set(re.findall(r"<[^>]*>", written))
    allowed = {"<p>", "</p>", "<strong>", "</strong>", "<br/>", "</a>", '<a href="https://ok.example/">'}
    assert tags <= allowed
    assert "<" not in re.sub(r"<[^>]*>", "", written)


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_values_are_literal_in_every_service(value: str) -> None:
    shown = parse(escape(value))
    assert all(isinstance(span, Text) for line in shown for span in line.spans)
    wanted = printable(value).split()
    assert write(shown, Markup.TEXT).split() == wanted
    assert html.unescape(re.sub(r"</?p>|<br/>", " ", write(shown, Markup.HTML))).split() == wanted
    slack = write(shown, Markup.SLACK)
    assert "<" not in slack
    assert not re.search(r"(?<!\w)@(channel|here|everyone)", write(shown, Markup.MARKDOWN))


@given(st.text())
@example("\x00\x1b[31m\u202e\u200b\ufeff")
def test_printable_text_has_no_control_or_invisible_characters(value: str) -> None:
    for one in printable(value):
        assert one in "\n\t" or unicodedata.category(one) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")


@given(st.text())
def test_a_title_is_one_line_of_limited_length(value: str) -> None:
    line = one_line(value)
    assert len(line) <= MAX_TITLE
    assert len(line.splitlines()) <= 1


@pytest.mark.parametrize("line_break", ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"])
def test_every_kind_of_line_break_is_one(line_break: str) -> None:
    assert printable(f"a{line_break}b") == "a\nb"
    assert one_line(f"a{line_break}b") == "a b"


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("https://psa.example.com/tickets/7?a=1&b=2#c", "https://psa.example.com/tickets/7?a=1&b=2#c"),
        (" http://psa.example.com ", "http://psa.example.com"),
        ("mailto:ana@example.com", "mailto:ana@example.com"),
        ('https://x.example/(a)[b]<c>|"d"', "https://x.example/(a)%5Bb%5D%3Cc%3E%7C%22d%22"),
        ("https://x.example/already%20quoted", "https://x.example/already%20quoted"),
        ("javascript:alert(1)", ""),
        ("JavaScript:alert(1)", ""),
        ("java\nscript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("file:///etc/passwd", ""),
        ("//evil.example", ""),
        ("/tickets/7", ""),
        ("https://", ""),
        ("https:/x.example", ""),
        ("http://[", ""),
        ("https://x.example/a b", ""),
        ("https://x.example/\u202e", ""),
        ("https://x.example/" + "a" * MAX_LINK, ""),
        ("HTTPS://X.Example:8443/A?b#c", "https://x.example:8443/A?b#c"),
        ("https://x.example:/", "https://x.example/"),
        ("https://x.example:abc/", ""),
        ("https://x.example:99999/", ""),
        ("http://:80/", ""),
        ("http://@/", ""),
        ("https://./", ""),
        ("https://x..example/", ""),
        ("https://[::1]/", ""),
        (f"https://{'x' * 64}.example/", ""),
        ("https://ana:secret@x.example/", "https://ana:secret@x.example/"),
        ("https://m\u00fcnchen.example/stra\u00dfe", "https://xn--mnchen-3ya.example/stra%C3%9Fe"),
        ("https://stra\u00dfe.example/", "https://xn--strae-oqa.example/"),
        ("https://\uff58\u3002example/", "https://x.example/"),
        ("https://\u2025.example/", ""),
        ("https://x.example/100%/%zz/%20/#a#b", "https://x.example/100%25/%25zz/%20/#a%23b"),
        ("https://x.example/@everyone?to=@here", "https://x.example/%40everyone?to=%40here"),
        ("mailto:", ""),
        ("mailto:nobody", ""),
        ("mailto:ana@x.example?subject=a b", ""),
        ("mailto:ana@x.example?subject=a%20b", "mailto:ana@x.example?subject=a%20b"),
        ("", ""),
    ],
)
def test_a_link_is_a_web_or_mail_address_or_nothing(text: str, link: str) -> None:
    assert safe_link(text) == link


@given(st.text(max_size=40), st.sampled_from(["https://x.example/", "", "mailto:", "https://"]))
def test_a_link_never_ends_its_own_markup(rest: str, start: str) -> None:
    url = safe_link(start + rest)
    assert safe_link(url) == url
    assert not re.search(r"[\s<>\[\]|\"\\]", url)
    if url:
        assert parse(markdown_link("a [label] (b)", url)) == (
            Line(LineKind.PLAIN, (Link((Text("a [label] (b)"),), url),)),
        )


@pytest.mark.parametrize("url", ["https://x.example/?_g=()&_a=(x:1)", "https://x.example/a(b", "https://x.example/)("])
def test_brackets_of_a_link_never_end_its_markdown(url: str) -> None:
    written = write(parse(markdown_link("Open", url)), Markup.MARKDOWN)
    assert written in (f"[Open]({url})", f"[Open]({url.replace('(', '%28').replace(')', '%29')})")
    assert written.count("(") == written.count(")")
