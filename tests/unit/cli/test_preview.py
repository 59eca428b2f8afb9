"""`gateway preview`: what would go over the wire, and how it reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gateway.cli.group import main
from gateway.messages.measure import describe_sms

ROUTES = """
timezone: America/Denver
channels: {noc: {service: slack, token_a: {env: NOT_SET}, token_b: {env: NOT_SET}, token_c: {env: NOT_SET}}}
people: {ana: {timezone: Europe/London, locale: en_GB, contacts: {email: {service: inbox}}}}
routes: [{name: breaches, notify: [sla.breached.any], to: [noc], message: {for: {sms: {title: "Short & sweet"}}}}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "routes").mkdir()
    (tmp_path / "routes/routes.yaml").write_text(ROUTES)
    return tmp_path


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["preview", *arguments, "--config", str(folder)])


def requests_of(folder: Path, *arguments: str) -> list[dict[str, Any]]:
    result = run(folder, *arguments, "--format", "json")
    assert result.exit_code == 0, result.output
    requests: list[dict[str, Any]] = json.loads(result.output)["requests"]
    return requests


def test_the_terminal_shows_the_message_and_what_goes_over_the_wire(folder: Path) -> None:
    output = run(folder, "sla.breached.any", "--for", "slack").output
    assert "route breaches" in output
    assert "POST https://hooks.slack.com/services/T1EXAMPLE/" in output


def test_an_example_reads_as_at_its_moment_unless_another_time_or_other_data_are_given(folder: Path) -> None:
    arguments = ("ticket.due_soon.any", "--for", "sms")
    assert "Due in 15 min: #10490" in run(folder, *arguments).output
    assert "Due in 5 min: #10490" in run(folder, *arguments, "--at", "2026-11-23 09:55").output
    data = json.dumps({"ticket": {"number": 7, "id": 7, "subject": "x", "due_at": "2021-01-01"}})
    assert "days ago: #7" in run(folder, *arguments, "--data", data).output
    seven = run(folder, "asset.date_approaching.in_7_days", "--for", "mail").output
    assert "in 7 days" in seven
    assert "Date: Wed Dec 23" in seven


def test_a_text_message_says_how_many_parts_it_takes_and_has_the_text_of_its_route(folder: Path) -> None:
    output = run(folder, "sla.breached.any", "--for", "sms").output
    assert "Short & sweet" in output
    assert "characters of GSM-7: " in output


def test_a_person_reads_it_in_their_own_zone_and_with_their_own_reason(folder: Path) -> None:
    data = json.dumps({"ticket": {"id": 7, "number": 7, "subject": "\x1b[31mred", "due_at": "2026-11-24T17:00:00Z"}})
    arguments = ("ticket.due_soon.mine", "--for", "webhook", "--data", data, "--at", "2026-11-24T16:45Z")
    (channel,) = requests_of(folder, *arguments)
    (person,) = requests_of(folder, *arguments, "--person", "ana")
    assert "MST" in channel["body"]
    assert "GMT" in person["body"]
    assert "because you are assigned" in person["body"]
    assert "\x1b" not in run(folder, *arguments).output


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("sla.breachd.any", "--for", "slack"), "did you mean 'sla.breached.any'?"),
        (("sla.breached.any", "--for", "slak"), "did you mean 'slack'?"),
        (("sla.breached.any", "--for", "slack", "--person", "anna"), "did you mean 'ana'?"),
        (("sla.met", "--for", "slack"), "is a fact"),
        (("sla.breached.any", "--for", "slack", "--data", "{"), "is not JSON"),
        (("sla.breached.any", "--for", "slack", "--at", "noon"), "is not a time"),
        (("sla.breached.any", "--for", "slack", "--data", "[]"), "an object"),
    ],
)
def test_what_does_not_exist_is_refused_with_what_was_meant(
    folder: Path, arguments: tuple[str, ...], text: str
) -> None:
    result = run(folder, *arguments)
    assert result.exit_code in (1, 2)
    assert text in result.output


def test_the_parts_of_a_text_message_are_counted() -> None:
    assert describe_sms("a" * 160) == "(160 characters of GSM-7: 1 part)"
    assert describe_sms("a" * 161) == "(161 characters of GSM-7: 2 parts)"
    assert describe_sms("\u20ac" * 80) == "(160 characters of GSM-7: 1 part)"
    assert describe_sms("\u4f60" * 71) == "(71 characters of UCS-2: 2 parts)"


def test_data_that_would_not_bring_the_notification_is_shown_with_why(folder: Path) -> None:
    data = json.dumps({"ticket": {"id": "seven"}, "status": {"to": "New"}})
    output = run(folder, "ticket.status_changed.resolved", "--for", "sms", "--data", data).output
    assert "would not be sent for this event: status.to is 'New', not 'Resolved'" in output
    assert "an event with this data would be refused: ticket" in output


def test_a_person_is_shown_with_how_they_read_and_where_they_are_reached(folder: Path) -> None:
    places = ROUTES.replace("{email: {service: inbox}}", "{pager: {service: inbox}, other: {service: log}}")
    (folder / "routes/routes.yaml").write_text(places)
    output = run(folder, "sla.breached.any", "--for", "slack", "--person", "ana").output
    assert "ana: language of the catalogue, locale en_GB, timezone Europe/London; contacts: pager, other" in output
    assert "ana has no contact of kind slack" in output


def test_a_persons_own_contact_decides_what_is_hidden_from_them(folder: Path) -> None:
    places = ROUTES.replace("{email: {service: inbox}}", "{email: {service: inbox, outside: true}}")
    (folder / "routes/routes.yaml").write_text(places)
    arguments = ("ticket.comment_added.hidden_any", "--for", "mail")
    comment = "the new mail plan"
    assert comment in run(folder, *arguments).output
    assert comment not in run(folder, *arguments, "--person", "ana").output
