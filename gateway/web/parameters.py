"""Parameters that several endpoints take."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from gateway.model import Config
from gateway.times import moment_of, parse_iso
from gateway.web.endpoint import Parameter, PathPart
from gateway.web.schemas import MOMENT

MAX_LISTED = 500
DEFAULT_LISTED = 50


def parse_limit(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= MAX_LISTED):
        raise ValueError(f"a whole number from 1 to {MAX_LISTED}")
    return int(text)


def parse_name(text: str) -> str:
    if not 1 <= len(text) <= 255:
        raise ValueError("1 to 255 characters")
    return text


def parse_one_of(names: Sequence[str]) -> Callable[[str], str]:
    """Takes a text that is one of *names*."""

    def parse(text: str) -> str:
        if text not in names:
            raise ValueError(f"one of {', '.join(names)}")
        return text

    return parse


def parse_time(text: str) -> str:
    """*text* as it is: what it means depends on the timezone of the configuration."""
    if parse_iso(text) is None:
        raise ValueError("a date or time such as 2026-12-24T09:00:00Z, or without an offset in the file's timezone")
    return text


AT = Parameter(
    "at", "At this time instead of now: RFC 3339, or a local time of the file's timezone.", parse_time, MOMENT
)


def time_asked(at: str | None, config: Config) -> datetime:
    """The time that the parameter `at` means; now without one."""
    moment = None if at is None else moment_of(at, ZoneInfo(config.timezone))
    return moment or datetime.now(UTC)


LIMIT = Parameter(
    "limit",
    "How many, at most.",
    parse_limit,
    {"type": "integer", "minimum": 1, "maximum": MAX_LISTED, "default": DEFAULT_LISTED},
)
SOURCE = Parameter(
    "source", "Only of this source. A token sees others than its own only with the scope `admin`.", parse_name
)
ID = PathPart()
ANY_ID = PathPart(has_slashes=True)
