"""Every notification of the catalogue makes cards that no service refuses, with short data and with extreme data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.messages import cards, templates, text_message
from gateway.messages.cards import CardKind, CardStyle
from gateway.messages.escaping import escape
from gateway.messages.measure import gsm_length, is_gsm, utf16_length
from gateway.messages.severity import SeverityMark
from gateway.model import EventType, Fact, Message, MessageLink, Severity, is_builtin
from tests.support.builders import event
from tests.support.cards import ADDRESSES, requests_of
from tests.support.shipped_config import shipped_config
from tests.support.strict_cards import faults

CATALOG = shipped_config().catalog
EVENT_TYPES = [one for one in CATALOG.events.values() if not (one.is_fact or is_builtin(one.name))]
HOSTILE = (
    "<!channel> <@U1> @everyone @here <at>x</at> {{DATE(2020-01-01T00:00:00Z)}} *a* _b_ `c` ~d~ "
    "[x](http://evil.example) </b><script>&amp;&lt; \u202e\u200b "
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 \u0645\u06cc\u200c\u062e \u4f60\u597d "
)
KEPT = re.compile(r"https?://|\d{4}-\d\d-\d\d|[a-z_]+$")
"""Texts that a schema or a filter reads: addresses, times, choices."""
NOW = datetime(2026, 11, 24, 16, 41, tzinfo=UTC)


def extreme(value: Any) -> Any:
    """*value* with hostile text in place of every text that people write."""
    if isinstance(value, Mapping):
        return {name: extreme(inside) for name, inside in value.items()}
    if isinstance(value, list | tuple):
        return [extreme(inside) for inside in value]
    if isinstance(value, str) and not KEPT.match(value):
        return HOSTILE * 4
    return value


def message_of(event_type: EventType, data: Any) -> Message:
    happened = event(dict(data), type=event_type.name, category=event_type.category, severity=event_type.severity)
    return templates.render(event_type.message, happened, ["because you are assigned"], UTC, NOW, (), "Category")


def refused(message: Message) -> list[str]:
    """What services refuse of *message*."""
    return [
        f"{kind}: {fault}"
        for kind, url in ADDRESSES.items()
        for made in requests_of(url, message)
        for fault in faults(kind, made["payload"])
    ]


@pytest.mark.parametrize("event_type", EVENT_TYPES, ids=lambda one: one.name)
def test_no_service_refuses_a_notification(event_type: EventType) -> None:
    assert refused(message_of(event_type, event_type.example)) == []


@pytest.mark.parametrize("event_type", EVENT_TYPES, ids=lambda one: one.name)
def test_no_service_refuses_extreme_data_or_calls_anybody(event_type: EventType) -> None:
    assert refused(message_of(event_type, extreme(event_type.example))) == []


LONG = escape(HOSTILE * 60)
WHOLE = Message(
    HOSTILE * 3,
    LONG,
    Severity.CRITICAL,
    facts=tuple(Fact(f"{HOSTILE} {number}", LONG[:600].rstrip("\\")) for number in range(60)),
    link=MessageLink(HOSTILE, "https://psa.example.com/t/7?a=1&b=(2)"),
    reasons=tuple(f"{HOSTILE} {number}" for number in range(20)),
    customer=HOSTILE,
    category_title="SLA",
    time=NOW,
)
LINKS = (
    None,
    MessageLink("Open", "mailto:ana@example.com"),
    MessageLink("Open", "http://localhost:8080/x"),
    MessageLink("Open", "http://10.0.0.1/x"),
    MessageLink("Open", "https://user:secret@psa.example.com/"),
    MessageLink("Open", "https://psa.example.com/" + "x" * 1900),
    MessageLink("\U0001f468\u200d\U0001f469" * 30, "https://psa.example.com/)("),
)


@pytest.mark.parametrize("severity", [Severity.INFO, Severity.CRITICAL])
def test_no_service_refuses_a_message_of_which_everything_is_too_long(severity: Severity) -> None:
    assert refused(replace(WHOLE, severity=severity)) == []


@pytest.mark.parametrize("link", LINKS, ids=lambda link: str(link and link.url)[:30])
def test_no_service_refuses_a_link(link: MessageLink | None) -> None:
    for message in (
        Message("T", "", Severity.INFO, link=link),
        Message("T", "B", Severity.ERROR, link=link),
    ):
        assert refused(message) == []
        for kind in CardKind:
            card = cards.build(message, CardStyle(kind))
            if card.replaces and link:
                assert link.url.partition("//")[2][:10] in str(card.fields), kind


def test_nearly_all_examples_fit_one_text_message_with_their_link() -> None:
    fitting = 0
    for event_type in EVENT_TYPES:
        message = message_of(event_type, event_type.example)
        text = text_message.write(message, SeverityMark.WORD)
        assert not message.link or text.endswith(f"\n{message.link.url}")
        is_one_part = gsm_length(text) <= 160 if is_gsm(text) else utf16_length(text) <= 70
        fitting += len(event_type.notifications) * is_one_part
    assert fitting >= 95
