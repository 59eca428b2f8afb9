from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from gateway.messages.invisible import WORD_JOINER
from gateway.messages.layout import ServiceLimits, as_text, render_for
from gateway.messages.markup import Markup
from gateway.messages.measure import Unit, gsm_length, utf16_length
from gateway.model import ENGLISH, Fact, Message, MessageLink, Severity

SMS = ServiceLimits(Markup.TEXT, max_body=160, has_mentions=False, is_sms=True)


def message(title: str = "Title", body: str = "Body") -> Message:
    return Message(title, body, Severity.INFO)


WHOLE = Message(
    "Title",
    "**Body**",
    Severity.INFO,
    facts=(Fact("Due *soon*", "in **15** min"), Fact("By", "a\\_b")),
    link=MessageLink("Open [x](https://evil.example)", "https://psa.example.com/7"),
    reasons=("because you are *assigned*", "route b"),
)


def test_body_facts_link_and_reasons_stand_below_each_other() -> None:
    _, body = render_for(WHOLE, ServiceLimits(Markup.MARKDOWN, 1000, max_title=250))
    assert body.replace("  \n", "\n") == (
        "**Body**\n\n**Due \\*soon\\*:** in **15** min\n**By:** a_b\n\n"
        "[Open \\[x\\](https://evil.example)](https://psa.example.com/7)\n\n"
        "*because you are \\*assigned\\* \u00b7 route b*"
    )


def test_they_are_as_complete_in_plain_text() -> None:
    assert as_text(WHOLE) == (
        "Body\n\nDue *soon*: in 15 min\nBy: a_b\n\nOpen [x](https://evil.example) (https://psa.example.com/7)\n\n"
        "because you are *assigned* \u00b7 route b"
    )


def test_what_a_message_does_not_have_takes_no_line() -> None:
    assert as_text(message(body="")) == ""
    assert as_text(replace(WHOLE, body="", link=None, reasons=())) == "Due *soon*: in 15 min\nBy: a_b"


def test_sixty_long_facts_are_cut_where_the_service_needs_it() -> None:
    facts = tuple(Fact(f"Label {number}", "\U0001f469\u200d\U0001f680 " * 100) for number in range(60))
    _, body = render_for(replace(WHOLE, facts=facts), ServiceLimits(Markup.MARKDOWN, 2000, unit=Unit.UTF16))
    assert utf16_length(body) <= 2000
    assert "and 58 more" in body
    assert "(https://psa.example.com/7)" in body


def test_a_title_of_its_own_stays_apart() -> None:
    assert render_for(message(), ServiceLimits(Markup.TEXT, 1000, max_title=250)) == ("Title", "Body")


def test_a_service_without_titles_gets_it_in_the_body() -> None:
    assert render_for(message(), ServiceLimits(Markup.MARKDOWN, 1000)) == ("", "**Title**\n\nBody")


def test_a_title_is_one_line_of_200_characters_without_invisible_ones() -> None:
    title, _ = render_for(
        message("a\r\nBcc: x\u202e\u200b" + "y" * 300), ServiceLimits(Markup.TEXT, 1000, 250, has_mentions=False)
    )
    assert title.startswith("a Bcc: xyy")
    assert len(title) == 200


def test_a_title_in_a_chat_calls_nobody() -> None:
    title, _ = render_for(message("<at>x</at> @here *b*"), ServiceLimits(Markup.MARKDOWN, 1000, 250))
    assert "<at>" not in title
    assert "@here" not in title
    assert title.replace(WORD_JOINER, "") == "<at>x</at> @here \\*b\\*"


def test_an_empty_message_still_has_a_body() -> None:
    assert render_for(message("", ""), ServiceLimits(Markup.TEXT, 1000)) == ("", "(no text)")


def test_messages_that_differ_in_their_words_alone_are_written_differently() -> None:
    """Although the words do not count in the hash by which written messages are found again."""
    german = replace(message("", ""), words=replace(ENGLISH, no_text="(kein Text)"))
    assert [render_for(each, ServiceLimits(Markup.TEXT, 1000))[1] for each in (message("", ""), german)] == [
        "(no text)",
        "(kein Text)",
    ]


@pytest.mark.parametrize(
    ("text", "limit", "length"),
    [("word " * 500, 459, gsm_length), ("\u4f60\u597d " * 500, 201, utf16_length), ("{}" * 500, 459, gsm_length)],
)
def test_a_text_message_has_three_parts_at_most(text: str, limit: int, length: Callable[[str], int]) -> None:
    _, body = render_for(message("T", text), SMS)
    assert limit - 8 < length(body) <= limit
    match = re.fullmatch(r"T\n(.*)\.\.\. \(([0-9,]+) more characters\)", body)
    assert match
    assert len(match[1]) + int(match[2].replace(",", "")) == len(text)


def test_a_short_text_message_is_whole_and_has_no_blank_lines() -> None:
    assert render_for(message("Disk full", "On **srv-1**\n\n[Open](https://x.example/1)"), SMS) == (
        "",
        "Disk full\nOn srv-1\nhttps://x.example/1",
    )


def test_a_spoken_message_is_no_program_for_the_call() -> None:
    shape = ServiceLimits(Markup.TEXT, 4000, max_title=250, has_mentions=False, is_spoken=True)
    _, body = render_for(message("T", "\\<Response><Dial>1</Dial></Response>"), shape)
    assert not body.lstrip().startswith("<")
