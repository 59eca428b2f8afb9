"""Maps, checks and plans a body that a sender posts, without a gateway, to show who is notified of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from gateway.intake.inputs import Unreadable, read_body
from gateway.intake.trial import try_mapping
from gateway.model import Config, Event, Payload, Source
from gateway.routing.plan import plan
from tests.support.builders import NOW

MAX_BYTES = 2**20


@dataclass(frozen=True)
class Mapped:
    """What came of a body, or of an element of the list in it."""

    rule: str = ""
    event: Event | None = None
    targets: tuple[str, ...] = ()
    """Sorted names of those who hear of it."""
    why_not: str = ""
    """Why it is no event."""
    is_ignored: bool = False


def mapped(body: Any, source: Source, config: Config, now: datetime = NOW, **parts: Any) -> Iterator[Mapped]:
    """All that comes of *body*, as data or text, and of the other *parts* of a payload."""
    assert source.mapping is not None
    for trial in try_mapping(source.mapping, source, config, Payload(body, **parts), now):
        rule = trial.outcome.rule
        if rule is None:
            yield Mapped(why_not="no rule takes it")
        elif trial.ignored:
            yield Mapped(rule.name, why_not=trial.ignored, is_ignored=True)
        for fault in trial.faults:
            yield Mapped(rule.name if rule else "", why_not=f"{fault.pointer}: {fault.message}")
        for made, event in trial.events:
            targets = sorted(delivery.target for delivery in plan(event, config).deliveries)
            yield Mapped(made.rule.name, event, tuple(targets))


def posted(body: bytes, source: Source, config: Config) -> Iterator[Mapped]:
    """All that comes of the bytes *body*, which may be unreadable."""
    assert source.mapping is not None
    try:
        data = read_body(body, source.mapping.format, None, None, MAX_BYTES)
    except Unreadable as exc:
        yield Mapped(why_not=str(exc))
        return
    yield from mapped(data, source, config)


def body_of(path: Path) -> Any:
    """The body in a file: data when it is JSON, else its text."""
    text = path.read_text("utf-8")
    return json.loads(text) if path.suffix == ".json" else text
