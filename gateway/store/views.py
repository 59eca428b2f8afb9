"""Reads the ledger: single events and deliveries with what happened to them, and lists of both."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import orjson
import redis

from gateway.errors import NotFound
from gateway.model import DeliveryState
from gateway.routing.explain import to_document
from gateway.store import keys
from gateway.store.client import translated
from gateway.store.delivery_search import DeliverySearch, find_deliveries
from gateway.store.explanations import decode_explanation, with_outcomes
from gateway.store.index_walk import Entry, Search, batched, find, newest_first, to_cursor
from gateway.store.records import delivery_document, lane_document
from gateway.times import from_ms


class Views:
    """Read-only. The argument *sources* limits what a caller can see to these sources; None stands for all sources."""

    def __init__(self, client: redis.Redis) -> None:
        self.client = client

    def event(self, id: str, sources: Iterable[str] | None = None) -> dict[str, Any]:
        """The event with the id *id*, its deliveries, and the stored part of its explanation. If several *sources* have
        an event with this id, the first of them counts.

        Raises: NotFound, StoreUnavailable.
        """
        with translated("reading an event"):
            for source in self._sources(sources):
                key = keys.event_key(source, id)
                fields: Any = self.client.hgetall(keys.event(key))
                explanation: Any = fields.get("explanation")
                if "explained" in fields:  # the event shares its explanation with others; the field has its key
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
        self,
        limit: int = 50,
        sources: Iterable[str] | None = None,
        type: str | None = None,
        *,
        subject: str | None = None,
        customer: str | None = None,
        target: str | None = None,
        before: Entry | None = None,
        after: Entry | None = None,
    ) -> list[dict[str, Any]]:
        """The newest events that match every filter, newest first. They are older than *before* and newer than *after*.

        *target* is a target, place or person that the event was sent to. Each event has the fields id, type, source,
        subject, time, severity, status, accepted, deliveries (their number) and cursor (its place in the list, for
        *before* and *after*).
        """
        with translated("listing events"):
            names = [keys.type_index(type)] if type is not None else []
            names += [keys.subject_index(subject)] if subject is not None else []
            names += [keys.customer_index(customer)] if customer is not None else []
            unions = [[keys.index(name)] for name in names]
            # If all sources are visible, their indexes rule nothing out: they serve where there is no other to walk.
            if sources is not None or not (unions or target is not None):
                unions.append([keys.events_of(source) for source in self._sources(sources)])
            if target is not None:
                indexes = [keys.index(keys.target_index(name)) for name in self._targets(target)]
                search = Search(unions, (), before, after, by_event=True)
                entries = events_of(newest_first(self.client, indexes, search), after)
            else:
                entries = find(self.client, Search(unions, (), before, after))
            rows = (row for batch in batched(entries) for row in self._event_rows(batch))
            return list(islice(rows, limit))

    def deliveries(
        self,
        limit: int = 50,
        sources: Iterable[str] | None = None,
        *,
        state: str | None = None,
        target: str | None = None,
        event: str | None = None,
        before: Entry | str | None = None,
        after: Entry | str | None = None,
    ) -> list[dict[str, Any]]:
        """The newest deliveries that match every filter, newest first. They are older than *before* and newer than
        *after*, which are ids of deliveries or places in the list.

        *target* is the name of a target. The part of a name before a slash stands for all its targets: those of a
        place with several recipients, or of a person.

        Raises: NotFound if there is no delivery with that id, StoreUnavailable.
        """
        with translated("listing deliveries"):
            is_dead = state == DeliveryState.DEAD
            filters = DeliverySearch(
                sources=frozenset(self._sources(sources)),
                is_of_all_sources=sources is None,
                state=state,
                targets=None if target is None else frozenset(self._targets(target)),
                event=event,
                before=self._entry(before, is_dead=is_dead),
                after=self._entry(after, is_dead=is_dead),
            )
            page = list(islice(find_deliveries(self.client, filters), limit))
            cursors = {id: to_cursor((time, id)) for time, id in page}
            rows = self._deliveries([id for _, id in page])
            return [{**row, "cursor": cursors[row["id"]]} for row in rows]

    def lanes(self) -> list[dict[str, Any]]:
        """Every lane that has deliveries to send or is open or paused: what waits, what is under way, its state."""
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

    def _entry(self, bound: Entry | str | None, *, is_dead: bool) -> Entry | None:
        """The list entry of the delivery with the id *bound*. Raises: NotFound if there is no such delivery."""
        if not isinstance(bound, str):
            return bound
        index = keys.DEAD
        if not is_dead:
            source: Any = self.client.hget(keys.delivery(bound), "source")
            index = keys.deliveries_of(source or "")
        score: Any = self.client.zscore(index, bound)
        if score is None:
            raise NotFound("delivery", bound)
        return float(score), bound

    def _targets(self, name: str) -> set[str]:
        """The targets that *name* stands for: itself, and those of a place or person with this name."""
        contacts: Any = self.client.smembers(keys.contacts(name))
        return {name, *contacts}

    def _sources(self, sources: Iterable[str] | None) -> list[str]:
        if sources is not None:
            return list(sources)
        stored: Any = self.client.smembers(keys.SOURCES)
        return sorted(stored)

    def _event_rows(self, entries: Sequence[Entry]) -> list[dict[str, Any]]:
        with self.client.pipeline(transaction=False) as pipe:
            for _, digest in entries:
                pipe.hmget(keys.event(digest), "event", "answer", "accepted")
            values = pipe.execute()
        rows = []
        for entry, (document, answer_text, accepted) in zip(entries, values, strict=True):
            if document is None:  # it has expired
                continue
            row, answer = orjson.loads(document), orjson.loads(answer_text)
            del row["data"]
            row |= {"status": answer["status"], "deliveries": len(answer["deliveries"])}
            row["accepted"] = from_ms(accepted).isoformat(timespec="milliseconds")
            row["cursor"] = to_cursor(entry)
            rows.append(row)
        return rows

    def _deliveries(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        with self.client.pipeline(transaction=False) as pipe:
            for id in ids:
                pipe.hgetall(keys.delivery(id))
            hashes = pipe.execute()
        return [delivery_document(id, fields) for id, fields in zip(ids, hashes, strict=True) if fields]


def events_of(deliveries: Iterable[Entry], after: Entry | None) -> Iterator[Entry]:
    """An entry for each event of *deliveries*, without duplicates; only entries that are newer than *after*."""
    # Deliveries of an event follow each other, since they have its time and their ids begin with its key. *after* is
    # asked again, because the id of a delivery sorts after that of its event, which may be *after* itself.
    last: Entry | None = None
    for time, id in deliveries:
        entry = time, id.rpartition("-")[0]
        if entry != last and (after is None or entry > after):
            yield entry
        last = entry
