"""A configuration with a source for every shipped mapping, the payloads beside them, and whom each payload notifies."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from gateway.config.mappings import build
from gateway.model import Config
from tests.support.builders import config
from tests.support.pages import ROOT

FOLDER = Path(build.__file__).parent / build.SHIPPED
NAMES = tuple(build.shipped_names())
KEY = "0123456789abcdef0123456789abcdef"
SOURCES = "sources:\n" + "".join(
    f"  {name}: {{events: ['*'], auth: [{{key: {{secret: {{env: SENDER_KEY}}}}}}], mapping: {name}}}\n"
    for name in NAMES
)
ENVIRON = {"SENDER_KEY": KEY}
PEOPLE = """
providers:
  email: {service: inbox}
people:
  ana: {name: Ana Lopez, identities: ["syncro:1834", ana@msp.example], contacts: {email: ana@msp.example}}
  bob: {name: Bob Singh, identities: ["syncro:1839", bob@msp.example], contacts: {email: bob@msp.example}}
  cara: {name: Cara Whitfield, identities: ["syncro:1850"], contacts: {email: cara@msp.example}}
"""
ROUTES = """
channels:
  desk: {service: inbox}
  noc: {service: inbox}
  billing: {service: inbox}
  sales: {service: inbox}
routes:
  - {name: mine, notify: ["*.mine", "*.mentioned", "*.public_mine", "*.hidden_mine"], to: [audience], via: [email]}
  - {name: desk, notify: [ticket.*.any, ticket.*.public_any, ticket.*.hidden_any, appointment.created.any], to: [desk]}
  - {name: noc, notify: [rmm_alert.*], to: [noc]}
  - {name: billing, notify: ["invoice.*.any", "estimate.*.any", payment.made.any], to: [billing]}
  - {name: sales, notify: [customer.created.any, lead.created.any], to: [sales]}
"""

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


@cache
def shipped_config() -> Config:
    catalog = (ROOT / "catalog.yaml").read_text("utf-8")
    return config({"sources.yaml": SOURCES, "people.yaml": PEOPLE, "routes.yaml": ROUTES}, catalog, ENVIRON)


def payload_files(name: str) -> list[Path]:
    """The bodies that are shipped as examples of the mapping *name*."""
    return sorted((FOLDER / "examples" / name).iterdir())
