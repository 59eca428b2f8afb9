"""Merges what events say about a subject: for each field the newest value counts, by the time of the event.

A field is everything below a top-level key of the data (`ticket.assignee`), as a whole: a person, a list of people, a
customer. A later event without a field leaves it unchanged, and one with null removes it. Events that come late, twice,
or in a different order lead to the same result, since every field has the time of the event that set it. Of two events
with the same time, the one that came later counts.

What distinguishes the timers of one subject (the policy of an SLA, a date field of an asset) is stored for each timer;
everything else is stored for the subject, and for all event types that name it by the same path.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gateway.model import Catalog, Event, EventType, Path, Reaction, Timer
from gateway.paths import MISSING, as_text, format_path, lookup
from gateway.timing.operations import FactScope, Field, Remember

STORING = ("set", "update", "mention")
"""The kinds of reactions that store facts of the event."""
MAX_REFERENCES = 10
"""How many `$ref`s are followed from an event type's schema before they are taken for a cycle."""


def field_of(path: Path) -> Field:
    """The field that contains the value at *path*."""
    return path[:2]


def timer_keys(event: Event, timer: Timer) -> tuple[str, ...]:
    """The values of *timer*'s keys in *event*; empty texts for missing ones."""
    values = [lookup(event, path) for path in timer.keys]
    return tuple(["" if value is MISSING else as_text(value) or "" for value in values])


def scope_of(event: Event, event_type: EventType) -> FactScope:
    """Where the facts about the event's subject are stored, as far as timers of *event_type* share them."""
    return FactScope(format_path(event_type.subject or ()), event.subject or "")


def is_null(data: Any, path: Path) -> bool:
    """Whether *data* says that there is no value at *path*: null is there, or on the path."""
    for step in path:
        if not isinstance(data, Mapping) or step not in data:
            return False
        data = data[step]
        if data is None:
            return True
    return False


def fields_of(event: Event, keys: Iterable[str]) -> dict[Field, Any]:
    """The fields that *event* has below those of the top-level *keys* that it has."""
    fields: dict[Field, Any] = {}
    for key in keys:
        value = event.data.get(key, MISSING)
        if isinstance(value, Mapping):
            fields |= {(key, name): below for name, below in value.items()}
        elif value is not MISSING:
            fields[(key,)] = value
    return fields


def facts_of(event: Event, reactions: Iterable[Reaction], catalog: Catalog) -> list[Remember]:
    """The facts of *event* to store; those of its *reactions* of other kinds than STORING do not matter.

    An event that only mentions the subject is stored if it names people; most do not, and cost nothing.
    """
    shared: dict[FactScope, dict[Field, Any]] = {}
    remembered = []
    for reaction in reactions:
        event_type = catalog.events[reaction.event_type]
        timer, subject = event_type.timing, event_type.subject
        if reaction.kind not in STORING or not isinstance(timer, Timer) or not subject:
            continue
        if reaction.kind == "mention" and not _names_people(event.data, subject[0], event_type):
            continue
        # The rest of an event that only updates is about the event itself, such as who has assigned the ticket.
        fields = fields_of(event, event.data if reaction.kind == "set" else subject[:1])
        # What distinguishes one timer from the others of its subject: its moment and its keys, and everything beside
        # them, unless that is where the subject itself is.
        paths = (timer.at, *timer.keys) if timer.keys else ()
        own_fields, own_keys = {field_of(path) for path in paths}, {path[0] for path in paths} - {subject[0]}
        distinguishing = {
            field: fields.pop(field) for field in list(fields) if field in own_fields or field[0] in own_keys
        }
        key_values = timer_keys(event, timer)
        if distinguishing and any(key_values):
            remembered.append(Remember(FactScope(event_type.name, event.subject or "", key_values), distinguishing))
        shared.setdefault(scope_of(event, event_type), {}).update(fields)
    return [*(Remember(scope, fields) for scope, fields in shared.items() if fields), *remembered]


def _names_people(data: Mapping[str, Any], key: str, event_type: EventType) -> bool:
    """Whether *data* has, at or below the top-level *key*, one of the fields in which *event_type* names people."""
    value = data.get(key, MISSING)
    if value is MISSING:
        return False
    names = value if type(value) is dict or isinstance(value, Mapping) else None
    for paths in event_type.people.values():
        for path in paths:
            if path[0] == key and (len(path) == 1 if names is None else len(path) > 1 and path[1] in names):
                return True
    return False


def merge(facts: Iterable[tuple[int, Field, Any]], onto: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The data that (time, field, value) give together, by time; they replace the values of *onto* in these fields."""
    data: dict[str, Any] = dict(onto or {})
    # Of the same time, a whole key comes before the fields below it, which it would remove.
    for _, field, value in sorted(facts, key=lambda fact: (fact[0], len(fact[1]))):
        if len(field) == 1:
            data[field[0]] = value
            continue
        above = data.get(field[0])
        data[field[0]] = {**(above if isinstance(above, dict) else {}), field[1]: value}
    # Null values are removed only now: a null that is older than a value must not remove that value.
    return {
        key: {name: below for name, below in value.items() if below is not None} if isinstance(value, dict) else value
        for key, value in data.items()
        if value is not None
    }


def declared_only(data: Mapping[str, Any], event_type: EventType, catalog: Catalog) -> dict[str, Any]:
    """*data* without top-level keys that *event_type* does not declare and that come from the events it is derived
    from."""
    schema: Any = event_type.schema
    document: Any = schema  # in which a `$ref` without a name points
    for _ in range(MAX_REFERENCES):
        if not isinstance(schema, Mapping) or "properties" in schema or "$ref" not in schema:
            break
        name, _, pointer = schema["$ref"].partition("#")
        document = catalog.schemas.get(name) if name else document
        schema = document
        for step in pointer.split("/")[1:]:
            schema = schema.get(step) if isinstance(schema, Mapping) else None
    if not isinstance(schema, Mapping) or "properties" not in schema or schema.get("additionalProperties"):
        return dict(data)
    return {key: value for key, value in data.items() if key in schema["properties"]}
