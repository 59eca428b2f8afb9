"""Previews go the way of a delivery, up to the wire."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.delivery.preview import preview
from gateway.model import Config
from gateway.sending.recording import NAMES, RecordingSender

NOW = datetime(2026, 11, 24, 16, 45, tzinfo=UTC)


@pytest.fixture
def sender(tmp_path: Path) -> Iterator[RecordingSender]:
    sender = RecordingSender(tmp_path)
    yield sender
    sender.close()


def test_every_kind_has_a_payload(shipped: Config, sender: RecordingSender) -> None:
    row = shipped.catalog.notifications["ticket.status_changed.any"]
    for kind in NAMES:
        shown = preview(row, kind, shipped, sender, NOW)
        assert shown.requests, kind
        assert not shown.fault, kind
        assert any(b"10482" in request.body for request in shown.requests), kind
        assert shown.message.reasons[0].startswith("route ")


def test_every_notification_can_be_shown(shipped: Config, sender: RecordingSender) -> None:
    for row in shipped.catalog.notifications.values():
        shown = preview(row, "slack", shipped, sender, NOW)
        assert shown.requests, row.id
        assert not shown.why_not, row.id


def test_a_trouble_that_is_over_has_the_severity_that_is_sent(shipped: Config, sender: RecordingSender) -> None:
    rows = shipped.catalog.notifications
    over = {"kind": "late", "since": NOW.isoformat(), "over": True}
    assert preview(rows["gateway.trouble.lane_recovered"], "slack", shipped, sender, NOW).message.severity == "success"
    assert preview(rows["gateway.trouble.late"], "slack", shipped, sender, NOW, data=over).message.severity == "success"
    assert preview(rows["gateway.trouble.late"], "slack", shipped, sender, NOW).message.severity == "error"


def test_a_notification_has_what_is_different_in_its_example(shipped: Config, sender: RecordingSender) -> None:
    rows = shipped.catalog.notifications
    message = preview(rows["gateway.trouble.workers_gone"], "slack", shipped, sender, NOW).message
    assert message.body.startswith("No worker is alive")
    assert [fact.label for fact in message.facts] == ["Since"]


def test_the_example_fits_the_condition_of_its_notification(shipped: Config, sender: RecordingSender) -> None:
    rows = shipped.catalog.notifications
    assert "15 days" in str(preview(rows["payment.card_expiring.in_15_days"], "slack", shipped, sender, NOW).message)
    public = preview(rows["ticket.comment_added.public_any"], "slack", shipped, sender, NOW).message
    assert "Hidden" not in public.title
    private = {"comment": {"kind": "private", "body": "x"}}
    shown = preview(rows["ticket.comment_added.public_any"], "slack", shipped, sender, NOW, data=private)
    assert shown.why_not == "comment.kind is 'private', not 'public' or 'email' or 'sms'"
