from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.messages import markup
from gateway.messages.escaping import escape
from gateway.messages.invisible import WORD_JOINER, printable
from gateway.messages.markup import Markup

HOSTILE = (
    "3 < 5 & *a* _b_ snake_case **c** `d` ~~e~~ [x](http://evil) ![](http://track/) <http://evil|bank.example> "
    "<!channel> <!here> <@U1> <@&1> @everyone @here <at>x</at> <script>alert(1)</script> "
    "&copy; &lt; a@b.example C:\\temp \\*"
)


def written(value: str, kind: Markup, *, mentions: bool = False) -> str:
    body = f"Before {escape(value)} after"
    return markup.write(markup.parse(body), kind, breaks_mentions=mentions)


def test_a_template_is_written_for_each_service() -> None:
    document = markup.parse(
        "# News\nA **bold *and* more** `x_y` _it_\nline two [Open](https://x.example/a?b=c&d=e)\n\n"
        "- one\n- two\n\n> quote"
    )
    assert markup.write(document, Markup.TEXT) == (
        "News\nA bold and more x_y it\nline two https://x.example/a?b=c&d=e\n\n- one\n- two\n\n> quote"
    )
    assert markup.write(document, Markup.SLACK) == (
        "*News*\nA *bold _and_ more* `x_y` _it_\nline two <https://x.example/a?b=c&amp;d=e|Open>\n\n"
        "\u2022 one\n\u2022 two\n\n> quote"
    )
    assert markup.write(document, Markup.MARKDOWN) == (
        "**News**\nA **bold *and* more** `x_y` *it*  \nline two [Open](https://x.example/a?b=c&d=e)\n\n"
        "- one\n- two\n\n> quote"
    )
    assert markup.write(document, Markup.HTML) == (
        "<p><strong>News</strong></p>\n<p>A <strong>bold <em>and</em> more</strong> <code>x_y</code> <em>it</em><br/>\n"
        'line two <a href="https://x.example/a?b=c&amp;d=e">Open</a></p>\n<ul><li>one</li><li>two</li></ul>\n'
        "<blockquote>quote</blockquote>"
    )
    assert markup.write(document, Markup.TELEGRAM) == (
        "<b>News</b>\nA <b>bold <i>and</i> more</b> <code>x_y</code> <i>it</i>\n"
        'line two <a href="https://x.example/a?b=c&amp;d=e">Open</a>\n\n'
        "\u2022 one\n\u2022 two\n<blockquote>quote</blockquote>"
    )
    assert markup.write(document, Markup.PUSHOVER) == (
        "<b>News</b><br>A <b>bold <i>and</i> more</b> x_y <i>it</i><br>"
        'line two <a href="https://x.example/a?b=c&amp;d=e">Open</a><br><br>'
        "\u2022 one<br>\u2022 two<br><br>&gt; quote"
    )


def test_text_shows_a_value_as_it_is() -> None:
    assert written(HOSTILE, Markup.TEXT) == f"Before {HOSTILE} after"


def test_html_shows_a_value_as_it_is() -> None:
    html = written(HOSTILE, Markup.HTML)
    assert re.findall(r"<[^>]*>", html) == ["<p>", "</p>"]
    assert unescape(html.removeprefix("<p>").removesuffix("</p>")) == f"Before {HOSTILE} after"


def test_slack_has_no_backslashes_and_no_live_mention() -> None:
    slack = written(HOSTILE, Markup.SLACK)
    assert "<" not in slack
    assert ">" not in slack
    assert "\\*a" not in slack
    assert unescape(slack).replace(WORD_JOINER, "") == f"Before {HOSTILE} after"


def test_markdown_has_no_live_mention_tag_or_link() -> None:
    text = written(HOSTILE, Markup.MARKDOWN)
    assert not re.search(r"<[A-Za-z/!@#?&]", text)
    assert not re.search(r"(?<![\w.])@\w", text)
    assert "\\[x\\](http" in text
    assert "a@b.example" in text
    assert "snake_case" in text


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
def test_every_value_comes_through_text_and_html_unchanged(value: str) -> None:
    lines = "\n".join(" ".join(printable(value).replace(WORD_JOINER, "").split(" ")).splitlines())
    plain = written(lines, Markup.TEXT)
    expected = "\n".join(line for line in f"Before {lines} after".splitlines() if line.strip())
    assert "\n".join(line for line in plain.splitlines() if line.strip()) == expected
    html = written(lines, Markup.HTML)
    assert set(re.findall(r"<[^>]*>", html)) <= {"<p>", "</p>", "<br/>"}


@pytest.mark.parametrize("kind", list(Markup))
@pytest.mark.parametrize("most", [30, 60, 100, 200])
def test_a_long_body_is_cut_and_no_markup_is_left_open(kind: Markup, most: int) -> None:
    document = markup.parse("**" + "bold words " * 40 + "** [Open](https://x.example) &\n\n" + "<more> " * 100)
    text = markup.fit(document, kind, most)
    assert len(text) <= most
    assert "\u2026" in text
    assert text.count("**") % 2 == 0
    if kind is Markup.HTML:
        assert text.count("<strong>") == text.count("</strong>")
        assert text.count("<p>") == text.count("</p>")


def test_a_body_that_fits_is_not_cut() -> None:
    assert markup.fit(markup.parse("**x** y"), Markup.SLACK, 5) == "*x* y"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "http://a b"])
def test_a_link_that_leads_elsewhere_is_text(url: str) -> None:
    assert "<a" not in markup.write(markup.parse(f"[Open]({url})"), Markup.HTML)


@pytest.mark.parametrize("value", ["+ x", "- x", "* x", "> x", "# x", "1. x", "a\n+ x", "a\n# x", "_x_ `y` \\"])
@pytest.mark.parametrize("kind", [Markup.TEXT, Markup.MARKDOWN])
def test_a_value_at_the_start_of_a_line_is_no_markup(value: str, kind: Markup) -> None:
    text = markup.write(markup.parse(escape(value)), kind)
    assert text == value if kind is Markup.TEXT else not re.search(r"(?m)^([-+*#>]|\d\.)", text)


def test_a_value_in_code_is_shown_as_it_is() -> None:
    document = markup.parse(f"`{escape('a_b *c* `d` <x>')}` after")
    assert markup.write(document, Markup.TEXT) == "a_b *c* `d` <x> after"
    assert markup.write(document, Markup.MARKDOWN).replace(WORD_JOINER, "") == "a_b \\*c\\* \\`d\\` <x> after"
    assert markup.write(document, Markup.HTML) == "<p><code>a_b *c* `d` &lt;x&gt;</code> after</p>"


def test_a_title_leads_the_body_of_a_service_without_titles() -> None:
    document = markup.titled("A *title* <b>", markup.parse("body"))
    assert markup.write(document, Markup.HTML) == "<p><strong>A *title* &lt;b&gt;</strong></p>\n<p>body</p>"
    assert markup.write(document, Markup.TEXT) == "A *title* <b>\n\nbody"


@pytest.mark.parametrize("kind", Markup)
def test_a_list_is_cut_between_two_items_and_says_how_many_are_missing(kind: Markup) -> None:
    items = [f"ticket {number}, open for 3 days" for number in range(40)]
    text = markup.fit(markup.parse("Oldest first:\n" + "\n".join(f"- {item}" for item in items)), kind, 600)
    shown = sum(item in text for item in items)
    assert 8 < shown < 40
    assert f"and {40 - shown} more" in text
    assert len(text) <= 600
    assert text.count("open for 3 days") == shown


def test_a_list_with_text_below_it_says_how_many_characters_are_missing() -> None:
    text = markup.fit(markup.parse("- an item\n" * 40 + "\nThe end"), Markup.TEXT, 200)
    assert "more characters)" in text
