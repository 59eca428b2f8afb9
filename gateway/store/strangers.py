"""People whom events named and the directory does not have: how often, and when last.

For each role, the ledger keeps those named last, up to a number in `accept.lua`. They are counted in the step that
commits the event.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import redis

from gateway.encoding import dumps
from gateway.model import Role
from gateway.store import keys
from gateway.store.client import translated
from gateway.times import from_ms

MAX_PER_EVENT = 20


@dataclass(frozen=True, slots=True)
class CountedStranger:
    source: str
    role: Role
    identities: tuple[str, ...]
    count: int
    """How many events named them in this role."""
    last: datetime
    """When the last of these was accepted."""


def encode_strangers(source: str, strangers: Iterable[tuple[Role, tuple[str, ...]]]) -> str:
    """Role and identities of each of *strangers* in the form that `accept.lua` reads: a line for each, with role and
    JSON."""
    lines = (f"{role} {dumps([source, *identities])}" for role, identities in strangers)
    return "\n".join(islice(lines, MAX_PER_EVENT))


class Strangers:
    """Every method raises StoreUnavailable."""

    def __init__(self, client: redis.Redis) -> None:
        self.client = client

    def newest(self) -> list[CountedStranger]:
        """Those of all roles, the last named first."""
        with translated("reading who is not known"), self.client.pipeline(transaction=False) as pipe:
            for role in Role:
                pipe.zrange(keys.STRANGERS_PREFIX + role, 0, -1, withscores=True)
                pipe.hgetall(keys.STRANGER_COUNTS_PREFIX + role)
            answers: list[Any] = pipe.execute()
        strangers = []
        for role, members, counts in zip(Role, answers[::2], answers[1::2], strict=True):
            for member, last in members:
                source, *identities = json.loads(member)
                count = int(counts.get(member, 1))
                strangers.append(CountedStranger(source, role, tuple(identities), count, from_ms(int(last))))
        return sorted(strangers, key=lambda stranger: stranger.last, reverse=True)
