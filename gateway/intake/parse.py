"""Parses a posted document (CloudEvents 1.0, JSON structured mode) into an Event, or collects its errors."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from gateway.encoding import as_uuid, uuid_of
from gateway.errors import MAX_ERRORS, ApiError
from gateway.intake.unknown_fields import known_fields
from gateway.intake.validate import event_schemas, shown_pointer
from gateway.model import IDENTIFIERS, MAX_ID, Config, Event, EventType, Path, Scope, Severity, Source
from gateway.paths import EVENT, as_text, lookup, read_data
from gateway.suggestions import nearest
from gateway.times import moment_of, parse_iso

Errors = list[dict[str, Any]]


def parse(document: Any, source: Source, config: Config, now: datetime, key: str | None = None) -> Event:
    """The event that *source* posts. If the document has no id, *key* supplies one.

    The attribute `source` in the document is ignored: the token says who posts.

    Raises: ApiError with every error found.
    """
    if not isinstance(document, dict):
        errors = [{"pointer": "", "code": "type", "detail": "expected an object"}]
        raise ApiError("invalid-event", "an event is a JSON object", errors=errors)
    if not source.may(Scope.WRITE):
        raise ApiError("forbidden-scope", f"the token of {source.name} may not post events")
    event_type = _event_type(document, source, config)
    errors = event_schemas.of(config).errors(document, event_type.name)
    errors += known_fields.of(config).misspelt_attributes(document)
    time = now
    if isinstance(text := document.get("time"), str):  # the schema says what is wrong with anything else
        posted = parse_iso(text)
        moment = moment_of(text, UTC) if isinstance(posted, datetime) and posted.tzinfo else None
        if moment is None:
            detail = "expected a time as in RFC 3339, with its offset: 2026-11-23T08:00:00Z"
            errors.append({"pointer": "/time", "code": "format", "detail": detail})
        time = moment or now
    errors += [
        {"pointer": f"/{name}", "code": "identifier", "detail": "expected printable characters only"}
        for name in IDENTIFIERS
        if isinstance(document.get(name), str) and not document[name].isprintable()
    ]
    if errors:
        raise _invalid(errors)
    id, severity = document.get("id"), document.get("severity")
    if not isinstance(id, str):
        id = new_id(now) if key is None else uuid_of(key)
    attributes = {
        "id": id,
        "type": event_type.name,
        "category": event_type.category,
        "source": source.name,
        "time": time,
        "severity": Severity(severity) if severity else event_type.severity,
        "data": document["data"],
        "customer": event_type.customer,
    }
    subject = document.get("subject")
    if subject is None and event_type.subject is not None:
        subject = _read_subject(event_type.subject, attributes)
    return Event(subject=subject, **attributes)


def _event_type(document: Mapping[str, Any], source: Source, config: Config) -> EventType:
    name = document.get("type")
    known = config.catalog.events.get(name) if isinstance(name, str) else None
    if known is not None and source.may_post(known.name):
        return known
    if known is not None:
        raise ApiError("forbidden-scope", f"{source.name} may not post events of this type", errors=[_at_type("scope")])
    errors = event_schemas.of(config).errors(document, None)
    if not isinstance(name, str):
        raise _invalid(errors)
    near = nearest(name[:MAX_ID], filter(source.may_post, config.catalog.events))
    unknown = _at_type("unknown-type", "the catalogue has no such event type")
    if near:
        unknown["hint"] = f"did you mean {' or '.join(map(repr, near))}?"
    detail = unknown.get("hint", "the catalogue has no event type of this name")
    raise ApiError("unknown-type", detail, errors=[unknown, *errors])


def _at_type(code: str, detail: str = "not among the source's events") -> dict[str, Any]:
    return {"pointer": "/type", "code": code, "detail": detail}


def _invalid(errors: Errors) -> Exception:
    first = errors[0]
    more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
    return ApiError(
        "invalid-event", f"{first['pointer'] or 'the event'}: {first['detail']}{more}", errors=errors[:MAX_ERRORS]
    )


def _read_subject(path: Path, attributes: Mapping[str, Any]) -> str | None:
    """The subject of the event with these *attributes*, read from the *path* that its type declares."""
    is_of_data = path[0] != EVENT
    value = read_data(attributes["data"], path) if is_of_data else lookup(Event(subject=None, **attributes), path)
    subject = as_text(value)
    if not subject:
        return None
    if len(subject) > MAX_ID or not subject.isprintable():
        detail = f"the event's subject: expected at most {MAX_ID} characters, all of them printable"
        raise _invalid([{"pointer": shown_pointer(("data", *path)), "code": "identifier", "detail": detail}])
    return subject


def new_id(now: datetime) -> str:
    """A UUID (RFC 9562, version 7), so that ids sort by time of creation."""
    ms = int(now.timestamp() * 1000)
    return as_uuid(ms.to_bytes(6, "big") + secrets.token_bytes(10), version=7)
