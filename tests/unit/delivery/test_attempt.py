"""One attempt: what the sender gets of an event, and what cannot be sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.delivery.attempt import attempt
from gateway.encoding import dumps
from gateway.errors import ConfigInvalid
from gateway.model import Config, FailureReason, Message, Reason, SendResult, Target
from gateway.store.records import DeliveryResult, Lease
from tests.support.builders import NOW, config

CATALOG = """
version: 1
categories: {tickets: {title: Tickets}}
events:
  ticket.created:
    category: tickets
    title: Ticket created
    severity: info
    subject: ticket.id
    data: {$ref: "data/ticket.schema.json#/$defs/created"}
    message:
      title: "{{ ticket.subject }}"
      body: "{{ ticket.due_at | datetime }} {{ comment.body }}"
    example: {ticket: {id: 7, number: 7, subject: Printer}}
    notifications: {any: {title: Created}}
"""
CONFIG = """
timezone: America/Denver
channels:
  inside: {service: log}
  outside: {service: log, outside: true}
routes: [{name: all, notify: [ticket.created.any], to: [inside, outside]}]
"""
DATA = {
    "ticket": {"id": 7, "number": 7, "subject": "Printer", "due_at": "2026-11-21T02:00:00Z"},
    "comment": {"kind": "private", "body": "for staff"},
}


class Recorder:
    def __init__(self) -> None:
        self.messages: list[Message] = []

    def send(self, target: Target, message: Message, delivery_id: str, *_: Any, **__: Any) -> SendResult:
        self.messages.append(message)
        return SendResult(None)

    def wants_event(self, target: Target) -> bool:
        return False


def try_once(
    config: Config,
    target: str,
    sender: Recorder,
    data: Any = DATA,
    accepted: datetime = NOW,
    routes: Sequence[str] = ("all",),
) -> DeliveryResult:
    fields = {
        "id": "e",
        "type": "ticket.created",
        "category": "tickets",
        "source": "psa",
        "subject": "7",
        "time": NOW.isoformat(),
        "severity": "info",
        "data": data,
    }
    reasons = tuple(Reason("ticket.created.any", route, "because") for route in routes)
    lease = Lease("d", f"channel/{target}", "1", 1, 0, 0, accepted, target, reasons, "k", dumps(fields))
    return attempt(lease, config, sender, 1.0)


@pytest.mark.parametrize(
    ("minutes", "read_minutes", "verdict"),
    [(0, 10, "retry"), (4, 10, "retry"), (6, 10, "dead"), (4, 3, "dead")],  # the last: read after it was accepted
)
@pytest.mark.parametrize("missing", ["target", "event type"])
def test_what_a_new_configuration_brings_may_be_unknown_for_some_minutes(
    missing: str, minutes: int, read_minutes: int, verdict: str
) -> None:
    built = replace(config(CONFIG, CATALOG), read_at=datetime.now(UTC) - timedelta(minutes=read_minutes))
    if missing == "target":
        built = replace(built, targets={})
    else:
        built = replace(built, catalog=replace(built.catalog, events={}))
    accepted = datetime.now(UTC) - timedelta(minutes=minutes)
    result = try_once(built, "inside", Recorder(), accepted=accepted)
    assert result.verdict == verdict
    assert result.reason is (FailureReason.UNKNOWN_TARGET if missing == "target" else FailureReason.TEMPLATE)


def test_a_private_note_is_written_for_staff_and_not_for_people_outside() -> None:
    built, sender = config(CONFIG, CATALOG), Recorder()
    try_once(built, "inside", sender)
    try_once(built, "outside", sender)
    inside, outside = (message.body for message in sender.messages)
    assert "for staff" in inside
    assert "for staff" not in outside
    assert "not given" in outside


def test_times_are_those_of_the_configured_timezone() -> None:
    sender = Recorder()
    try_once(config(CONFIG, CATALOG), "inside", sender)
    assert without_year(sender.messages[0].body).startswith("Fri Nov 20, 7:00 PM MST")


def without_year(text: str) -> str:
    """A message shows the year only when it is not the one in which it is sent."""
    return text.replace(", 2026", "")


def test_times_are_those_of_whoever_reads_the_place() -> None:
    routes = """
timezone: America/Denver
providers: {email: {service: inbox}}
channels: {london: {service: log, timezone: Europe/London, locale: en_GB}, denver: {service: log}}
people:
  ana: {timezone: Asia/Kolkata, contacts: {email: ana@example.com}}
  bob: {contacts: {email: bob@example.com}}
  eva: {timezone: UTC, locale: de, contacts: {email: eva@example.com}}
routes: [{name: all, notify: [ticket.created.any], to: [london, denver, ana, bob, eva]}]
"""
    sender, built = Recorder(), config(routes, CATALOG)
    for target in ("london", "denver", "ana/email", "bob/email", "eva/email"):
        try_once(built, target, sender)
    assert [without_year(message.body.partition(" for staff")[0]) for message in sender.messages] == [
        "Sat 21 Nov, 02:00 GMT",
        "Fri Nov 20, 7:00 PM MST",
        "Sat Nov 21, 7:30 AM IST",
        "Fri Nov 20, 7:00 PM MST",
        "Sa., 21. Nov., 02:00 UTC",
    ]


def test_a_message_has_the_parts_for_its_service_and_of_the_first_route_that_changes_it() -> None:
    routes = """
providers: {sms: {service: inbox}}
channels: {london: {service: log}}
people: {ana: {contacts: {sms: "+15550100"}}}
routes:
  - {name: vip, notify: [ticket.created.any], to: [london, ana], message: {title: VIP, for: {sms: {title: VIP sms}}}}
  - {name: all, notify: [ticket.created.any], to: [london, ana], message: {title: All, short: all}}
  - {name: plain, notify: [ticket.created.any], to: [london, ana]}
"""
    variants = "    message:\n      for: {log: {title: Log}, sms: {short: by sms}}\n"
    built, sender = config(routes, CATALOG.replace("    message:\n", variants)), Recorder()
    for target, names in (("london", ["plain"]), ("london", ["all", "vip"]), ("ana/sms", ["plain", "vip"])):
        try_once(built, target, sender, routes=names)
    try_once(built, "london", sender, routes=["all"])
    shown = [(message.title, message.short) for message in sender.messages]
    assert shown == [("Log", ""), ("VIP", ""), ("VIP sms", "by sms"), ("All", "all")]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{service: log}", "{service: log, locale: en_GBB}"),
        ("routes:", "locale: en_GBB\nroutes:"),
        ("routes:", "people: {ana: {locale: en_GBB}}\nroutes:"),
    ],
)
def test_a_locale_that_does_not_exist_is_a_problem(before: str, after: str) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        config(CONFIG.replace(before, after, 1), CATALOG)
    assert [(problem.message, problem.hint) for problem in caught.value.problems if problem.is_error] == [
        ("unknown locale 'en_GBB'", "did you mean 'en_GB'?")
    ]


def test_a_timezone_of_a_channel_that_does_not_exist_is_a_problem() -> None:
    with pytest.raises(ConfigInvalid) as caught:
        config(CONFIG.replace("{service: log}", "{service: log, timezone: Europe/Londn}"), CATALOG)
    assert [problem.message for problem in caught.value.problems if problem.is_error] == [
        "unknown timezone 'Europe/Londn'"
    ]


def test_a_template_that_takes_too_much_work_is_a_permanent_failure_with_a_sentence() -> None:
    hostile = CATALOG.replace("{{ comment.body }}", "{% if ticket.list | sort | length > 9 %}{% endif %}" * 300)
    many = {"ticket": {**DATA["ticket"], "list": list(range(9_000))}}
    result = try_once(config(CONFIG, open_schema(hostile)), "inside", Recorder(), many).attempt.result
    assert (result.reason, result.is_permanent) == (FailureReason.TEMPLATE, True)
    assert "takes more than 1,000,000 steps" in result.detail


def open_schema(catalog: str) -> str:
    schema = (
        "{type: object, properties: {ticket: {type: object, properties: {id: {}, subject: {}, due_at: {}, list: {}}}}}"
    )
    return catalog.replace('{$ref: "data/ticket.schema.json#/$defs/created"}', schema)


def test_a_message_names_the_customer_wherever_its_type_has_it() -> None:
    catalog = CATALOG.replace("    subject: ticket.id\n", "    subject: ticket.id\n    customer: ticket.customer\n")
    catalog = catalog.replace('title: "{{ ticket.subject }}"', 'title: "For {{ event.customer.name | default(0) }}"')
    sender = Recorder()
    data = {"ticket": {**DATA["ticket"], "customer": {"id": 30771, "name": "Keller"}}}
    for sent in (data, DATA):
        try_once(config(CONFIG, catalog), "inside", sender, sent)
    assert [message.title for message in sender.messages] == ["For Keller", "For 0"]
