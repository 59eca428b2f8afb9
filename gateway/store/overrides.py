"""Overrides of rotations that are added at run time: who added them, and until when they apply."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import redis

from gateway.encoding import digest, dumps
from gateway.errors import ApiError, NotFound
from gateway.model import Override, Window
from gateway.store import keys
from gateway.store.client import translated
from gateway.times import from_ms, to_ms

MAX_OVERRIDES = 1_000
KEPT_AFTER_END = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class StoredOverride:
    """An override and the rotation that it changes."""

    rotation: str
    override: Override


class Overrides:
    """Every method raises StoreUnavailable."""

    def __init__(self, client: redis.Redis) -> None:
        self.client = client

    def add(self, rotation: str, override: Override, now: datetime) -> StoredOverride:
        """Stores *override* under an id: the same override added twice is one. Removes overrides that ended long ago.

        Raises: ApiError if there are already MAX_OVERRIDES.
        """
        document = {
            "rotation": rotation,
            "start": to_ms(override.window.start),
            "end": to_ms(override.window.end),
            "person": override.person,
            "replaces": override.replaces,
            "absent": override.absent,
            "joins": override.is_addition,
        }
        id = digest(dumps(document))[:12]
        with translated("adding an override"):
            stored = self._read()
            ended = [key for key, entry in stored.items() if entry.override.window.end < now - KEPT_AFTER_END]
            if ended:
                self.client.hdel(keys.OVERRIDES, *ended)
            if len(stored) - len(ended) >= MAX_OVERRIDES and id not in stored:
                raise ApiError("bad-override", f"there are {MAX_OVERRIDES:,} overrides already: remove some")
            self.client.hset(keys.OVERRIDES, id, dumps({**document, "author": override.author, "made": to_ms(now)}))
            return self._read()[id]

    def remove(self, id: str) -> StoredOverride:
        """Removes an override and returns it. Raises: NotFound."""
        with translated("removing an override"):
            stored = self._read().get(id)
            if stored is None or not self.client.hdel(keys.OVERRIDES, id):
                raise NotFound("override", id)
            return stored

    def all(self) -> list[StoredOverride]:
        """In the order in which they were added: of two that apply at once, the later one wins."""
        with translated("reading the overrides"):
            return list(self._read().values())

    def by_rotation(self) -> Mapping[str, tuple[Override, ...]]:
        result: dict[str, tuple[Override, ...]] = {}
        for stored in self.all():
            result[stored.rotation] = (*result.get(stored.rotation, ()), stored.override)
        return result

    def _read(self) -> dict[str, StoredOverride]:
        texts: Any = self.client.hgetall(keys.OVERRIDES)
        documents = {id: json.loads(text) for id, text in texts.items()}
        stored = {}
        for id, document in sorted(documents.items(), key=lambda item: item[1]["made"]):
            override = Override(
                Window(from_ms(document["start"]), from_ms(document["end"])),
                person=document["person"],
                replaces=document["replaces"],
                absent=document["absent"],
                is_addition=document["joins"],
                id=id,
                author=document["author"],
            )
            stored[id] = StoredOverride(document["rotation"], override)
        return stored
