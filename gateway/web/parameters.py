"""Query parameters that several endpoints share."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from gateway.errors import ApiError
from gateway.model import Config
from gateway.routing.audience import find_person
from gateway.store.index_walk import LAST_ID, Entry
from gateway.times import moment_of, parse_iso, to_ms
from gateway.web.endpoint import Call, Parameter, PathPart
from gateway.web.schemas import MOMENT

MAX_LISTED = 500
DEFAULT_LISTED = 50
CURSOR = re.compile(r"(\d{1,15})-([0-9a-f]{24}(?:-\d+)?)")
DELIVERY_ID = re.compile(r"[0-9a-f]{24}-\d+")


def parse_limit(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= MAX_LISTED):
        raise ValueError(f"a whole number from 1 to {MAX_LISTED}")
    return int(text)


def parse_name(text: str, min_length: int = 1) -> str:
    if not min_length <= len(text) <= 255:
        raise ValueError(f"{min_length} to 255 characters")
    return text


def parse_one_of(names: Sequence[str]) -> Callable[[str], str]:
    """A parser that accepts only one of *names*."""

    def parse(text: str) -> str:
        if text not in names:
            raise ValueError(f"one of {', '.join(names)}")
        return text

    return parse


def parse_time(text: str) -> str:
    """*text* unchanged, since its meaning depends on the configuration's timezone."""
    if moment_of(text, UTC) is None:
        raise ValueError("a date or time such as 2026-12-24T09:00:00Z, or without an offset in the file's timezone")
    return text


AT = Parameter(
    "at", "At this time instead of now: RFC 3339, or a local time of the file's timezone.", parse_time, MOMENT
)


def time_asked(at: str | None, config: Config) -> datetime:
    """The time in the parameter `at`; now if it is absent."""
    moment = None if at is None else moment_of(at, ZoneInfo(config.timezone))
    return moment or datetime.now(UTC)


def parse_bound(text: str) -> str:
    """A place in a list, which `place_asked` interprets."""
    if CURSOR.fullmatch(text) is None and parse_iso(text) is None:
        raise ValueError("the `cursor` of an entry, or a date or time such as 2026-12-24T09:00:00Z")
    return text


def place_asked(text: str | None, config: Config, *, is_after: bool = False) -> Entry | None:
    """The place in a list that a parameter `before` or `after` means; None if it is absent."""
    if text is None:
        return None
    if match := CURSOR.fullmatch(text):
        return float(match[1]), match[2]
    # The id leaves out entries of exactly this millisecond on both sides.
    return float(to_ms(time_asked(text, config))), LAST_ID if is_after else ""


def recipient_asked(target: str | None, person: str | None, call: Call) -> str | None:
    """The target, place or person in the parameters `target` and `person`. Raises: ApiError if both are given."""
    if person is None:
        return target
    if target is not None:
        raise ApiError("bad-parameter", "expected `target` or `person`, not both")
    match = find_person([person], call.source.name, call.config)
    return match if isinstance(match, str) else person


LIMIT = Parameter(
    "limit",
    "The largest number of entries.",
    parse_limit,
    {"type": "integer", "minimum": 1, "maximum": MAX_LISTED, "default": DEFAULT_LISTED},
)
BEFORE = Parameter("before", "Only older entries than this `cursor` or time: the next page of a list.", parse_bound)
AFTER = Parameter("after", "Only newer entries than this `cursor` or time.", parse_bound)
TARGET = Parameter("target", "Only to this target, or to this place with several recipients.", parse_name)
PERSON = Parameter(
    "person", "Only to this person: a name in the YAML, or an identity as the source knows it.", parse_name
)
SUBJECT = Parameter("subject", "Only about this subject.", parse_name)
SOURCE = Parameter(
    "source", "Only of this source. A token sees others than its own only with the scope `admin`.", parse_name
)
ID = PathPart()
ANY_ID = PathPart(has_slashes=True)
