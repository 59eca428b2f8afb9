"""The rules of the configurations that have planned the ledger's events; they explain older events."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable
from typing import Any

import redis

from gateway.conditions.evaluate import without_schedules
from gateway.conditions.parse import condition_document, parse_condition
from gateway.encoding import canonical
from gateway.model import Audience, Condition, Config, Notification, Place, Route
from gateway.paths import format_path, parse_path
from gateway.routing.why_not import Rules
from gateway.settings import Settings
from gateway.store import keys
from gateway.store.client import translated

MAX_KEPT = 50
"""The rules of this many configurations are kept, those in use last."""
MAX_CHARACTERS = 1_000_000
"""The limit for the compressed rules of one configuration; 10,000 routes for one customer each take about 70,000."""
SLACK_S = 2 * 3600
"""How much longer rules live than an event that they plan now, since their lifetime is extended only once an hour."""


class KeptRules:
    """By the digest of the configuration. Every method raises StoreUnavailable."""

    def __init__(self, client: redis.Redis, settings: Settings) -> None:
        self.client = client
        retention_s = int(settings.retention.total_seconds())
        self._lives_s = 2 * retention_s + SLACK_S

    def keep(self, digest: str, encode: Callable[[], str]) -> bool:
        """Stores the rules that *encode* returns for as long as events planned now; False if they are too large.

        For rules that are already stored, only the lifetime is extended.
        """
        with translated("keeping the rules"):
            seconds, _ = self.client.time()
            # Encoding takes long for a large configuration, and mostly the rules are already stored.
            if not self.client.expire(keys.rules(digest), self._lives_s):
                text = encode()
                if len(text) > MAX_CHARACTERS:
                    return False
                self.client.set(keys.rules(digest), text, ex=self._lives_s)
            self.client.zadd(keys.RULES, {digest: int(seconds)})
            forgotten: Any = self.client.zrange(keys.RULES, 0, -MAX_KEPT - 1)
            if forgotten:
                self.client.delete(*map(keys.rules, forgotten))
                self.client.zrem(keys.RULES, *forgotten)
        return True

    def of(self, digest: str, event_type: str) -> Rules | None:
        """The rules for events of *event_type*; None if the rules of this configuration are no longer stored."""
        with translated("reading the rules"):
            text: Any = self.client.get(keys.rules(digest))
        return None if text is None else decode_rules(text, event_type)


def encode_rules(config: Config) -> str:
    """The rules of *config* without people and places, compressed.

    It is JSON, compressed (RFC 1950) and in base 85, since the ledger's client reads text: `{timezone, notifications:
    {event type: [[id, audience, when]]}, customers: {event type: [path]}, routes: [[name, file, line, ids, when]]}`.
    The ids are numbers: positions of notifications in the order of the catalogue. Conditions are stored without the
    parts that refer to a schedule, since `complete` needs none.
    """
    numbers = {id: number for number, id in enumerate(config.catalog.notifications)}
    document = {
        "timezone": config.timezone,
        "notifications": {
            name: [[row.id, row.audience.value, _encode_condition(row.when)] for row in event_type.notifications]
            for name, event_type in config.catalog.events.items()
        },
        "customers": {
            name: [format_path(path) for path in event_type.customer]
            for name, event_type in config.catalog.events.items()
            if event_type.customer
        },
        "routes": [
            [
                route.name,
                route.place.file,
                route.place.line,
                sorted(numbers[id] for id in route.notifications),
                _encode_condition(route.when),
            ]
            for route in config.routes
        ],
    }
    # Not sorted: `decode_rules` counts the notifications in the order in which they were written.
    return base64.b85encode(zlib.compress(canonical(document, sort=False))).decode("ascii")


def decode_rules(text: str, event_type: str) -> Rules:
    """The rules in *text* for events of *event_type*."""
    document = json.loads(zlib.decompress(base64.b85decode(text)))
    ids = [row[0] for rows in document["notifications"].values() for row in rows]
    notifications = [
        Notification(id, event_type, id, Audience(audience), parse_condition(when))
        for id, audience, when in document["notifications"].get(event_type, ())
    ]
    routes: dict[str, list[Route]] = {row.id: [] for row in notifications}
    for name, file, line, numbers, when in document["routes"]:
        named_ids = routes.keys() & {ids[number] for number in numbers}
        if named_ids:
            route = Route(name, Place(file, line), frozenset(named_ids), (), when=parse_condition(when))
            for id in named_ids:
                routes[id].append(route)
    customers = {event_type: [parse_path(path) for path in document["customers"].get(event_type, ())]}
    return Rules(document["timezone"], {event_type: notifications}, routes, customers)


def _encode_condition(condition: Condition) -> dict[str, Any]:
    return condition_document(without_schedules(condition))
