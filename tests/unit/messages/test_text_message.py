"""Text messages: their alphabet, nothing twice, and always the link."""

from __future__ import annotations

import pytest

from gateway.messages.escaping import escape
from gateway.messages.measure import gsm_length, is_gsm, utf16_length
from gateway.messages.severity import SeverityMark
from gateway.messages.text_message import in_gsm, write
from gateway.model import Fact, Message, MessageLink, Severity

LINK = MessageLink("Open ticket", "https://psa.example.com/t/7")


def text_of(title: str = "Title", body: str = "Body", severity: Severity = Severity.INFO, **more: object) -> str:
    return write(Message(title, body, severity, **more), SeverityMark.WORD)  # type: ignore[arg-type]


def test_the_short_line_and_the_link_are_all() -> None:
    facts = (Fact("Due", "today"),)
    text = text_of(short="SLA breached: #7, Keller", facts=facts, link=LINK, reasons=("because",))
    assert text == "SLA breached: #7, Keller\nhttps://psa.example.com/t/7"


def test_without_a_short_line_it_says_everything_once() -> None:
    text = text_of("Disk full", "Disk full. On **srv-1**", facts=(Fact("Free", "3 *GB*"),), link=LINK)
    assert text == "Disk full\nOn srv-1\nFree: 3 GB\nhttps://psa.example.com/t/7"


@pytest.mark.parametrize(
    ("severity", "text"), [(Severity.INFO, "T"), (Severity.WARNING, "WARNING: T"), (Severity.CRITICAL, "CRITICAL: T")]
)
def test_severity_is_a_word_unless_it_is_information(severity: Severity, text: str) -> None:
    assert text_of("T", "", severity) == text


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("\u201cIt\u2019s\u201d \u2013 Zo\u00eb\u2026 \u00b7 3 \u00d7 4 \u2192 12", '"It\'s" - Zoe... - 3 x 4 -> 12'),
        ("\u0141ukasz \u010cern\u00fd, M\u00fcller, S\u00f8ren", "Lukasz Cerny, M\u00fcller, S\u00f8ren"),
        ("100 \u20ac ~ {x}", "100 \u20ac ~ {x}"),
        ("\u4f60 \u201ca\u201d", '\u4f60 "a"'),
    ],
)
def test_characters_have_plain_equivalents(text: str, plain: str) -> None:
    assert in_gsm(text) == plain


def test_a_text_that_cannot_be_in_the_alphabet_stays_as_it_is() -> None:
    assert text_of("\u4f60\u597d \u2013 \u201ca\u201d", "") == "\u4f60\u597d \u2013 \u201ca\u201d"


@pytest.mark.parametrize("character", ["x", "\u2019", "\u4f60", "\U0001f600", "{"])
def test_a_long_text_gives_way_to_the_link(character: str) -> None:
    text = text_of(body=escape(character * 3000), link=LINK)
    assert text.endswith("\nhttps://psa.example.com/t/7")
    assert "more characters)" in text
    assert (gsm_length(text) <= 459) if is_gsm(text) else (utf16_length(text) <= 201)


def test_a_link_that_leaves_no_room_is_left_out() -> None:
    link = MessageLink("Open", "https://psa.example.com/" + "x" * 420)
    assert text_of(link=link) == "Title\nBody"


def test_characters_that_are_cut_off_do_not_cost_the_alphabet() -> None:
    text = text_of(body="words \u2013 " * 100 + "\U0001f600", link=LINK)
    assert is_gsm(text)
    assert gsm_length(text) > 400


def test_an_accent_that_is_a_character_of_its_own_stays_on_its_letter() -> None:
    assert text_of("Cafe\u0301 Lo\u0302ki", "") == "Caf\u00e9 Loki"
