"""The API's presence: who is online, as reported by browser tabs and apps."""

from __future__ import annotations

from datetime import timedelta

from gateway.durations import parse_duration
from gateway.errors import NotFound
from gateway.model import Config, Scope, Source
from gateway.routing.audience import find_person
from gateway.web.endpoint import Call, Parameter, PathPart, endpoint
from gateway.web.parameters import parse_name
from gateway.web.responses import RawResponse, json_response
from gateway.web.schemas import COUNT, MOMENT, TEXT, YES_OR_NO, answer, component, list_of, object_of

DEFAULT_TTL = timedelta(seconds=60)
MIN_TTL, MAX_TTL = timedelta(seconds=1), timedelta(hours=1)


def _parse_ttl(text: str) -> timedelta:
    value = parse_duration(text)
    if not MIN_TTL <= value <= MAX_TTL:
        raise ValueError("a duration from 1s to 1h")
    return value


PERSON = PathPart("Name in the YAML, or an identity as the source knows it, percent-encoded.", has_slashes=True)
SESSION = Parameter("session", "Tells several sessions of one person apart.", parse_name)
TTL = Parameter("ttl", "How long it lives without a further report: `1s` to `1h`, `60s` by default.", _parse_ttl)
ENDED_SESSION = Parameter("session", "The session to end; without it, all that this source has reported.", parse_name)
PRESENT = component("Present", object_of({"person": TEXT, "until": MOMENT}))
ENDED = component("Ended", object_of({"person": TEXT, "ended": COUNT, "online": YES_OR_NO}))
ONLINE = component("Online", object_of({"online": list_of(PRESENT)}))


@endpoint(
    "PUT",
    "/v1/presence/{person}",
    Scope.PRESENCE,
    "A person is online: begin or prolong a session",
    {"200": answer(PRESENT)},
    path_parts={"person": PERSON},
    parameters=(SESSION, TTL),
    problems=("not-found",),
)
def refresh_session(call: Call, person: str, *, session: str = "", ttl: timedelta = DEFAULT_TTL) -> RawResponse:
    name = _person(person, call.source, call.config)
    ends = call.process.runtime.presence.refresh(name, call.source.name, session, ttl)
    return json_response({"person": name, "until": ends.isoformat(timespec="milliseconds")})


@endpoint(
    "DELETE",
    "/v1/presence/{person}",
    Scope.PRESENCE,
    "End sessions of a person at once",
    {"200": answer(ENDED)},
    path_parts={"person": PERSON},
    parameters=(ENDED_SESSION,),
    problems=("not-found",),
)
def end_session(call: Call, person: str, *, session: str | None = None) -> RawResponse:
    name = _person(person, call.source, call.config)
    ended, remaining = call.process.runtime.presence.end(name, call.source.name, session)
    return json_response({"person": name, "ended": ended, "online": remaining > 0})


@endpoint(
    "GET",
    "/v1/presence",
    Scope.PRESENCE,
    "The people who are online, and until when without a further report",
    {"200": answer(ONLINE)},
)
def list_online(call: Call) -> RawResponse:
    online = call.process.runtime.presence.online()
    rows = [{"person": name, "until": online[name].isoformat(timespec="milliseconds")} for name in sorted(online)]
    return json_response({"online": rows})


def _person(text: str, source: Source, config: Config) -> str:
    """The person whom the source calls *text*: a name in the YAML, an identity, or a full name. Raises: NotFound."""
    person = find_person([text], source.name, config)
    if isinstance(person, str):
        return person
    raise NotFound("person", text)
