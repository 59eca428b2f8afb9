"""Parameters that several endpoints take."""

from __future__ import annotations

from gateway.web.endpoint import Parameter, PathPart

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
