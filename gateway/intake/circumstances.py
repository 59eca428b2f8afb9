"""What decides about an event besides the event: the time, and what the ledger knows of people."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from gateway.model import Circumstances, Config
from gateway.per_config import PerConfig
from gateway.routing.recipients import depends_on_rotation
from gateway.runtime import Runtime


class _Needs:
    """Which event types of a configuration depend on what only the ledger knows. Answers are kept."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._answers: dict[str, tuple[bool, bool]] = {}

    def of(self, event_types: Iterable[str]) -> tuple[bool, bool]:
        """(depends on who is online, depends on who is on call) of all *event_types* together."""
        answers = []
        for name in event_types:
            answer = self._answers.get(name)
            if answer is None:
                event_type = self._config.catalog.events.get(name)
                if event_type is None:
                    continue
                has_presence = any(row.presence for row in event_type.notifications)
                answer = self._answers[name] = has_presence, depends_on_rotation(name, self._config)
            answers.append(answer)
        return any(presence for presence, _ in answers), any(rotations for _, rotations in answers)


_needs = PerConfig(_Needs)


def need_ledger(config: Config, event_types: Iterable[str]) -> bool:
    """Whether the ledger must be asked before events of these types can be planned."""
    return any(_needs.of(config).of(event_types))


def circumstances_of(runtime: Runtime, config: Config, event_types: Iterable[str], now: datetime) -> Circumstances:
    """The circumstances at *now*; the ledger is asked only for what *event_types* depend on.

    Raises: StoreUnavailable.
    """
    needs_presence, needs_overrides = _needs.of(config).of(event_types)
    return Circumstances(
        now=now,
        online=runtime.presence.online().keys() if needs_presence else (),
        overrides=runtime.overrides.by_rotation() if needs_overrides else {},
    )
