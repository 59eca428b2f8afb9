"""Reading the ledger: what happened to an event, lists of events and deliveries."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import redis

from gateway.errors import NotFound
from gateway.store import keys
from gateway.store.client import translated
from gateway.store.records import delivery_document, lane_document
from gateway.times import from_ms

PAGE = 200
"""Index entries read at once while a filter looks for matches."""
MAX_READ = 5_000
"""Entries that one list looks at: a filter that matches little must not read the whole ledger."""

WORDS = {
    "cancelled": "its timer is cancelled, or its subject closed",
    "updated": "its timers take this newer data",
    "dropped": "what was held is dropped",
}
"""Of what an event may do to the time of others, said only when it has done it."""


class Views:
    """Read-only. *sources* always limits what is seen; None is everything."""

    def __init__(self, client: redis.Redis) -> None:
        self.client = client

    def event(self, id: str, sources: Iterable[str] | None = None) -> dict[str, Any]:
        """The event with its deliveries and explanation; the first of *sources* that has this id.

        Raises: NotFound, StoreUnavailable.
        """
        with translated("reading an event"):
            for source in self._sources(sources):
                key = keys.event_key(source, id)
                fields: Any = self.client.hgetall(keys.event(key))
                explanation = self._explanation(fields)
                if explanation is not None:
                    return self._event_document(fields, explanation)
        raise NotFound("event", id)

    def _explanation(self, fields: Mapping[str, str]) -> str | None:
        """The explanation (JSON): the event's own, or the one that it shares; None: both have expired."""
        if "explained" not in fields:
            return fields.get("explanation")
        found: Any = self.client.get(fields["explained"])
        return found if found is None else str(found)

    def _event_document(self, fields: Mapping[str, str], explanation: str) -> dict[str, Any]:
        answer = json.loads(fields["answer"])
        return {
            **json.loads(fields["event"]),
            "status": answer["status"],
            "accepted": from_ms(fields["accepted"]).isoformat(timespec="milliseconds"),
            "config": fields["config"],
            "deliveries": self._deliveries([delivery["id"] for delivery in answer["deliveries"]]),
            "explanation": _with_outcomes(explanation, fields),
        }

    def delivery(self, id: str, sources: Iterable[str] | None = None) -> dict[str, Any]:
        """Raises: NotFound, StoreUnavailable."""
        with translated("reading a delivery"):
            found = self._deliveries([id])
        if not found or (sources is not None and found[0]["source"] not in set(sources)):
            raise NotFound("delivery", id)
        return found[0]

    def events(
        self, limit: int = 50, sources: Iterable[str] | None = None, type: str | None = None
    ) -> list[dict[str, Any]]:
        """The newest events, newest first: id, type, source, subject, time, severity, status, accepted, deliveries."""
        with translated("listing events"):
            indexes = [keys.events_of(source) for source in self._sources(sources)]
            return _first(limit, self._newest(indexes, self._event_rows), lambda row: type in (None, row["type"]))

    def deliveries(
        self,
        limit: int = 50,
        sources: Iterable[str] | None = None,
        *,
        state: str | None = None,
        target: str | None = None,
        event: str | None = None,
        before: str | None = None,
    ) -> list[dict[str, Any]]:
        """The newest deliveries that match every filter given, newest first; after the delivery *before* in that order.

        Those of one *event* are all found; else the newest 5,000 (of the dead, when *state* is `dead`) are looked at.
        Raises: NotFound when there is no delivery *before*, StoreUnavailable.
        """
        wanted = {"state": state, "target": target, "event": event}
        filters = {name: value for name, value in wanted.items() if value is not None}
        with translated("listing deliveries"):
            names = set(self._sources(sources))
            indexes = [keys.DEAD] if state == "dead" else [keys.deliveries_of(source) for source in names]

            def matches(row: dict[str, Any]) -> bool:
                return row["source"] in names and all(row[name] == value for name, value in filters.items())

            if event is not None and before is None:
                return _first(limit, iter(self._deliveries_of(event, sorted(names))), matches)
            start = self._place(indexes, before) if before is not None else None
            return _first(limit, self._newest(indexes, self._deliveries, start), matches)

    def lanes(self) -> list[dict[str, Any]]:
        """Every lane that has deliveries to send or is not ready: what waits, what is under way, and its state."""
        with translated("listing lanes"):
            names: Any = self.client.zrange(keys.LANES, 0, -1)
            with self.client.pipeline(transaction=False) as pipe:
                for name in sorted(names):
                    pipe.zcard(keys.due(name))
                    pipe.hgetall(keys.lane(name))
                found = pipe.execute()
            seconds, microseconds = self.client.time()
        now = int(seconds) * 1000 + int(microseconds) // 1000
        return [
            lane_document(name, waiting, fields, now)
            for name, waiting, fields in zip(sorted(names), found[::2], found[1::2], strict=True)
        ]

    def _deliveries_of(self, event: str, sources: Sequence[str]) -> list[dict[str, Any]]:
        with self.client.pipeline(transaction=False) as pipe:
            for source in sources:
                pipe.hget(keys.event(keys.event_key(source, event)), "answer")
            answers = [json.loads(answer) for answer in pipe.execute() if answer]
        return self._deliveries([one["id"] for answer in answers for one in answer["deliveries"]])

    def _place(self, indexes: Sequence[str], id: str) -> tuple[float, str]:
        """Where the delivery stands in *indexes*. Raises: NotFound."""
        with self.client.pipeline(transaction=False) as pipe:
            for index in indexes:
                pipe.zscore(index, id)
            scores = [score for score in pipe.execute() if score is not None]
        if not scores:
            raise NotFound("delivery", id)
        return float(scores[0]), id

    def _sources(self, sources: Iterable[str] | None) -> list[str]:
        if sources is not None:
            return list(sources)
        known: Any = self.client.smembers(keys.SOURCES)
        return sorted(known)

    def _newest(
        self,
        indexes: Sequence[str],
        read: Callable[[Sequence[str]], list[dict[str, Any]]],
        before: tuple[float, str] | None = None,
    ) -> Iterator[dict[str, Any]]:
        """The rows behind all *indexes*, newest first over all of them; those after the place *before*."""
        newest = "+inf" if before is None else before[0]
        offset = 0
        while indexes and offset < MAX_READ:
            with self.client.pipeline(transaction=False) as pipe:
                for index in indexes:
                    pipe.zrange(
                        index, newest, "-inf", desc=True, byscore=True, offset=0, num=offset + PAGE, withscores=True
                    )
                found = [(float(score), member) for entries in pipe.execute() for member, score in entries]
            page = sorted(found, reverse=True)[offset : offset + PAGE]
            if not page:
                return
            yield from read([place[1] for place in page if before is None or place < before])
            offset += PAGE

    def _event_rows(self, event_keys: Sequence[str]) -> list[dict[str, Any]]:
        with self.client.pipeline(transaction=False) as pipe:
            for key in event_keys:
                pipe.hmget(keys.event(key), "event", "answer", "accepted")
            found = pipe.execute()
        rows = []
        for event, answer, accepted in found:
            if event is None:
                continue
            row = json.loads(event)
            del row["data"]
            told = json.loads(answer)
            row |= {"status": told["status"], "deliveries": len(told["deliveries"])}
            row["accepted"] = from_ms(accepted).isoformat(timespec="milliseconds")
            rows.append(row)
        return rows

    def _deliveries(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        with self.client.pipeline(transaction=False) as pipe:
            for id in ids:
                pipe.hgetall(keys.delivery(id))
            found = pipe.execute()
        return [delivery_document(id, fields) for id, fields in zip(ids, found, strict=True) if fields]


def _first(
    limit: int, rows: Iterator[dict[str, Any]], matches: Callable[[dict[str, Any]], bool]
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for row in rows:
        if matches(row):
            found.append(row)
            if len(found) == limit:
                break
    return found


def _with_outcomes(text: str, fields: Mapping[str, str]) -> dict[str, Any]:
    """The explanation that *text* says, with what became of each step in time."""
    explanation: dict[str, Any] = json.loads(text)
    outcomes = [pair.rpartition("=")[::2] for pair in fields.get("outcomes", "").split()]
    told = {finding["name"]: finding for finding in explanation.get("findings", ()) if finding["kind"] == "timing"}
    for name, outcome in outcomes:
        if name in told:
            told[name]["outcome"] = outcome
        else:
            finding = {"kind": "timing", "name": name, "holds": True, "why": WORDS[outcome], "outcome": outcome}
            explanation["findings"].append(finding)
    return explanation
