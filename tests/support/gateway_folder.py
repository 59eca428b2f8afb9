"""A configuration folder with sources of every kind, and the events that they post."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

PSA, RMM, READER, OPERATOR, ADMIN = "psa-token", "rmm-token", "reader-token", "operator-token", "admin-token"

CATALOG = """
version: 1
categories:
  tickets: {title: Tickets}
  alerts: {title: Alerts}
events:
  ticket.created:
    category: tickets
    title: Ticket created
    subject: ticket.id
    people: {mine: ticket.assignee}
    data:
      type: object
      required: [ticket]
      properties:
        ticket:
          type: object
          required: [id]
          properties:
            id: {type: integer}
            priority: {enum: [low, high]}
            assignee: {$ref: "data/common.schema.json#/$defs/person"}
    message: {title: "Ticket {{ ticket.id }}", body: "Ticket {{ ticket.id }} is new."}
    example: {ticket: {id: 7}}
    notifications:
      any: {title: Any ticket created}
      mine: {title: A ticket of mine created, audience: mine}
  ticket.closed:
    category: tickets
    title: Ticket closed
    data: {type: object}
    message: {title: Closed, body: "A ticket was closed."}
    example: {}
    notifications: {any: {title: Any ticket closed}}
  alert.raised:
    category: alerts
    title: Alert raised
    severity: error
    data: {type: object}
    message: {title: Alert, body: "An alert was raised."}
    example: {}
    notifications: {any: {title: Any alert raised}}
"""

ROUTES = f"""
sources:
  psa: {{events: ["ticket.*"], tokens: ["sha256:{hashlib.sha256(PSA.encode()).hexdigest()}"]}}
  rmm: {{events: ["alert.*"], tokens: ["sha256:{hashlib.sha256(RMM.encode()).hexdigest()}"]}}
  reader:
    events: ["*"]
    tokens: ["sha256:{hashlib.sha256(READER.encode()).hexdigest()}"]
    scopes: ["events:read"]
  operator:
    events: ["ticket.*"]
    tokens: ["sha256:{hashlib.sha256(OPERATOR.encode()).hexdigest()}"]
    scopes: ["events:write", "events:read", "deliveries:replay"]
  admin:
    events: ["*"]
    tokens: ["sha256:{hashlib.sha256(ADMIN.encode()).hexdigest()}"]
    scopes: [admin]
providers: {{email: {{service: inbox}}}}
channels: {{noc: {{service: inbox}}, desk: {{service: inbox}}}}
people: {{ana: {{contacts: {{email: ana@example.com}}}}}}
routes:
  - {{name: desk, notify: [ticket.created.any], to: [desk]}}
  - {{name: mine, notify: ["*.mine"], to: [audience]}}
  - {{name: noc, notify: [alert.raised.any], to: [noc]}}
"""


def write(folder: Path) -> Path:
    """Writes the configuration into *folder*."""
    (folder / "routes").mkdir(parents=True)
    (folder / "catalog.yaml").write_text(CATALOG, "utf-8")
    (folder / "routes" / "all.yaml").write_text(ROUTES, "utf-8")
    return folder


def write_source(folder: Path, name: str, *tokens: str) -> None:
    """Declares the source *name*, which may post everything with *tokens*."""
    hashes = [f"sha256:{hashlib.sha256(token.encode()).hexdigest()}" for token in tokens]
    (folder / "routes" / f"source-{name}.yaml").write_text(
        f'sources: {{{name}: {{events: ["*"], tokens: {hashes}}}}}\n', "utf-8"
    )


def ticket(number: int = 7, **attributes: Any) -> dict[str, Any]:
    return {"type": "ticket.created", "data": {"ticket": {"id": number, "assignee": "ana@example.com"}}, **attributes}
