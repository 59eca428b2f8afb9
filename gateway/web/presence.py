"""The API's presence: who is online, as their browser tabs and apps report it."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response

from gateway.durations import parse_duration
from gateway.errors import NotFound
from gateway.model import Config, Scope, Source
from gateway.routing.audience import find_person
from gateway.web.answers import answer
from gateway.web.request import asking, name, parameters, runtime

presence = Blueprint("presence", __name__)

LIVES = timedelta(seconds=60)
SHORTEST, LONGEST = timedelta(seconds=1), timedelta(hours=1)


def _lives(text: str) -> timedelta:
    value = parse_duration(text)
    if not SHORTEST <= value <= LONGEST:
        raise ValueError("a duration from 1s to 1h")
    return value


@presence.put("/v1/presence/<any_text:person>")
def refresh_session(person: str) -> Response:
    """The session lives for another while: the person is online."""
    source = asking(Scope.PRESENCE)
    asked = parameters({"session": name, "ttl": _lives})
    who = _person(person, source, runtime().config.current())
    lives = asked.get("ttl", LIVES)
    ends = runtime().presence.refresh(who, source.name, asked.get("session", ""), lives)
    return answer({"person": who, "until": ends.isoformat(timespec="milliseconds")})


@presence.delete("/v1/presence/<any_text:person>")
def end_session(person: str) -> Response:
    """The session ends at once; without `session`, all that this source has reported."""
    source = asking(Scope.PRESENCE)
    asked = parameters({"session": name})
    who = _person(person, source, runtime().config.current())
    ended, left = runtime().presence.end(who, source.name, asked.get("session"))
    return answer({"person": who, "ended": ended, "online": left > 0})


@presence.get("/v1/presence")
def list_online() -> Response:
    """The people who are online, and until when without a further report."""
    asking(Scope.PRESENCE)
    parameters({})
    found = runtime().presence.online()
    rows = [{"person": who, "until": found[who].isoformat(timespec="milliseconds")} for who in sorted(found)]
    return answer({"online": rows})


def _person(text: str, source: Source, config: Config) -> str:
    """The person whom the source calls *text*: a name in the YAML, an identity, a full name. Raises: NotFound."""
    person = find_person([text], source.name, config)
    if isinstance(person, str):
        return person
    raise NotFound("person", text)
