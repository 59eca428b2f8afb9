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
        answers = [self._answer(name) for name in event_types if name in self._config.catalog.events]
        return any(presence for presence, _ in answers), any(rotations for _, rotations in answers)

    def _answer(self, event_type: str) -> tuple[bool, bool]:
        answer = self._answers.get(event_type)
        if answer is None:
            rows = self._config.catalog.events[event_type].notifications
            answer = any(row.presence for row in rows), depends_on_rotation(event_type, self._config)
            self._answers[event_type] = answer
        return answer


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
