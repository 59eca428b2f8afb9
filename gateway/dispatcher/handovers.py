"""Tells people that they are on call now, or no longer: each change of who is on call becomes an event."""

from __future__ import annotations

import logging
from datetime import datetime

from gateway.encoding import uuid_of
from gateway.intake.accept import commit, prepare
from gateway.model import BUILTIN, Circumstances, Config
from gateway.routing.recipients import with_overrides
from gateway.runtime import Runtime
from gateway.schedules.rotations import LOOK_AHEAD, on_call, shifts
from gateway.timing.derived import derive_event

log = logging.getLogger(__name__)

HANDOVER = f"{BUILTIN}.handover"
"""The event type, in `config/builtin_catalog.yaml`."""


def announce_handovers(runtime: Runtime, config: Config, now: datetime) -> None:
    """Accepts an event for each rotation whose people on call have changed. Raises: StoreUnavailable.

    Several dispatchers may see the same change. The event's id follows from what was recorded before the change, so all
    of them make the same event, and a dispatcher that dies before it records the change repeats nothing.
    """
    if not config.rotations or not is_routed(config):
        return
    circumstances = Circumstances(now, overrides=runtime.overrides.by_rotation())
    last = runtime.handovers.last()
    for declared in config.rotations.values():
        rotation = with_overrides(declared, circumstances, config)
        current = on_call(rotation, now)
        before = last.get(rotation.name)
        if before is not None and set(before.people) == set(current.people):
            continue
        if before is not None:
            going = [person for person in before.people if person not in current.people]
            data = {
                "rotation": rotation.name,
                "coming": [person for person in current.people if person not in before.people],
                "going": going,
                "going_names": [_full_name(person, config) for person in going],
                "on_call": list(current.people),
                "on_call_names": [_full_name(person, config) for person in current.people],
                "why": current.why,
                "cause": current.cause,
            }
            shift = shifts(rotation, now, now + LOOK_AHEAD)[0]
            if shift.window.end < now + LOOK_AHEAD:
                data["until"] = shift.window.end.isoformat(timespec="seconds")
            identity = [rotation.name, before.since.isoformat(), *sorted(before.people), "", *sorted(current.people)]
            event = derive_event(config.catalog.events[HANDOVER], BUILTIN, rotation.name, data, now, uuid_of(*identity))
            commit(runtime, [prepare(event, config, circumstances, f"{BUILTIN}-{event.id}")])
            log.info("%s: %s on call now", rotation.name, " and ".join(current.people) or "nobody")
        runtime.handovers.record(rotation.name, current.people, now)


def _full_name(person: str, config: Config) -> str:
    """*person* as messages say it; somebody who has left the configuration since then keeps the key."""
    return config.people[person].full_name if person in config.people else person


def is_routed(config: Config) -> bool:
    """Whether a route names a notification of handovers; without one, no event is made."""
    rows = config.catalog.events[HANDOVER].notifications
    return any(row.id in config.routes_by_notification for row in rows)
