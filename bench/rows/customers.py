"""What an event costs when many routes name its notification, each with another customer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from systems.gateway import event_document

from gateway.intake.accept import Accepted, accept
from rows.base import Figure, cost_us, runtime, server

FEW, MANY = 10, 10_000
EVENTS = 1_000
WARM_UP = 50


@dataclass(frozen=True)
class Cost:
    """Of one event."""

    accept_us: float
    stored_bytes: float


def routes_for_customers(divisor: int) -> Sequence[Figure]:
    many, events = max(2 * FEW, MANY // divisor), max(FEW, EVENTS // divisor)
    few_routes = _cost(FEW, FEW, events)
    same_customers = _cost(many, FEW, events)
    all_customers = _cost(many, many, events)
    return [
        *_figures(f"{FEW} routes", few_routes),
        *_figures(f"{many:,} routes, events of {FEW} customers", same_customers, few_routes),
        *_figures(f"{many:,} routes, another customer each time", all_customers, few_routes),
    ]


def _figures(what: str, cost: Cost, before: Cost | None = None) -> list[Figure]:
    accepting, stored = Figure(f"accept, {what}", cost.accept_us, "us"), Figure("stored", cost.stored_bytes, "bytes")
    if before is None:
        return [accepting, stored]
    more_us = Figure("that is", cost.accept_us / before.accept_us, "x")
    if before.stored_bytes <= 0:  # of so few events, a server may give back more memory than they take
        return [accepting, more_us, stored]
    return [accepting, more_us, stored, Figure("stored, that is", cost.stored_bytes / before.stored_bytes, "x")]


def _cost(routes: int, customers: int, events: int) -> Cost:
    """Of events about *customers*, which differ from event to event, among as many *routes*, one for each customer."""
    with server("relaxed") as embedded, runtime(embedded.url, _configuration(routes), durability="relaxed") as opened:
        source = opened.config.current().sources["bench"]
        stride = 7 if customers > FEW else 1  # the customers of the warm-up are not those that follow

        def post(number: int) -> None:
            document = event_document(f"evt{number}")
            customer = number * stride % customers
            ticket = document["data"]["ticket"]  # type: ignore[index] # a document of ours, whose data are an object
            ticket["customer"] = {"id": customer, "name": f"Customer {customer}"}
            (outcome,) = accept(opened, source, [document], None, datetime.now(UTC))
            assert isinstance(outcome, Accepted), outcome
            assert len(outcome.answer["deliveries"]) == 1, outcome

        for number in range(-WARM_UP, 0):
            post(number)
        client = opened.ledger.client
        before = client.info("memory")["used_memory"]
        accept_us = cost_us(post, events)
        return Cost(accept_us, (client.info("memory")["used_memory"] - before) / events)


def _configuration(count: int) -> dict[str, Any]:
    """A route for each customer, all of the same notification; few channels, since an idle lane costs a drain job."""
    routes = [
        {
            "name": f"customer-{number}",
            "notify": ["ticket.status_changed.any"],
            "when": {"ticket.customer.id": number},
            "to": [f"channel-{number % FEW}"],
        }
        for number in range(count)
    ]
    return {
        "sources": {"bench": {"tokens": [{"env": "GATEWAY_TOKEN"}], "events": ["*"]}},
        "channels": {f"channel-{number}": {"service": "log"} for number in range(FEW)},
        "routes": routes,
    }
