"""Ids as people type them: whole, or the first characters of one."""

from __future__ import annotations

from typing import Literal

from gateway.cli.client import MIN_ERROR, Client, fail
from gateway.cli.exit_codes import REFUSED

Kind = Literal["event", "delivery", "timer", "override"]
PLURALS: dict[Kind, str] = {
    "event": "events",
    "delivery": "deliveries",
    "timer": "timers",
    "override": "overrides",
}
MIN_LENGTH = 4
"""The least length of a beginning; the API refuses a shorter one."""


def whole_id(client: Client, kind: Kind, text: str) -> str:
    """The id that *text* is, or begins; ends the program with the candidates when there are several.

    Where there is none, *text* itself: whoever uses it will be told that nothing has this id.
    """
    if len(text) < MIN_LENGTH:
        return text
    status, answer = client.try_call("GET", "/v1/ids", parameters={"kind": kind, "beginning": text})
    ids = answer.document.get("ids") if status < MIN_ERROR else None  # a token may be allowed less
    if not ids:
        return text
    if len(ids) > 1:
        candidates = ", ".join(ids) + (", and more" if answer.document.get("more") else "")
        fail(f"several {PLURALS[kind]} have ids that begin with {text!r}: {candidates}", REFUSED)
    return str(ids[0])
