"""Paths: what they read of an event."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.model import Path, Severity
from gateway.paths import MISSING, format_path, lookup, parse_path
from tests.support.builders import NOW, event

DATA: dict[str, Any] = {
    "ticket": {
        "id": 7,
        "items": "its own items",
        "assignee": None,
        "subscribers": [{"email": "ana@example.com"}, {"name": "Bob"}, {"email": "cy@example.com"}],
        "notes": [],
    },
    "alerts": [{"tags": ["disk", "raid"]}, {"tags": ["cpu"]}, "no object"],
    "0": "a key that looks like a number",
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("ticket.id", 7),
        ("ticket.items", "its own items"),
        ("ticket.keys", MISSING),
        ("ticket.assignee", MISSING),
        ("ticket.assignee.name", MISSING),
        ("ticket.id.x", MISSING),
        ("ticket.notes", []),
        ("ticket.notes.text", MISSING),
        ("ticket.subscribers.email", ["ana@example.com", "cy@example.com"]),
        ("ticket.subscribers.phone", MISSING),
        ("ticket.subscribers.1.name", "Bob"),
        ("ticket.subscribers.9", MISSING),
        ("ticket.subscribers." + "9" * 5000, MISSING),
        ("alerts.tags", ["disk", "raid", "cpu"]),
        ("alerts.tags.0", ["disk", "cpu"]),
        ("0", "a key that looks like a number"),
        ("__class__", MISSING),
    ],
)
def test_a_path_leads_through_objects_and_lists(path: str, value: Any) -> None:
    assert lookup(event(DATA), parse_path(path)) == value


def test_the_word_event_leads_to_the_event_itself() -> None:
    one = event({"event": {"id": "the data's own"}}, severity=Severity.ERROR, subject=None)
    found = {
        name: lookup(one, ("event", name))
        for name in ("id", "type", "category", "source", "time", "severity", "subject")
    }
    assert found == {
        "id": "evt-1",
        "type": "ticket.changed",
        "category": "tickets",
        "source": "psa",
        "time": NOW.isoformat(),
        "severity": "error",
        "subject": MISSING,
    }


@pytest.mark.parametrize("path", [("event",), ("event", "data"), ("event", "id", "x"), ("event", "__class__")])
def test_the_event_has_nothing_else(path: Path) -> None:
    assert lookup(event({}), path) is MISSING


@pytest.mark.parametrize("text", ["", ".", "a.", ".a", "a..b"])
def test_an_empty_part_is_no_path(text: str) -> None:
    with pytest.raises(ValueError, match="is not a path"):
        parse_path(text)


def test_a_path_is_written_as_it_was_read() -> None:
    assert format_path(parse_path("ticket.assignee.email")) == "ticket.assignee.email"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('labels."a.b".c', ("labels", "a.b", "c")),
        ("'a b'.\"it's\"", ("a b", "it's")),
        ("it's.b", ("it's", "b")),
        ('a.""', ("a", "")),
    ],
)
def test_a_step_in_quotes_may_hold_dots(text: str, path: Path) -> None:
    assert parse_path(text) == path
    assert parse_path(format_path(path)) == path


@pytest.mark.parametrize("text", ['a."b', '"a"b', 'a.."b"', '"a".', '."a"'])
def test_a_step_in_quotes_is_whole(text: str) -> None:
    with pytest.raises(ValueError, match="is not a path"):
        parse_path(text)
