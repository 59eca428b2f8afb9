"""Who was on call when a dispatcher last looked; a difference from that is a handover."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import redis

from gateway.encoding import dumps
from gateway.store import keys
from gateway.store.client import translated
from gateway.times import from_ms, to_ms


@dataclass(frozen=True, slots=True)
class LastOnCall:
    """The people who were on call, and since when this has been known."""

    people: tuple[str, ...]
    since: datetime


class Handovers:
    """Every method raises StoreUnavailable."""

    def __init__(self, client: redis.Redis) -> None:
        self.client = client

    def last(self) -> Mapping[str, LastOnCall]:
        """By rotation; a rotation that was never looked at is missing."""
        with translated("reading who was on call"):
            texts: Any = self.client.hgetall(keys.HANDOVERS)
        documents = {rotation: json.loads(text) for rotation, text in texts.items()}
        return {
            rotation: LastOnCall(tuple(document["people"]), from_ms(document["since"]))
            for rotation, document in documents.items()
        }

    def record(self, rotation: str, people: tuple[str, ...], now: datetime) -> None:
        with translated("recording who is on call"):
            self.client.hset(keys.HANDOVERS, rotation, dumps({"people": list(people), "since": to_ms(now)}))
