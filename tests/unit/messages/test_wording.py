"""What readers of the shipped catalogue's messages read: a review of all of them, line by line, and its right texts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.messages import layout, templates, text_message
from gateway.messages.markup import Markup
from gateway.messages.measure import gsm_length, is_gsm
from gateway.messages.severity import SeverityMark
from gateway.model import DEFAULT_LOCALE, ENGLISH, Event, Message
from tests.support.shipped_config import shipped_config

CONFIG = shipped_config()
TYPES = {
    name: event_type
    for name, event_type in CONFIG.catalog.events.items()
    if not event_type.is_fact and not name.startswith("gateway.")
}
ROWS = [row for row in CONFIG.catalog.notifications.values() if row.event_type in TYPES and not row.is_beyond_reference]
DENVER = ZoneInfo("America/Denver")
NOW = datetime(2026, 11, 23, 16, 53, tzinfo=UTC)
ONE_PART = 160
KELLER = {"name": "Keller & Sons Roofing"}


def message(name: str, data: Mapping[str, Any] | None = None, now: datetime = NOW, language: str = "") -> Message:
    """The message of an event of the type *name*, with *data* or that of its example, for a reader in Denver."""
    event_type = TYPES[name]
    given = event_type.example if data is None else data
    event = Event("1", name, event_type.category, "psa", None, now, event_type.severity, given)
    event = replace(event, customer=event_type.customer)
    locale, words = language or DEFAULT_LOCALE, CONFIG.words.get(language, ENGLISH)
    return templates.render(event_type.message_in(language), event, [], DENVER, now, locale=locale, words=words)


def facts(written: Message) -> dict[str, str]:
    return {fact.label: layout.markdown_to_text(fact.value) for fact in written.facts}


def text(written: Message) -> str:
    return f"{written.title}\n{layout.as_text(written)}"


def sms(written: Message) -> str:
    return text_message.write(written, SeverityMark.WORD)


# ------------------------------------------------------------------ all messages


def test_at_least_95_of_the_106_rows_fit_one_part_of_a_text_message_with_their_link() -> None:
    texts = {name: sms(message(name)) for name in TYPES}
    assert all(written.link is None or written.link.url in texts[name] for name, written in messages().items())
    fits = Counter(is_gsm(texts[row.event_type]) and gsm_length(texts[row.event_type]) <= ONE_PART for row in ROWS)
    assert fits.total() == 106
    assert fits[True] >= 95


def messages() -> dict[str, Message]:
    return {name: message(name) for name in TYPES}


@pytest.mark.parametrize("name", TYPES)
def test_the_customer_is_always_named(name: str) -> None:
    paths = [lookup_in(TYPES[name].example, path) for path in TYPES[name].customer]
    names = {value["name"] for value in paths if isinstance(value, dict)}
    for customer in names:
        assert customer in message(name).title


def lookup_in(data: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        data = data.get(step) if isinstance(data, dict) else None
    return data


@pytest.mark.parametrize("name", TYPES)
def test_what_the_title_says_is_no_fact_below_it(name: str) -> None:
    """Neither the customer, whose tier is a fact of its own, nor a label with its value such as the priority."""
    written = message(name)
    for label, value in facts(written).items():
        assert not written.customer or written.customer not in value
        assert f"{label} {value}".casefold() not in written.title.casefold()


@pytest.mark.parametrize("name", TYPES)
def test_nothing_is_said_twice_and_every_link_names_what_it_opens(name: str) -> None:
    written = message(name)
    body = layout.markdown_to_text(written.body)
    assert body
    assert written.title.casefold() not in body.casefold()
    assert body.casefold() not in written.title.casefold()
    assert written.link is None or written.link.label != "Open"
    assert written.short
    for word in ("Somebody", "(not given)", "{{", "  ", " ,", "..", ".,"):
        assert word not in text(written) + written.short


@pytest.mark.parametrize("name", TYPES)
def test_a_message_of_an_event_that_says_only_what_it_must_has_no_placeholder(name: str) -> None:
    """The fields that its schema does not require are absent: neither the customer nor who did it is known."""
    data = required_only(TYPES[name].example, TYPES[name].schema)
    for written in (message(name, data), message(name, data, language="de")):
        assert not re.search(r"\(not given\)|\(keine Angabe\)|None", text(written) + written.short)


def required_only(example: Any, schema: Mapping[str, Any]) -> Any:
    documents = CONFIG.catalog.schemas
    while "$ref" in schema:
        file, _, pointer = schema["$ref"].rpartition("#") if "#" in schema["$ref"] else (schema["$ref"], "", "")
        found: Any = documents.get(file) or next(value for key, value in documents.items() if key.endswith(file))
        for step in [step for step in pointer.split("/") if step]:
            found = found[step]
        schema = found
    if isinstance(example, dict):
        required = schema.get("required", ())
        properties = schema.get("properties", {})
        # A person has no field that is always there, but one of them at least.
        kept = {key: required_only(example[key], properties.get(key, {})) for key in required if key in example}
        return kept or example
    return example


# ------------------------------------------------------------------ line by line


def test_1_facts_stand_one_a_line() -> None:
    assert facts(message("api_token.created")) == {"Permissions": "tickets read, assets read", "Expires": "never"}
    assert "Permissions: tickets read, assets read\nExpires: never" in text(message("api_token.created"))
    assert "Where: 400 Harbor Street, Tacoma\nAssigned to: Bob Singh" in text(message("appointment.created"))


def test_2_an_sms_has_the_alphabet_of_text_messages_and_keeps_its_link() -> None:
    data = {
        **TYPES["ticket.customer_replied"].example,
        "reply": {"body": "It\u2019s \u201cdone\u201d \u2013 " + "x " * 300},
    }
    written = sms(message("ticket.customer_replied", data))
    assert is_gsm(written)
    assert written.endswith("https://psa.example.com/tickets/58210443")


def test_3_an_sms_says_nothing_twice() -> None:
    assert sms(message("sla.breached")) == (
        "CRITICAL: SLA breached #10482 Email not working on reception PC - Keller & Sons Roofing, due 9:41 AM"
        "\nhttps://psa.example.com/tickets/58210443"
    )


def test_4_times_are_in_the_zone_and_style_of_the_reader_and_relative() -> None:
    now = datetime(2026, 11, 24, 23, 45, tzinfo=UTC)
    assert facts(message("ticket.created", now=now))["Due"] == "Tue Nov 24, 5:00 PM MST (in 15 min)"


def test_5_the_day_is_that_of_the_reader() -> None:
    order = {"id": 1, "number": "PO-1", "due_at": "2026-11-21T02:00:00Z"}
    assert facts(message("purchase_order.past_due", {"purchase_order": order}))["Expected"] == "Fri Nov 20, 7:00 PM MST"


@pytest.mark.parametrize(("minutes", "left"), [(60, "in 1 hr"), (15, "in 15 min")])
def test_6_the_two_warnings_of_an_sla_say_how_long_is_left_and_how_urgent_it_is(minutes: int, left: str) -> None:
    deadline = datetime(2026, 11, 24, 0, minutes, tzinfo=UTC) if minutes < 60 else datetime(2026, 11, 24, 1, tzinfo=UTC)
    example = TYPES["sla.breaching_soon"].example
    data = {**example, "sla": {**example["sla"], "deadline": deadline.isoformat()}}
    written = message("sla.breaching_soon", data, datetime(2026, 11, 24, tzinfo=UTC))
    assert written.title == f"SLA due {left}: #10490 VPN drops every hour (Harbor Dental Group, priority 2 Medium)"


def test_7_each_fact_stands_once() -> None:
    written = message("sla.breached")
    assert layout.markdown_to_text(written.body) == "Gold - first response is overdue."
    assert text(written).count("first response") == 1
    assert facts(written)["Due"] == "Mon Nov 23, 9:41 AM MST (12 min ago)"
    data = {
        **TYPES["sla.breached"].example,
        "sla": {"name": "Gold", "metric": "reply", "deadline": "2026-11-23T16:41Z"},
    }
    assert layout.markdown_to_text(message("sla.breached", data).body) == "Gold (reply) is overdue."


def test_9_what_is_ones_own_is_called_so() -> None:
    assert message("appointment.due_soon").body == "You have an appointment with Keller & Sons Roofing."
    assert message("reminder.due_soon").body == "You asked to be reminded of this."


def test_11_titles_stand_alone_on_a_lock_screen() -> None:
    titles = {name: message(name).title for name in TYPES}
    assert titles["ticket.status_changed"] == (
        "Keller & Sons Roofing: #10482 Email not working on reception PC is Resolved"
    )
    assert titles["appointment.due_soon"] == "10:45 AM Replace the firewall, Keller & Sons Roofing"
    assert titles["ticket.assigned"] == "Yours: #10490 VPN drops every hour (Harbor Dental Group)"
    assert titles["reminder.due_soon"] == "10:45 AM Call Priya about the scanner quote"


@pytest.mark.parametrize(
    ("name", "remaining", "title"),
    [
        ("admin.sms_credits_low", 1, "1 SMS credit left"),
        ("admin.sms_credits_low", 15.0, "15 SMS credits left"),
        ("admin.snail_mail_credits_low", 9.0, "9 snail mail stamps left"),
    ],
)
def test_12_counts_are_whole_numbers_with_the_right_word(name: str, remaining: float, title: str) -> None:
    assert message(name, {"credits": {"remaining": remaining}}).title == title


def test_13_quotations_in_replies_are_removed() -> None:
    html = "<div>It works&nbsp;again!</div><div class='gmail_quote'>On Mon, Ana wrote:<blockquote>Did it?"
    for name, path in (("ticket.customer_replied", "reply"), ("ticket.comment_added", "comment")):
        example = TYPES[name].example
        written = message(name, {**example, path: {**example[path], "body": html}})
        assert "> It works again! (quoted text removed)" in layout.as_markdown(written).replace("\\", "")


def test_14_the_body_adds_something_to_the_title() -> None:
    written = message("rmm_alert.created")
    assert written.title == "Keller & Sons Roofing: KELLER-DC01, Agent offline for 15 minutes"
    assert facts(written)["Raised"] == "Mon Nov 23, 9:44 AM MST (9 min ago)"
    assert message("employee.clocked").title == "Bob Singh clocked in at 7:58 AM"
    assert facts(message("employee.clocked")) == {"Date": "Mon Nov 23"}


@pytest.mark.parametrize(
    ("payment", "title"),
    [
        ({"amount": "1234.00", "currency": "JPY"}, "Payment of \u00a51,234 from Keller & Sons Roofing"),
        ({"amount": "5.00", "currency": "chf"}, "Payment of CHF 5.00 from Keller & Sons Roofing"),
        ({"amount": "-1234.50", "currency": "USD"}, "Refund of $1,234.50 to Keller & Sons Roofing"),
        ({"amount": "-0.10", "currency": "EUR"}, "Refund of \u20ac0.10 to Keller & Sons Roofing"),
        ({"amount": 434.6}, "Payment of 434.60 from Keller & Sons Roofing"),
    ],
)
def test_15_money_follows_the_rules_of_its_currency(payment: dict[str, Any], title: str) -> None:
    assert message("payment.made", {"payment": {"id": 1, **payment}, "customer": KELLER}).title == title


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("invoice.emailed", "Total: $434.60"),
        ("payment.card_stored", "Valid until: Apr 2029"),
        ("stock_take.assigned", "Cara Whitfield asks you to do this count."),
        ("rma.created", "Return RMA-310, 24-port switch"),
        ("lead.created", "This lead came in by text message."),
        ("ticket.assigned", "Ana Lopez assigned this ticket to you."),
        ("rmm_asset.pending_approval", "Approve or deny it."),
    ],
)
def test_16_a_sentence_is_understood_when_it_is_read_once(name: str, shown: str) -> None:
    assert shown in text(message(name))


def test_16_what_nobody_is_known_to_have_done_was_done() -> None:
    data = {"token": {"id": 1, "name": "Export"}}
    assert message("api_token.created", data).body == ("This API token was created. If nobody expected it, delete it.")


def test_17_the_rollup_counts_by_customer_in_a_stable_order_with_a_link_and_a_visible_cut() -> None:
    alerts = [
        {"id": number, "description": f"Alert {number}", "customer": {"name": customer}, "created_at": created_at}
        for number, customer, created_at in (
            (3, "Keller", "2026-11-21T12:00:00Z"),
            (2, "Keller", "2026-11-21T12:00:00Z"),
            (1, "Harbor", "2026-11-20T12:00:00Z"),
        )
    ]
    alerts[2]["url"] = "https://psa.example.com/rmm_alerts/1"
    written = message("rmm_alert.stale", {"alerts": alerts})
    assert written.title == "3 stale alerts at 2 customers"
    assert layout.markdown_to_text(written.body) == (
        "Harbor (1 alert)\n\n- Alert 1 (since Fri Nov 20)\n\n"
        "Keller (2 alerts)\n\n- Alert 2 (since Sat Nov 21)\n- Alert 3 (since Sat Nov 21)"
    )
    assert written.link is not None
    assert (written.link.label, written.link.url) == ("Open the oldest alert", "https://psa.example.com/rmm_alerts/1")
    many = message("rmm_alert.stale", {"alerts": [{**alerts[0], "id": number} for number in range(300)]})
    _, shown = layout.render_for(many, layout.ServiceLimits(Markup.TEXT, 2_000))
    assert "more" in shown


def test_18_joiners_stay_where_they_join_and_nothing_turns_the_direction() -> None:
    family, persian = "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    data = {**TYPES["ticket.customer_replied"].example, "reply": {"body": f"{family} {persian} \u202egnp.exe"}}
    body = message("ticket.customer_replied", data).body
    assert body == f"> {family} {persian} gnp.exe"


def test_20_the_action_names_its_object() -> None:
    labels = {name: written.link.label for name, written in messages().items() if written.link}
    assert labels["ticket.created"] == "Open ticket #10482"
    assert labels["invoice.created"] == "Open invoice INV-20931"
    assert labels["rmm_asset.pending_approval"] == "Approve or deny BLUEBIRD-POS2"
