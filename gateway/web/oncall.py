"""The API's on-call plan: who is on call, coming shifts, and overrides at run time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from gateway.durations import parse_duration
from gateway.errors import ApiError, NotFound
from gateway.model import Circumstances, Config, Override, Rotation, Scope, Shift, Window
from gateway.routing.audience import find_person
from gateway.routing.recipients import with_overrides
from gateway.schedules.feed import calendar_file
from gateway.schedules.rotations import describe_layers, next_on_call, on_call, shifts
from gateway.store.overrides import StoredOverride
from gateway.suggestions import did_you_mean
from gateway.times import moment_of
from gateway.web.endpoint import Call, Parameter, PathPart, endpoint
from gateway.web.parameters import AT, ID, parse_name, time_asked
from gateway.web.responses import RawResponse, json_response
from gateway.web.schemas import MOMENT, TEXT, YES_OR_NO, Json, answer, component, list_of, object_of, or_null

DEFAULT_SPAN, MAX_SPAN = timedelta(weeks=4), timedelta(days=366)
FEED_SPAN = timedelta(days=180)
FEED = ".ics"
MAX_COMPARED = 64
"""Characters of a rotation's name that are compared with the known ones."""


def _parse_span(text: str) -> timedelta:
    weeks = text.removesuffix("w")
    is_in_weeks = weeks != text and weeks.isdecimal() and len(weeks) <= len(str(MAX_SPAN.days))
    span = timedelta(weeks=int(weeks)) if is_in_weeks else parse_duration(text)
    if not timedelta() < span <= MAX_SPAN:
        raise ValueError("a duration up to 366d, such as 4w")
    return span


SPAN = Parameter("span", "How far the shifts reach: `4w` by default, `366d` at most.", _parse_span)
PERSON = Parameter("person", "Only the shifts of this person.", parse_name)
ROTATION = PathPart("Name of the rotation. With `.ics` behind it the answer is an iCalendar file.")
SHIFT = component("Shift", object_of({"people": list_of(TEXT), "start": MOMENT, "end": MOMENT, "why": TEXT}))
ON_CALL = object_of({"rotation": TEXT, "people": list_of(TEXT), "why": TEXT, "next": or_null(SHIFT)})
ON_CALLS = component("OnCall", object_of({"at": MOMENT, "rotations": list_of(ON_CALL)}))
OVERRIDE = component(
    "Override",
    object_of(
        {"id": TEXT, "rotation": TEXT, "start": MOMENT, "end": MOMENT, "author": TEXT},
        {"person": TEXT, "replaces": TEXT, "absent": TEXT, "joins": YES_OR_NO},
    ),
)
PLAN = component(
    "OnCallPlan",
    object_of(
        {
            "rotation": TEXT,
            "people": list_of(TEXT),
            "why": TEXT,
            "layers": list_of(TEXT),
            "shifts": list_of(SHIFT),
            "overrides": list_of(OVERRIDE),
        }
    ),
)
NEW_OVERRIDE: Json = object_of(
    {"start": MOMENT, "end": MOMENT}, {"person": TEXT, "replaces": TEXT, "absent": TEXT, "joins": YES_OR_NO}
)


@endpoint(
    "GET",
    "/v1/oncall",
    Scope.READ,
    "Who is on call in each rotation, and who is next",
    {"200": answer(ON_CALLS)},
    parameters=(AT,),
)
def list_on_call(call: Call, *, at: str | None = None) -> RawResponse:
    now = time_asked(at, call.config)
    circumstances = Circumstances(now, overrides=call.process.runtime.overrides.by_rotation())
    rows = []
    for declared in call.config.rotations.values():
        rotation = with_overrides(declared, circumstances, call.config)
        current, upcoming = on_call(rotation, now), next_on_call(rotation, now)
        row = {"rotation": rotation.name, "people": list(current.people), "why": current.why}
        rows.append({**row, "next": upcoming and _shift_document(upcoming)})
    return json_response({"at": now.isoformat(timespec="seconds"), "rotations": rows})


@endpoint(
    "GET",
    "/v1/oncall/{rotation}",
    Scope.READ,
    "The shifts of a rotation and its overrides; with `.ics` as an iCalendar file",
    {
        "200": {
            "description": "Done.",
            "content": {"application/json": {"schema": PLAN}, "text/calendar": {"schema": TEXT}},
        }
    },
    path_parts={"rotation": ROTATION},
    parameters=(AT, SPAN, PERSON),
    problems=("not-found",),
)
def show_rotation(
    call: Call, rotation: str, *, at: str | None = None, span: timedelta | None = None, person: str | None = None
) -> RawResponse:
    now = time_asked(at, call.config)
    is_feed = rotation.endswith(FEED)
    declared = _rotation(rotation.removesuffix(FEED), call.config)
    stored = [item for item in call.process.runtime.overrides.all() if item.rotation == declared.name]
    overridden = with_overrides(
        declared, Circumstances(now, overrides={declared.name: tuple(item.override for item in stored)}), call.config
    )
    end = now + (span or (FEED_SPAN if is_feed else DEFAULT_SPAN))
    # A calendar program identifies a shift by its start, and the current shift started before now.
    since = now - FEED_SPAN if is_feed else now
    plan = [shift for shift in shifts(overridden, since, end) if shift.window.end > now]
    if person is not None:
        name = find_person([person], call.source.name, call.config)
        if not isinstance(name, str):
            raise NotFound("person", person)
        plan = [shift for shift in plan if name in shift.people]
    if is_feed:
        content = calendar_file(declared.name, [shift for shift in plan if shift.people], now, since)
        return RawResponse(200, {"Content-Type": "text/calendar; charset=utf-8"}, content)
    current = on_call(overridden, now)
    return json_response(
        {
            "rotation": declared.name,
            "people": list(current.people),
            "why": current.why,
            "layers": describe_layers(overridden, now),
            "shifts": [_shift_document(shift) for shift in plan],
            "overrides": [_override_document(item) for item in stored],
        }
    )


@endpoint(
    "POST",
    "/v1/oncall/{rotation}/overrides",
    Scope.ONCALL,
    "Override who is on call; the answer is the same when it is posted again",
    {"200": answer(OVERRIDE)},
    path_parts={"rotation": ROTATION},
    body={"required": True, "content": {"application/json": {"schema": NEW_OVERRIDE}}},
    problems=("not-found", "bad-override"),
)
async def add_override(call: Call, rotation: str) -> RawResponse:
    document = await call.lane.read_json(call)
    declared = _rotation(rotation, call.config)
    override = _parse_override(document, call)
    overrides = call.process.runtime.overrides
    stored = await call.lane.run(partial(overrides.add, declared.name, override, datetime.now(UTC)))
    return json_response(_override_document(stored))


@endpoint(
    "DELETE",
    "/v1/oncall/{rotation}/overrides/{id}",
    Scope.ONCALL,
    "Remove an override that was made by the API",
    {"200": answer(OVERRIDE)},
    path_parts={"rotation": ROTATION, "id": ID},
    problems=("not-found",),
)
def remove_override(call: Call, rotation: str, id: str) -> RawResponse:
    overrides = call.process.runtime.overrides
    if id not in {item.override.id for item in overrides.all() if item.rotation == rotation}:
        raise NotFound("override", id)
    return json_response(_override_document(overrides.remove(id)))


# ------------------------------------------------------------------ reading


def _rotation(name: str, config: Config) -> Rotation:
    if name not in config.rotations:
        hint = did_you_mean(name[:MAX_COMPARED], config.rotations)
        raise ApiError("not-found", f"there is no such rotation: {hint}" if hint else "there is no such rotation")
    return config.rotations[name]


def _parse_override(document: Any, call: Call) -> Override:
    """The override in a request's body. Raises: ApiError with everything that is wrong."""
    if not isinstance(document, Mapping):
        raise ApiError("bad-override", "expected an object")
    zone = ZoneInfo(call.config.timezone)
    errors: list[dict[str, str]] = []
    moments: dict[str, datetime] = {}
    for key in ("start", "end"):
        moment = moment_of(document.get(key), zone)
        if moment is None:
            detail = "expected a time such as 2026-12-24T09:00:00Z, or a local time of the file's timezone"
            errors.append({"pointer": f"/{key}", "code": "type", "detail": detail})
        else:
            moments[key] = moment
    people: dict[str, str] = {}
    for key in ("person", "replaces", "absent"):
        name = document.get(key)
        if name is None:
            continue
        is_name = isinstance(name, str | int) and not isinstance(name, bool)  # an id may be a number
        person = find_person([str(name)], call.source.name, call.config) if is_name else None
        if isinstance(person, str):
            people[key] = person
        else:
            errors.append({"pointer": f"/{key}", "code": "unknown-person", "detail": "nobody in the directory"})
    errors += _contradictions(document, moments)
    if errors:
        raise ApiError("bad-override", errors=errors)
    window = Window(moments["start"], moments["end"])
    return Override(window, is_addition=document.get("joins") is True, author=call.source.name, **people)


def _contradictions(document: Mapping[str, Any], moments: Mapping[str, datetime]) -> Sequence[dict[str, str]]:
    allowed = {"start", "end", "person", "replaces", "absent", "joins"}
    errors = [
        {"pointer": f"/{key}", "code": "unknown-field", "detail": f"expected one of {', '.join(sorted(allowed))}"}
        for key in document
        if key not in allowed
    ]
    if (document.get("person") is None) == (document.get("absent") is None):
        errors.append({"pointer": "", "code": "required", "detail": "expected either person or absent"})
    if not isinstance(document.get("joins"), bool | None):
        errors.append({"pointer": "/joins", "code": "type", "detail": "expected true or false"})
    changes = [key for key in ("replaces", "joins", "absent") if document.get(key) not in (None, False)]
    if len(changes) > 1:
        detail = f"expected only one of {', '.join(changes)}"
        errors.append({"pointer": f"/{changes[-1]}", "code": "contradiction", "detail": detail})
    if len(moments) == 2 and moments["end"] <= moments["start"]:
        errors.append({"pointer": "/end", "code": "order", "detail": "the override ends before it starts"})
    elif len(moments) == 2 and moments["end"] <= datetime.now(UTC):
        errors.append({"pointer": "/end", "code": "past", "detail": "the override is over already"})
    return errors


# ------------------------------------------------------------------ documents


def _shift_document(shift: Shift) -> dict[str, Any]:
    return {
        "people": list(shift.people),
        "start": shift.window.start.isoformat(timespec="seconds"),
        "end": shift.window.end.isoformat(timespec="seconds"),
        "why": shift.why,
    }


def _override_document(stored: StoredOverride) -> dict[str, Any]:
    override = stored.override
    document = {
        "id": override.id,
        "rotation": stored.rotation,
        "start": override.window.start.isoformat(timespec="seconds"),
        "end": override.window.end.isoformat(timespec="seconds"),
        "author": override.author,
        "person": override.person,
        "replaces": override.replaces,
        "absent": override.absent,
        "joins": override.is_addition or None,
    }
    return {key: value for key, value in document.items() if value is not None}
