"""The lane of a place: its rate, its concurrency, and when failed messages are tried again."""

from __future__ import annotations

from datetime import timedelta

from gateway import retry
from gateway.config.places.services import Services
from gateway.durations import parse_duration
from gateway.model import Address, Rate

SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0}
SCHEDULES = {"standard": retry.STANDARD, "short": retry.SHORT, "never": ()}


def build_rate(text: str) -> Rate:
    """`30/m` -> 30 messages in each 60 seconds."""
    count, unit = text.split("/")
    return Rate(int(count), SECONDS[unit])


def build_retry(value: str | list[str]) -> tuple[timedelta, ...]:
    """The waits before each attempt after the first."""
    if isinstance(value, str):
        return SCHEDULES[value]
    return tuple(parse_duration(wait) for wait in value)


def usual_retries(address: Address, services: Services | None) -> tuple[timedelta, ...]:
    """The waits for a place that sets none.

    A text message that comes a day late does harm, so it is tried for an hour only.
    """
    service = address.kind
    return SCHEDULES["short" if services and services.is_text_message(service) else "standard"]
