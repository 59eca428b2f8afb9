"""Who is online: presence sessions, which expire by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

import redis

from gateway.encoding import digest
from gateway.store import keys
from gateway.store.client import Script, translated
from gateway.times import from_ms

MAX_SESSIONS = 50
"""How many sessions a person may have; a further one replaces the session that would end first."""

PRESENCE = Script("presence")
ONLINE = Script("online")


class PresenceKeys(NamedTuple):
    """presence.lua"""

    sessions: str
    presence: str


class PresenceArgs(NamedTuple):
    """presence.lua"""

    person: str
    lives_ms: int
    most: int
    session: str
    ends_all: str = ""


class OnlineKeys(NamedTuple):
    """online.lua"""

    presence: str


class Sessions:
    """Sessions belong to the source that reports them. Times are the server's. Every method raises StoreUnavailable."""

    def __init__(self, client: redis.Redis) -> None:
        self.client = client

    def refresh(self, person: str, source: str, session: str, lives: timedelta) -> datetime:
        """When the session ends, unless it is refreshed before."""
        lives_ms = int(lives.total_seconds() * 1000)
        ends, _ = self._change(PresenceArgs(person, lives_ms, MAX_SESSIONS, _session(source, session)))
        return from_ms(ends)

    def end(self, person: str, source: str, session: str | None) -> tuple[int, int]:
        """How many sessions ended, and how many the person still has; without *session*, all that *source* reported are
        ended."""
        ends_all = "1" if session is None else ""
        return self._change(PresenceArgs(person, 0, MAX_SESSIONS, _session(source, session), ends_all))

    def online(self) -> Mapping[str, datetime]:
        """The people who have a live session, and when their last one ends."""
        with translated("asking who is online"):
            flat: list[str] = ONLINE.call(self.client, OnlineKeys(keys.PRESENCE), ())
        return {person: from_ms(ends) for person, ends in zip(flat[::2], flat[1::2], strict=True)}

    def _change(self, args: PresenceArgs) -> tuple[int, int]:
        with translated("changing a presence"):
            names = PresenceKeys(keys.presence_of(args.person), keys.PRESENCE)
            first, second = PRESENCE.call(self.client, names, args)
        return int(first), int(second)


def _session(source: str, session: str | None) -> str:
    """The name of a session in the ledger; without *session*, the prefix of those of *source*."""
    return f"{digest(source)}:{digest(session) if session is not None else ''}"
