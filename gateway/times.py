"""Times: milliseconds of the ledger, to and from aware UTC."""

from __future__ import annotations

from datetime import UTC, datetime


def from_ms(ms: str | float) -> datetime:
    """The time *ms* milliseconds after the epoch, as the ledger stores times."""
    return datetime.fromtimestamp(float(ms) / 1000, UTC)


def to_ms(time: datetime) -> int:
    return round(time.timestamp() * 1000)
