"""Maps an unmapped body again, after its mapping was corrected."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gateway.errors import NotFound
from gateway.intake.accept import Accepted, commit, committable, outcomes, types_of
from gateway.intake.incoming import WITHOUT_RULES, Incoming, map_body, prepare_mapped, unmapped_of
from gateway.intake.planning import circumstances_of
from gateway.model import Config
from gateway.runtime import Runtime
from gateway.store.unmapped import StoredBody


def replay(runtime: Runtime, config: Config, stored: StoredBody, now: datetime) -> dict[str, Any]:
    """The result for *stored*: `{status, events?, problems?, why?}`. The body is removed unless it is still unmapped.

    Its events have the time at which the body came, and are stored once however often it is replayed.

    Raises: NotFound if its source is gone, StoreUnavailable.
    """
    body = stored.unmapped
    source = config.sources.get(body.source)
    if source is None:
        raise NotFound("source", body.source)
    incoming = Incoming(body.body, body.headers, body.query, body.path, stored.received, stored.id)
    mapped = map_body(source.mapping or WITHOUT_RULES, incoming, runtime.settings.max_body_bytes)
    circumstances = circumstances_of(runtime, config, types_of(mapped.documents), now)
    prepared = prepare_mapped(runtime, config, source, mapped, incoming, circumstances)
    results = outcomes(prepared, commit(runtime, committable(prepared)))
    if (unmapped := unmapped_of(source, mapped, results, incoming)) is not None:
        return {"status": "unmapped", "why": unmapped.why, "problems": list(unmapped.problems)}
    runtime.unmapped.drop(source.name, [stored.id])
    events = [outcome.answer["id"] for outcome in results if isinstance(outcome, Accepted)]
    return {"status": "accepted" if mapped.events else "ignored", "events": events}
