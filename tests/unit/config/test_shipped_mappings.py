"""The shipped mappings: what each payload becomes and who hears of it, and that no payload is too odd for them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.mapped import body_of, mapped, posted
from tests.support.mutations import as_body, mutations
from tests.support.shipped_mappings import NAMES, payload_files, shipped_config

MUTATIONS = int(os.environ.get("MUTATIONS", "240"))
"""Of each mapping; `make fuzz` asks for more."""
HEARS = {
    "alertmanager/webhook.json": [
        ("rmm_alert.created", "critical", ["noc"]),
        ("rmm_alert.auto_resolved", "success", ["noc"]),
    ],
    "datto/alert_filled.txt": [("rmm_alert.created", "error", ["noc"])],
    "grafana/alerting.json": [("rmm_alert.created", "warning", ["noc"])],
    "ninjaone/condition_reset.json": [("rmm_alert.auto_resolved", "success", ["noc"])],
    "ninjaone/condition_triggered.json": [("rmm_alert.created", "error", ["noc"])],
    "syncro/appointment_created.json": [("appointment.created", "info", ["bob/email", "desk"])],
    "syncro/appointment_moved.json": [("appointment.rescheduled", "info", [])],
    "syncro/customer_created.json": [("customer.created", "success", ["sales"])],
    "syncro/estimate_approved.json": [("estimate.decided", "info", ["billing", "cara/email"])],
    "syncro/estimate_declined.json": [("estimate.decided", "info", ["billing", "cara/email"])],
    "syncro/invoice_created.json": [("invoice.created", "info", ["billing"])],
    "syncro/invoice_emailed.json": [("invoice.emailed", "info", ["billing"])],
    "syncro/invoice_paid.json": [("invoice.paid", "info", [])],
    "syncro/lead_assigned.json": [("lead.assigned", "info", ["cara/email"])],
    "syncro/lead_created.json": [("lead.created", "info", ["sales"])],
    "syncro/payment_made.json": [("payment.made", "success", ["billing"])],
    "syncro/rmm_alert_auto_resolved.json": [("rmm_alert.auto_resolved", "success", ["noc"])],
    "syncro/rmm_alert_created.json": [("rmm_alert.created", "error", ["noc"])],
    "syncro/ticket_assigned.json": [("ticket.assigned", "info", ["bob/email"])],
    "syncro/ticket_created.json": [("ticket.created", "info", ["ana/email", "desk"])],
    "syncro/ticket_customer_replied.json": [("ticket.customer_replied", "info", ["desk"])],
    "syncro/ticket_hidden_comment.json": [("ticket.comment_added", "info", ["bob/email", "desk"])],
    "syncro/ticket_public_comment.json": [("ticket.comment_added", "info", ["desk"])],
    "syncro/ticket_status_changed.json": [("ticket.status_changed", "info", ["ana/email", "desk"])],
    "uptime_kuma/certificate.json": [("rmm_alert.created", "warning", ["noc"])],
    "uptime_kuma/down.json": [("rmm_alert.created", "error", ["noc"])],
    "uptime_kuma/test.json": [],
    "uptime_kuma/up.json": [("rmm_alert.auto_resolved", "success", ["noc"])],
}
"""By payload: type, severity and listeners of its events."""


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


PAYLOADS = [path for name in NAMES for path in payload_files(name)]


@pytest.mark.parametrize("path", PAYLOADS, ids=name_of)
def test_a_payload_reaches_whom_it_concerns(path: Path) -> None:
    config = shipped_config()
    results = mapped(body_of(path), config.sources[path.parent.name], config)
    heard = [
        (result.event.type, result.event.severity.value, list(result.targets))
        for result in results
        if result.event is not None or not result.is_ignored
    ]
    assert heard == HEARS[name_of(path)]


@pytest.mark.parametrize("name", NAMES)
def test_a_mutated_payload_is_an_event_or_there_is_a_reason(name: str) -> None:
    """Nothing raises; whatever becomes an event fits its schema, and has a plan."""
    config = shipped_config()
    source, paths = config.sources[name], payload_files(name)
    made = 0
    for seed, path in enumerate(paths):
        for body in mutations(body_of(path), -(-MUTATIONS // len(paths)), seed):
            for result in posted(as_body(body), source, config):
                assert result.event is not None or result.why_not
                made += result.event is not None
    assert made > MUTATIONS / 10
