"""What the gateway says of itself, in German: nothing of it is left in English, in any field of any message."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest

from gateway.messages import layout, templates
from gateway.messages.mail import build as mail
from gateway.model import BUILTIN, ENGLISH, Event, FailureReason, Message, is_builtin
from gateway.model.schedules import Cause
from tests.support.shipped_config import shipped_config

CONFIG = shipped_config()
TYPES = {name: event_type for name, event_type in CONFIG.catalog.events.items() if is_builtin(name)}
NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
SINCE = "2026-11-24T07:00:00Z"
NAMES = {
    name: f"z{number}" for number, name in enumerate(("target", "lane", "delivery", "recipient", "source", "body"))
}
"""Values of events: no words of the gateway."""
SAME_IN_GERMAN = {
    "gateway",
    "worker",
    "dispatcher",
    "status",
    "unmapped",
    "targets",
    "enable",
    "nov",
    "notification",
    "alarm",
    "was",
    "log",
}
"""Technical terms, commands, a month, the brand, and words that both languages have."""


def troubles() -> Iterator[Mapping[str, Any]]:
    kinds = TYPES["gateway.trouble"].schema["properties"]["kind"]["enum"]
    for kind, is_over, names in product(kinds, (False, True), (NAMES, {})):
        yield {"kind": kind, "since": SINCE, "over": is_over, "status": 400, **names}
    for reason in FailureReason:
        data = {"kind": "dead_letter", "since": SINCE, "reason": reason.value, "detail": "HTTP 400", "status": 400}
        yield {**data, "event_type": "z7.z8", **NAMES}


def handovers() -> Iterator[Mapping[str, Any]]:
    people: tuple[list[str], ...] = ([], ["z1"], ["z1", "z2"])
    for cause, on_call, going in product(get_args(Cause), people, people):
        data = {"rotation": "z3", "coming": on_call, "going": going, "on_call": on_call, "cause": cause}
        yield {**data, "on_call_names": on_call, "going_names": going, "why": "regular turn", "until": SINCE}
        yield {**data, "why": "regular turn", "until": SINCE}


OCCASIONS = {"gateway.trouble": troubles, "gateway.handover": handovers}


def written(name: str, data: Mapping[str, Any], language: str) -> Message:
    event_type = TYPES[name]
    event = Event("1", name, BUILTIN, BUILTIN, "z1", NOW, event_type.severity, data)
    return templates.render(
        event_type.message_in(language),
        replace(event, customer=event_type.customer),
        [],
        ZoneInfo("Europe/Berlin"),
        NOW,
        category_title=CONFIG.catalog.categories[BUILTIN].title_in(language),
        locale=language,
        words=CONFIG.words.get(language, ENGLISH),
    )


def fields_of(message: Message) -> dict[str, str]:
    facts = {f"fact {number}": f"{fact.label}: {fact.value}" for number, fact in enumerate(message.facts)}
    return {"title": message.title, "body": message.body, "short": message.short, **facts}


def words_in(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]{3,}", text.casefold()))


@pytest.mark.parametrize("name", TYPES)
def test_no_field_of_a_german_message_about_the_gateway_has_an_english_word(name: str) -> None:
    english: set[str] = set()
    pairs = [(written(name, data, "en"), written(name, data, "de")) for data in OCCASIONS[name]()]
    for in_english, in_german in pairs:
        first, second = fields_of(in_english), fields_of(in_german)
        assert second.keys() == first.keys()
        for field, text in second.items():
            assert bool(text) == bool(first[field])
            assert not text or text != first[field]
        english |= words_in(" ".join(first.values()))
    # Every sentence of the catalogue has been written: no branch of a template is left out above.
    template = TYPES[name].message
    sources = " ".join((template.title, template.body, template.short, *(label for label, _ in template.facts)))
    assert words_in(re.sub(r"\{[{%].*?[%}]\}", " ", sources)) <= english

    english -= SAME_IN_GERMAN
    for _, message in pairs:
        text = f"{message.title} {layout.as_text(message)} {message.short} {mail.build(message).text}"
        assert words_in(text).isdisjoint(english), sorted(words_in(text) & english)


def test_every_category_has_a_german_title() -> None:
    titles = {name: (category.title, category.titles.get("de")) for name, category in CONFIG.catalog.categories.items()}
    assert not [name for name, (_, german) in titles.items() if german is None]
    same = {name for name, (english, german) in titles.items() if english == german}
    assert same == {"chat", "gateway", "sla", "tickets"}


def test_every_fact_has_a_german_label_whether_its_message_is_translated_or_not() -> None:
    same = set()
    for event_type in CONFIG.catalog.events.values():
        labels = [label for label, _ in event_type.message.facts]
        german = [label for label, _ in event_type.message_in("de").facts]
        same |= {label for label, other in zip(labels, german, strict=True) if label == other}
    assert same == {"Status", "Ticket", "Version"}


@pytest.mark.parametrize(
    ("lead", "german"),
    [
        ("15 min", "15 Min."),
        ("2 h 5 min", "2 Std. 5 Min."),
        ("1 day", "1 Tag"),
        ("30 days", "30 Tage"),
        ("soon", "soon"),
    ],
)
def test_the_time_that_is_left_is_said_in_the_language_of_the_reader(lead: str, german: str) -> None:
    event_type = replace(TYPES["gateway.handover"].message, title="{{ event.lead }}", body="", facts=(), short="")
    event = Event("1", "gateway.handover", BUILTIN, BUILTIN, None, NOW, TYPES["gateway.handover"].severity, {}, lead)
    assert templates.render(event_type, event, []).title == lead
    assert templates.render(event_type, event, [], locale="de").title == german
