"""Builds small configurations and events, for tests that read no YAML from disk."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from gateway.config.files import Files, read_files, shipped_folder
from gateway.config.load import build_from
from gateway.config.places.services import Services
from gateway.config.secrets import SecretStore
from gateway.model import Config, Event, Severity

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)

CATALOG = """
version: 1
categories: {tickets: {title: Tickets}}
events:
  ticket.changed:
    category: tickets
    title: Ticket changed
    severity: warning
    subject: ticket.id
    customer: ticket.customer
    people: {actor: actor, mine: ticket.assignee, subscribed: ticket.subscribers}
    data:
      type: object
      required: [ticket]
      properties:
        actor: {type: string, description: Who did it.}
        ticket:
          type: object
          required: [id]
          properties:
            id: {type: [integer, string]}
            subject: {type: string}
            priority: {type: string}
            assignee: {type: [string, object]}
            subscribers: {type: array, items: {type: string}}
            total: {type: string}
            customer: {type: object, properties: {id: {type: [integer, string]}, name: {type: string}}}
    message: {title: "Ticket {{ ticket.id }}", body: "{{ ticket.subject | default('no subject') }}"}
    example: {ticket: {id: 7, subject: Printer}}
    notifications:
      any: {title: A ticket changed}
      urgent: {title: An urgent ticket changed, when: {ticket.priority: urgent}}
      mine: {title: My ticket changed, audience: mine, except: actor}
      subscribed: {title: A ticket I follow changed, audience: subscribed, except: actor}
      secret: {title: Something for staff, visibility: staff, when: {ticket.priority: secret}}
"""


@cache
def _shipped_schemas() -> Mapping[str, bytes]:
    return read_files(shipped_folder()).schemas


def files(routes: str | Mapping[str, str], catalog: str = CATALOG) -> Files:
    """A configuration folder's files, with the shipped schemas."""
    named = {"routes.yaml": routes} if isinstance(routes, str) else routes
    return Files(
        catalog=("catalog.yaml", catalog.encode()),
        routes={f"routes/{name}": textwrap.dedent(text).encode() for name, text in named.items()},
        schemas=_shipped_schemas(),
    )


def config(
    routes: str | Mapping[str, str],
    catalog: str = CATALOG,
    environ: Mapping[str, str] | None = None,
    services: Services | None = None,
    folder: Path = Path(),
) -> Config:
    """The configuration that *routes* says. Raises: ConfigInvalid."""
    return build_from(files(routes, catalog), SecretStore(environ or {}, folder), services, {})


def event(data: dict[str, Any], type: str = "ticket.changed", **changes: Any) -> Event:
    """An event with *data* from the source `psa`."""
    fields: dict[str, Any] = {
        "id": "evt-1",
        "type": type,
        "category": "tickets",
        "source": "psa",
        "subject": None,
        "time": NOW,
        "severity": Severity.WARNING,
        "data": data,
    }
    return Event(**{**fields, **changes})


def changed(value: Any, text: str) -> Any:
    """*value* with *text* in place of every text in it, except web addresses and times."""
    if isinstance(value, dict):
        return {key: changed(item, text) for key, item in value.items()}
    if isinstance(value, list):
        return [changed(item, text) for item in value]
    is_free = isinstance(value, str) and not value.startswith("http") and not re.match(r"\d{4}-\d\d-\d\d", value)
    return text if is_free else value
