"""Reading the ledger: what happened to an event, lists of events and deliveries."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import dropwhile, islice
from typing import Any

import orjson
import redis

from gateway.errors import NotFound
from gateway.routing.explain import to_document
from gateway.store import keys
from gateway.store.client import translated
from gateway.store.explanations import decode_explanation, with_outcomes
from gateway.store.index_walk import newest_first
from gateway.store.records import delivery_document, lane_document
from gateway.times import from_ms

FILTERED = ("source", "state", "target", "event_id")
"""The fields of a delivery that filters look at."""
BATCH = 200
"""Rows that one round trip reads while a filter looks for matches."""


class Views:
    """Read-only. *sources* always limits what is seen; None is everything."""

    def __init__(self, client: redis.Redis) -> None:
        self.client = client

    def event(self, id: str, sources: Iterable[str] | None = None) -> dict[str, Any]:
        """The event with its deliveries and what is kept of its explanation; the first of *sources* that has this id.

        Raises: NotFound, StoreUnavailable.
        """
        with translated("reading an event"):
            for source in self._sources(sources):
                key = keys.event_key(source, id)
                fields: Any = self.client.hgetall(keys.event(key))
                explanation: Any = fields.get("explanation")
                if "explained" in fields:  # its explanation is one that it shares with other events
                    explanation = self.client.get(fields["explained"])
                if explanation is None:  # there is no such event, or it is about to expire
                    continue
                answer = json.loads(fields["answer"])
                findings, is_fallback = decode_explanation(explanation)
                findings = with_outcomes(findings, fields.get("outcomes", ""))
                return {
                    **json.loads(fields["event"]),
                    "status": answer["status"],
                    "accepted": from_ms(fields["accepted"]).isoformat(timespec="milliseconds"),
                    "config": fields["config"],
                    "deliveries": self._deliveries([delivery["id"] for delivery in answer["deliveries"]]),
                    "explanation": to_document(findings, is_fallback=is_fallback),
                }
        raise NotFound("event", id)

    def delivery(self, id: str, sources: Iterable[str] | None = None) -> dict[str, Any]:
        """Raises: NotFound, StoreUnavailable."""
        with translated("reading a delivery"):
            documents = self._deliveries([id])
        if not documents or (sources is not None and documents[0]["source"] not in set(sources)):
            raise NotFound("delivery", id)
        return documents[0]

    def events(
        self, limit: int = 50, sources: Iterable[str] | None = None, type: str | None = None
    ) -> list[dict[str, Any]]:
        """The newest events that match, newest first.

        Of each: id, type, source, subject, time, severity, status, accepted, and the number of its deliveries.
        """
        with translated("listing events"):
            indexes = [keys.events_of(source) for source in self._sources(sources)]
            digests = (digest for _, digest in newest_first(self.client, indexes))
            rows = (row for batch in _batched(digests) for row in self._event_rows(batch))
            return list(islice((row for row in rows if type in (None, row["type"])), limit))

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

        *target* is the name of a target, or what it begins with before a slash: a place with several recipients, or
        a person. Raises: NotFound when there is no delivery *before*, StoreUnavailable.
        """
        with translated("listing deliveries"):
            names = set(self._sources(sources))

            def matches(row: Mapping[str, Any]) -> bool:
                return (
                    row["source"] in names
                    and state in (None, row["state"])
                    and (target is None or row["target"] == target or row["target"].startswith(f"{target}/"))
                    and event in (None, row["event_id"])
                )

            ids = self._ids_of(event, names) if event is not None else self._newest_ids(state, names, before)
            if event is not None and before is not None:
                ids = islice(dropwhile(lambda delivery: delivery != before, ids), 1, None)
            matching = (id for batch in _batched(ids) for id in self._matching(batch, matches))
            return self._deliveries(list(islice(matching, limit)))

    def lanes(self) -> list[dict[str, Any]]:
        """Every lane that has deliveries to send or is not ready: what waits, what is under way, and its state."""
        with translated("listing lanes"):
            names: Any = self.client.zrange(keys.LANES, 0, -1)
            with self.client.pipeline(transaction=False) as pipe:
                for name in sorted(names):
                    pipe.zcard(keys.due(name))
                    pipe.hgetall(keys.lane(name))
                answers = pipe.execute()
            seconds, microseconds = self.client.time()
        now = int(seconds) * 1000 + int(microseconds) // 1000
        return [
            lane_document(name, waiting, fields, now)
            for name, waiting, fields in zip(sorted(names), answers[::2], answers[1::2], strict=True)
        ]

    def _ids_of(self, event: str, sources: Iterable[str]) -> Iterator[str]:
        """The deliveries of the events that have this id, in the order of their plans."""
        with self.client.pipeline(transaction=False) as pipe:
            for source in sorted(sources):
                pipe.hget(keys.event(keys.event_key(source, event)), "answer")
            answers = [json.loads(answer) for answer in pipe.execute() if answer]
        return iter([delivery["id"] for answer in answers for delivery in answer["deliveries"]])

    def _newest_ids(self, state: str | None, sources: Iterable[str], before: str | None) -> Iterator[str]:
        """Raises: NotFound, when there is no delivery *before*."""
        indexes = [keys.DEAD] if state == "dead" else [keys.deliveries_of(source) for source in sources]
        start: tuple[float, str] | None = None
        if before is not None:
            with self.client.pipeline(transaction=False) as pipe:
                for index in indexes:
                    pipe.zscore(index, before)
                scores = [score for score in pipe.execute() if score is not None]
            if not scores:
                raise NotFound("delivery", before)
            start = float(scores[0]), before
        return (id for _, id in newest_first(self.client, indexes, start))

    def _matching(self, ids: Sequence[str], matches: Callable[[Mapping[str, Any]], bool]) -> Iterator[str]:
        """Those of *ids* that match, by the few fields that filters look at."""
        with self.client.pipeline(transaction=False) as pipe:
            for id in ids:
                pipe.hmget(keys.delivery(id), FILTERED)
            rows = [dict(zip(FILTERED, values, strict=True)) for values in pipe.execute()]
        return (id for id, row in zip(ids, rows, strict=True) if row["state"] is not None and matches(row))

    def _sources(self, sources: Iterable[str] | None) -> list[str]:
        if sources is not None:
            return list(sources)
        known: Any = self.client.smembers(keys.SOURCES)
        return sorted(known)

    def _event_rows(self, digests: Sequence[str]) -> list[dict[str, Any]]:
        with self.client.pipeline(transaction=False) as pipe:
            for digest in digests:
                pipe.hmget(keys.event(digest), "event", "answer", "accepted")
            values = pipe.execute()
        rows = []
        for document, answer_text, accepted in values:
            if document is None:  # it has expired
                continue
            row, answer = orjson.loads(document), orjson.loads(answer_text)
            del row["data"]
            row |= {"status": answer["status"], "deliveries": len(answer["deliveries"])}
            row["accepted"] = from_ms(accepted).isoformat(timespec="milliseconds")
            rows.append(row)
        return rows

    def _deliveries(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        with self.client.pipeline(transaction=False) as pipe:
            for id in ids:
                pipe.hgetall(keys.delivery(id))
            hashes = pipe.execute()
        return [delivery_document(id, fields) for id, fields in zip(ids, hashes, strict=True) if fields]


def _batched(items: Iterator[str]) -> Iterator[list[str]]:
    """*items* in lists of BATCH; `itertools.batched` came with Python 3.12."""
    while batch := list(islice(items, BATCH)):
        yield batch
