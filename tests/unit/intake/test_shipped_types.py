"""What every event type of the shipped catalogue takes: null as absent, people in any form, dates that exist."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.config.catalog.data_paths import named_at, unknown_step
from gateway.errors import ApiError
from gateway.intake.parse import parse
from gateway.intake.validate import event_schemas
from gateway.model import EventType, Path, Source, Timer, is_builtin
from tests.support.builders import NOW
from tests.support.shipped_config import shipped_config

CONFIG = shipped_config()
TYPES = [event_type for event_type in CONFIG.catalog.events.values() if not is_builtin(event_type.name)]
DOCUMENTS = CONFIG.catalog.schemas
MOMENTS = {"date", "date-time"}


def errors(event_type: EventType, data: Any, **attributes: Any) -> list[dict[str, Any]]:
    document = {"type": event_type.name, "data": data, **attributes}
    return event_schemas.of(CONFIG).errors(document, event_type.name)


def declared(event_type: EventType) -> Iterator[Path]:
    """The path of every field that the type's schema declares."""
    waiting: list[Path] = [()]
    while waiting:
        path = waiting.pop()
        unknown = unknown_step(event_type.schema, (*path, "\u2205"), DOCUMENTS)
        for name in unknown.names if unknown and unknown.place == len(path) else ():
            if len(path) < 6:
                waiting.append((*path, name))
                yield (*path, name)


def placed(data: Any, path: Path, value: Any) -> Any:
    """*data* with *value* at *path*; the objects and list elements on the way are made where they are missing."""
    changed = copy.deepcopy(data)
    here = changed
    for step in path[:-1]:
        if not isinstance(here.get(step), dict | list):
            here[step] = {}
        here = here[step]
        if isinstance(here, list):
            if not here or not isinstance(here[0], dict):
                here[:] = [{}]
            here = here[0]
    here[path[-1]] = value
    return changed


def without(data: Any, path: Path) -> Any:
    changed = placed(data, path, None)
    here = changed
    for step in path[:-1]:
        here = here[step][0] if isinstance(here[step], list) else here[step]
    del here[path[-1]]
    return changed


@pytest.mark.parametrize("event_type", TYPES, ids=lambda event_type: event_type.name)
def test_null_means_the_same_as_absent(event_type: EventType) -> None:
    """Of every declared field, at every depth: it is an error exactly when the absence is, with the same pointers."""
    paths = list(declared(event_type))
    assert paths
    for path in paths:
        absent = errors(event_type, without(event_type.example, path))
        null = errors(event_type, placed(event_type.example, path, None))
        if absent and not null:  # sla.deadline: it must be said, and null says that there is none any more
            assert "null" in named_at(event_type.schema, path, "type", DOCUMENTS), path
        else:
            assert null == absent, path


@pytest.mark.parametrize("event_type", TYPES, ids=lambda event_type: event_type.name)
def test_a_person_may_be_a_text_a_number_or_an_object(event_type: EventType) -> None:
    for path in (path for paths in event_type.people.values() for path in paths):
        is_list = "array" in named_at(event_type.schema, path, "type", DOCUMENTS)
        for person in ("ana", "@ana", 1834, {"id": 1834}, {"email": "ana@example.com"}, {"name": "Ana Lopez"}):
            value = [person, None] if is_list else person
            assert errors(event_type, placed(event_type.example, path, value)) == [], (path, person)


@pytest.mark.parametrize("event_type", TYPES, ids=lambda event_type: event_type.name)
def test_a_moment_must_be_an_existing_date(event_type: EventType) -> None:
    for path in declared(event_type):
        if not named_at(event_type.schema, path, "format", DOCUMENTS) & MOMENTS:
            continue
        for text in ("2027-02-29", "2027-02-29T17:00:00Z", "24.11.2027 17:00", "04/29", "soon", ""):
            found = errors(event_type, placed(event_type.example, path, text))
            details = [error["detail"] for error in found if error["code"] == "format"]
            assert [detail[:15] for detail in details] == ["expected a date"], (path, text)
        for text in ("2027-02-28", "2027-02-28T17:00", "2027-02-28T17:00:00.5-07:00", "2028-02-29"):
            found = errors(event_type, placed(event_type.example, path, text))
            assert "format" not in {error["code"] for error in found}, (path, text)


def test_every_date_that_a_timer_reads_has_a_format() -> None:
    for event_type in TYPES:
        if isinstance(event_type.timing, Timer):
            path = event_type.timing.at
            types = [trigger.event_type for trigger in event_type.timing.set_by]
            for name in [event_type.name, *types]:
                schema = CONFIG.catalog.events[name].schema
                assert named_at(schema, path, "format", DOCUMENTS) & MOMENTS, (name, path)


def post(**attributes: Any) -> Any:
    document = {"type": "ticket.created", "data": CONFIG.catalog.events["ticket.created"].example, **attributes}
    return parse(document, Source("psa", frozenset({"*"}), frozenset()), CONFIG, NOW)


def test_null_attributes_of_the_envelope_are_absent() -> None:
    names = ("id", "source", "subject", "time", "severity", "specversion", "datacontenttype", "dataschema")
    event = post(**dict.fromkeys(names))
    assert (event.subject, event.time) == (post().subject, NOW)
    assert event.id


def test_a_required_attribute_that_is_null_is_missing() -> None:
    with pytest.raises(ApiError) as caught:
        post(data=None)
    assert caught.value.errors[0]["pointer"] == "/data"
