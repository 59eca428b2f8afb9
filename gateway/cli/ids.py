"""Ids as people type them: complete, or only the first characters."""

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
"""The shortest beginning of an id that the API accepts."""


def whole_id(client: Client, kind: Kind, text: str) -> str:
    """The complete id for *text*, which may be only its beginning. Several candidates end the program with their list.

    If there is none, *text* itself is returned: the call that uses it will report that the id does not exist.
    """
    if len(text) < MIN_LENGTH:
        return text
    status, answer = client.try_call("GET", "/v1/ids", parameters={"kind": kind, "beginning": text})
    ids = answer.document.get("ids") if status < MIN_ERROR else None  # the token may lack the scope
    if not ids:
        return text
    if len(ids) > 1:
        candidates = ", ".join(ids) + (", and more" if answer.document.get("more") else "")
        fail(f"several {PLURALS[kind]} have ids that begin with {text!r}: {candidates}", REFUSED)
    return str(ids[0])
