"""The formats of JSON Schema that are checked: dates and times, since timers have to read them.

All other formats, such as `uri` and `email`, are annotations, as is the default in JSON Schema: a link that does not
work is no reason to refuse an event.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC
from typing import Any

from jsonschema import FormatChecker

from gateway.times import moment_of

_TIME_OF_DAY = re.compile(
    r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])?"
)


def is_moment(text: str) -> bool:
    """Whether *text* is an existing date, or time with or without an offset; timers read all of these."""
    return moment_of(text, UTC) is not None


def is_time_of_day(text: str) -> bool:
    return _TIME_OF_DAY.fullmatch(text) is not None


FORMATS: Mapping[str, Callable[[str], bool]] = {
    "date-time": is_moment,
    "date": is_moment,
    "time": is_time_of_day,
}
EXPECTED = {
    "date-time": "a date and time that exist, like 2026-11-24T17:00:00-07:00",
    "date": "a date that exists, like 2026-11-24",
    "time": "a time of day like 17:00",
}
"""For each format, what its texts look like, for people."""

CHECKER = FormatChecker(formats=())
for _name, _is_valid in FORMATS.items():
    CHECKER.checks(_name)(lambda value, _is_valid=_is_valid: not isinstance(value, str) or _is_valid(value))


def only_asserted(schema: Any) -> Any:
    """*schema* without all other formats, some of which the validators would check as well."""
    if isinstance(schema, Mapping):
        return {
            key: value if key in ("const", "enum", "examples", "default") else only_asserted(value)
            for key, value in schema.items()
            if not (key == "format" and isinstance(value, str) and value not in FORMATS)
        }
    return [only_asserted(element) for element in schema] if isinstance(schema, list) else schema
