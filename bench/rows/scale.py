"""What one event costs to accept when there are many routes, people and notifications."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from systems.gateway import event_document

from gateway.config.files import shipped_folder
from gateway.intake.accept import Accepted, accept
from rows.base import Figure, cost_us, runtime, server

EVENTS = 3_000
MANY_ROUTES = 10_000
MANY_NOTIFICATIONS = 5_000

COPY = """
  copy{number}.changed:
    category: tickets
    title: Copy {number}
    data: {{type: object}}
    message: {{title: "Copy {number}", body: "Copy {number} changed."}}
    example: {{}}
    notifications: {{any: {{title: Copy {number}}}}}
"""


def accept_cost(divisor: int) -> Sequence[Figure]:
    events = max(50, EVENTS // divisor)
    few = _cost(routes(10), None, events)
    many = _cost(routes(MANY_ROUTES // divisor), None, events)
    catalog = (shipped_folder() / "catalog.yaml").read_text("utf-8")
    copies = "".join(COPY.format(number=number) for number in range(MANY_NOTIFICATIONS // divisor))
    wide = _cost(routes(10), catalog + copies, events)
    return [
        Figure("accept, 10 routes and people", few, "us"),
        Figure(f"accept, {MANY_ROUTES // divisor:,} routes and people", many, "us"),
        Figure("that is", many / few, "x"),
        Figure(f"accept, {106 + MANY_NOTIFICATIONS // divisor:,} notifications", wide, "us"),
        Figure("that is", wide / few, "x"),
    ]


def routes(count: int) -> dict[str, Any]:
    """*count* routes and people; one route and one person concern the event."""
    people = {f"p{number}": {"contacts": {"email": f"p{number}@example.com"}} for number in range(count)}
    rows = ["ticket.status_changed.any", *["ticket.created.any", "lead.created.any", "invoice.emailed.any"] * count]
    routes = [{"name": f"r{number}", "notify": [rows[number]], "to": [f"p{number}"]} for number in range(count)]
    return {
        "sources": {"bench": {"tokens": [{"env": "GATEWAY_TOKEN"}], "events": ["*"]}},
        "providers": {"email": {"service": "log"}},
        "people": people,
        "routes": routes,
    }


def _cost(configuration: dict[str, Any], catalog: str | None, events: int) -> float:
    with server() as embedded, runtime(embedded.url, configuration, catalog) as opened:
        source = opened.config.current().sources["bench"]

        def post(number: int) -> None:
            (outcome,) = accept(opened, source, [event_document(f"evt-{number}")], None, datetime.now(UTC))
            assert isinstance(outcome, Accepted), outcome

        for number in range(-200, 0):
            post(number)
        return cost_us(post, events)
