"""The waiting line of a place: its rate, its concurrency, and when what failed is tried again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from gateway import retry
from gateway.config.places.services import Services
from gateway.durations import parse_duration
from gateway.model import Address, Lane, Rate

SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0}


def build_lane(name: str, value: Mapping[str, Any], address: Address, services: Services | None) -> Lane:
    """The waiting line of *address*, with what *value* says of it.

    A text message that comes a day late does harm, so by default it is tried for an hour only.
    """
    rate = None
    if "rate" in value:
        count, unit = value["rate"].split("/")
        rate = Rate(int(count), SECONDS[unit])
    service = address.url.reveal().partition("://")[0] if address.url else address.service
    usual = "short" if services and services.is_text_message(service) else "standard"
    return Lane(name, rate, value.get("concurrency"), build_retry(value.get("retry", usual)))


def build_retry(value: str | list[str]) -> tuple[timedelta, ...]:
    """The waits before each attempt after the first."""
    if isinstance(value, str):
        return {"standard": retry.STANDARD, "short": retry.SHORT, "never": ()}[value]
    return tuple(parse_duration(one) for one in value)
