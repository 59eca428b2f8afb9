"""`gateway catalog`: the rows of the catalogue, for people and for programs."""

from __future__ import annotations

import json

from click.testing import CliRunner

from gateway.cli import main


def test_json_lists_every_notification_in_the_order_of_the_file() -> None:
    rows = json.loads(CliRunner().invoke(main, ["catalog", "--format", "json"]).output)

    assert len([row for row in rows if not row["beyond_reference"]]) == 106
    assert len(rows) == 109
    assert rows[0] == {
        "id": "api_token.created.any",
        "category": "API Token",
        "category_name": "api_token",
        "title": "A new API Token was created",
        "event": "api_token.created",
        "audience": "any",
        "except_actor": False,
        "staff_only": False,
        "beyond_reference": False,
        "timing": None,
        "severity": "warning",
    }


def test_the_rows_of_the_reference_and_those_beyond_are_counted() -> None:
    shown = CliRunner().invoke(main, ["catalog"]).output
    assert "109 notifications of 73 event types (106 of the reference and 3 beyond it)" in shown


def test_a_category_is_named_by_its_title_or_its_name() -> None:
    by_title = CliRunner().invoke(main, ["catalog", "--category", "API Token"]).output
    by_name = CliRunner().invoke(main, ["catalog", "--category", "api_token"]).output

    assert by_title == by_name
    assert "2 notifications of 2 event types" in by_name


def test_a_category_has_its_facts() -> None:
    told = CliRunner().invoke(main, ["catalog", "--category", "sla"]).output

    assert told.endswith("Facts that feed their timing: sla.deadline_set, sla.met\n")


def test_an_event_type_says_in_words_when_it_is_made() -> None:
    told = CliRunner().invoke(main, ["catalog", "sla.breaching_soon"]).output

    assert (
        "time      made by the gateway 1 h before and 15 min before sla.deadline, which sla.deadline_set tells,"
        " unless sla.met or a certain ticket.status_changed or ticket.deleted comes first\n"
    ) in told


def test_a_fact_has_no_message() -> None:
    fact = json.loads(CliRunner().invoke(main, ["catalog", "ticket.due_set", "--format", "json"]).output)

    assert (fact["fact"], fact["message"], fact["notifications"]) == (True, None, [])


def test_one_event_type_is_shown_with_its_message_and_example() -> None:
    told = CliRunner().invoke(main, ["catalog", "ticket.status_changed"]).output

    assert "Status Was Changed on My Ticket" in told
    assert '"number": 10482' in told


def test_an_unknown_event_type_gets_a_hint() -> None:
    done = CliRunner().invoke(main, ["catalog", "ticket.status_chnged"])

    assert done.exit_code == 1
    assert "did you mean 'ticket.status_changed'" in done.output
