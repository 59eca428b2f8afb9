"""What cards show, and what they say of what they have no room for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.messages import cards
from gateway.messages.cards import CardKind, CardStyle
from gateway.model import Fact, Message, MessageLink, Severity
from tests.support.cards import ADDRESSES, payload_of
from tests.support.pages import ROOT

MESSAGE = Message(
    "Disk full",
    "On **srv-1**",
    Severity.CRITICAL,
    facts=tuple(Fact(f"Label {number}", f"value {number}") for number in range(60)),
    link=MessageLink("Open asset", "https://psa.example.com/a/7"),
    short="srv-1: disk full",
    reasons=("because you are assigned",),
    customer="Keller",
    category_title="RMM alerts",
)
SIGNS = {"info": "Disk full", "warning": "\u26a0\ufe0f Disk full", "critical": "\U0001f6a8 Disk full"}


def titles(severity: Severity) -> list[str]:
    message = replace(MESSAGE, severity=severity)
    slack, teams, discord = (
        payload_of(ADDRESSES[kind], message) for kind in (CardKind.SLACK, CardKind.TEAMS, CardKind.DISCORD)
    )
    return [
        slack["blocks"][0]["text"]["text"],
        teams["attachments"][0]["content"]["body"][0]["items"][0]["text"],
        discord["embeds"][0]["title"],
    ]


@pytest.mark.parametrize(("severity", "title"), SIGNS.items())
def test_a_title_has_the_sign_of_its_severity(severity: str, title: str) -> None:
    assert titles(Severity(severity)) == [title] * 3


@pytest.mark.parametrize(
    ("kind", "missing"), [(CardKind.SLACK, "and 40 more"), (CardKind.DISCORD, "and 35 more"), (CardKind.TEAMS, None)]
)
def test_facts_without_room_are_counted(kind: CardKind, missing: str | None) -> None:
    text = str(payload_of(ADDRESSES[kind], MESSAGE))
    assert (missing in text) if missing else ("value 59" in text and "more" not in text)


def test_a_lock_screen_has_the_short_line() -> None:
    assert payload_of(ADDRESSES[CardKind.SLACK], MESSAGE)["text"] == "\U0001f6a8 srv-1: disk full"


def test_a_customer_that_a_fact_names_is_not_repeated() -> None:
    def small_print(message: Message) -> str:
        return str(payload_of(ADDRESSES[CardKind.DISCORD], message)["embeds"][0]["footer"]["text"])

    named = replace(MESSAGE, facts=(Fact("Customer", "**Keller**"),))
    assert (
        small_print(replace(MESSAGE, facts=()))
        == "Critical \u00b7 RMM alerts \u00b7 Keller \u00b7 because you are assigned"
    )
    assert small_print(named) == "Critical \u00b7 RMM alerts \u00b7 because you are assigned"


@pytest.mark.parametrize(
    ("kind", "option", "fields"),
    [
        (CardKind.NTFY, "", {"priority": 5, "tags": ["rotating_light"], "click": "https://psa.example.com/a/7"}),
        (
            CardKind.NTFY,
            "?priority=low&xtags=x&click=https://x.example",
            {"priority": None, "tags": None, "click": None},
        ),
        (CardKind.PUSHOVER, "", {"priority": "1", "url": "https://psa.example.com/a/7", "url_title": "Open asset"}),
        (CardKind.PUSHOVER, "?priority=low&url=https://x.example", {"priority": "-2", "url": "https://x.example"}),
        (CardKind.GOTIFY, "", {"priority": 10}),
        (CardKind.GOTIFY, "?priority=low", {"priority": 0}),
    ],
)
def test_severity_decides_the_priority_unless_the_address_does(
    kind: CardKind, option: str, fields: dict[str, Any]
) -> None:
    payload = payload_of(ADDRESSES[kind] + option, MESSAGE)
    assert {name: payload.get(name) for name in fields} == fields


def test_a_title_has_no_second_sign_beside_a_tag() -> None:
    assert payload_of(ADDRESSES[CardKind.NTFY], MESSAGE)["title"] == "Disk full"
    assert payload_of(f"{ADDRESSES[CardKind.NTFY]}?xtags=x", MESSAGE)["title"] == "\U0001f6a8 Disk full"
    assert payload_of(ADDRESSES[CardKind.GOTIFY], MESSAGE)["title"] == "\U0001f6a8 Disk full"


def test_a_workflow_of_slack_gets_the_whole_text() -> None:
    text = payload_of("https://hooks.slack.com/workflows/T1JJ3T3L2/A1BRTD4JD/123456789/abcDEF", MESSAGE)["text"]
    assert "value 59" in text
    assert "https://psa.example.com/a/7" in text


def test_a_program_gets_its_message_without_a_sign() -> None:
    payload = payload_of("json://localhost/hook", MESSAGE)
    assert payload["title"] == "Disk full"
    assert payload["message"].startswith("On srv-1\n\nLabel 0: value 0\n")


def test_other_services_show_the_sign_in_the_title() -> None:
    payload = payload_of("mmosts://mattermost.example/3ccdd113474722377935511fc85d3dd4", MESSAGE)
    assert payload["text"].startswith("**\U0001f6a8 Disk full**")


def test_the_page_has_every_severity_as_it_is_shown() -> None:
    page = (ROOT / "docs" / "messages.md").read_text(encoding="utf-8")
    for severity in Severity:
        message = replace(MESSAGE, severity=severity, link=None)
        slack, teams, ntfy, pushover, gotify = (
            payload_of(ADDRESSES[kind], message)
            for kind in (CardKind.SLACK, CardKind.TEAMS, CardKind.NTFY, CardKind.PUSHOVER, CardKind.GOTIFY)
        )
        sign = titles(severity)[0].removesuffix("Disk full").strip() or "none"
        style = teams["attachments"][0]["content"]["body"][0]["style"]
        numbers = f"{ntfy.get('priority', 3)} | {pushover['priority']} | {gotify['priority']}"
        word = "nothing" if severity is Severity.INFO else f"`{severity.upper()}:`"
        color = slack["attachments"][0]["color"]
        assert f"| `{severity}` | {sign} | `{color}` | `{style}` | {numbers} | {word} |" in page


def test_a_card_is_shared_and_the_same_message_makes_it_once() -> None:
    style = CardStyle(CardKind.SLACK)
    assert cards.build(MESSAGE, style) is cards.build(MESSAGE, style)
