"""The waiting line of a place: its rate, its concurrency, and when what failed is tried again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from gateway import retry
from gateway.durations import parse_duration
from gateway.model import Address, Lane, Rate

SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0}
SHORT_LIVED = frozenset(
    """
    atalk bulksms bulkvs burstsms clicksend d7sms httpsms kavenegar kudosity msg91 msgbird nexmo plivo
    serwersms seven signal signals sinch smpp smpps smsc smseagle smseagles smsmanager smsmgr smstunnel
    sns threema twilio voipms vonage whatsapp
    """.split()  # noqa: SIM905 - names in a paragraph, not on a page
)
"""Services of text messages: one that comes a day late does harm, so they are tried for an hour."""


def build_lane(name: str, value: Mapping[str, Any], address: Address) -> Lane:
    """The waiting line of *address*, with what *value* says of it."""
    rate = None
    if "rate" in value:
        count, unit = value["rate"].split("/")
        rate = Rate(int(count), SECONDS[unit])
    service = address.url.reveal().partition("://")[0] if address.url else address.service
    usual = "short" if service in SHORT_LIVED else "standard"
    return Lane(name, rate, value.get("concurrency"), build_retry(value.get("retry", usual)))


def build_retry(value: str | list[str]) -> tuple[timedelta, ...]:
    """The waits before each attempt after the first."""
    if isinstance(value, str):
        return {"standard": retry.STANDARD, "short": retry.SHORT, "never": ()}[value]
    return tuple(parse_duration(one) for one in value)
