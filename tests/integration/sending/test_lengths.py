"""No provider refuses a message for its length, however the provider counts, and a cut says what is missing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape

import pytest

from gateway.messages import cards
from gateway.messages.escaping import escape
from gateway.messages.layout import render_for
from gateway.messages.measure import measured_in
from gateway.model import FieldValue, Message, Severity
from gateway.sending.plugin_pool import new_handle
from gateway.sending.sender import Sender
from tests.support.receivers import LOCALHOST, Authority, Mailbox, TlsReceiver
from tests.support.senders import Build, by
from tests.support.strict_providers import PROVIDERS, Provider

CHARACTERS = ["x", "\u00e9", "\u4f60", "\U0001f600", "&", "_"]
MORE = re.compile(r"(?:\u2026|\.\.\.) \\?\(([0-9,]+) more characters?\\?\)")
"""How a cut ends; some services need the brackets escaped."""
LONG = 40_000
"""Characters; more than any chat takes."""
LONGER_THAN_A_MAIL = 60_000
TITLE = "Störung auf DC01 \U0001f525"


def text_message(title: str, text: str) -> Message:
    return Message(title, escape(text), Severity.INFO)


def lengths(provider: Provider, character: str) -> tuple[int, int]:
    """How many of *character* the limits of the address leave room for, and a number far beyond it."""
    handle = new_handle(by(provider.service, dict(provider.fields), provider.recipient).address)
    limits, style = handle.limits, handle.card
    beyond = min(LONG, 3 * limits.max_body + 1000)

    def shown(count: int) -> str:
        message = text_message(TITLE, character * count)
        card = cards.build(message, style) if style else None
        return json.dumps(card.fields, ensure_ascii=False) if card and card.replaces else render_for(message, limits)[1]

    # A cut says what is missing; its own words take the place of a few characters more.
    match = MORE.search(shown(beyond))
    assert match
    low = beyond - int(match[1].replace(",", ""))
    step = 16
    while not MORE.search(shown(low + step)):
        low, step = low + step, 2 * step
    high = low + step
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if MORE.search(shown(middle)) else (middle, high)
    _, body = render_for(text_message(TITLE, character * low), limits)
    if not limits.is_sms:
        assert measured_in(limits.unit)(body) <= limits.max_body
    return low, beyond


@pytest.fixture(scope="module", params=PROVIDERS, ids=str)
def provider(request: pytest.FixtureRequest) -> Provider:
    provider: Provider = request.param
    return provider


@pytest.fixture(scope="module")
def receiver(provider: Provider, authority: Authority) -> Iterator[TlsReceiver]:
    """Stands for the *provider* in all of its tests."""
    with TlsReceiver(authority, provider.host, answer=provider.answer) as receiver:
        yield receiver


@pytest.mark.parametrize("character", CHARACTERS)
def test_a_provider_takes_the_longest_message_and_those_beyond_it(
    provider: Provider, receiver: TlsReceiver, character: str, build: Build
) -> None:
    length, beyond = lengths(provider, character)
    assert length > 40
    sender = build(receiver.resolve)
    target = by(provider.service, dict(provider.fields), provider.recipient)
    for count in (length, length + 1, beyond):
        result = sender.send(target, text_message(TITLE, character * count), "d")
        assert result.is_delivered, (count, result)
        request = [request for request in receiver.requests if provider.is_message(request)][-1]
        match = MORE.search(provider.text(request))
        assert bool(match) is (count > length)
        if match:
            shown = provider.text(request).count(character)
            assert shown + int(match[1].replace(",", "")) == count


@pytest.mark.parametrize("character", CHARACTERS)
def test_a_provider_takes_a_title_of_any_length(
    provider: Provider, receiver: TlsReceiver, character: str, build: Build
) -> None:
    sender = build(receiver.resolve)
    target = by(provider.service, dict(provider.fields), provider.recipient)
    for count in (100, 5000):
        result = sender.send(target, text_message(character * count, character * LONG), "d")
        assert result.is_delivered, (count, result)


@pytest.mark.parametrize("character", CHARACTERS)
def test_a_mail_has_a_subject_of_one_line_and_short_lines(character: str, sender: Sender) -> None:
    with Mailbox() as mailbox:
        fields: dict[str, FieldValue] = {"host": LOCALHOST, "port": mailbox.port, "from": "bot@example.com"}
        target = by("mailto", fields, "ana@example.com")
        assert sender.send(target, text_message(character * 5000, character * LONGER_THAN_A_MAIL), "d").is_delivered
        mail = mailbox.mails[0]
    assert 60 < mail.message["Subject"].count(character) <= 199
    assert mail.message["Subject"].endswith("\u2026")
    assert all(len(line) <= 998 for line in mail.message.as_bytes().splitlines())
    body = re.search(r"<p [^>]*>(.*?)</p>", mail.html(), re.DOTALL)
    assert body
    match = MORE.search(body[1])
    assert match
    shown = unescape(MORE.sub("", body[1])).count(character)
    assert shown + int(match[1].replace(",", "")) == LONGER_THAN_A_MAIL
