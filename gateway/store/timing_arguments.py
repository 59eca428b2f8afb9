"""The keys and arguments of the scripts that keep time and presence, by name (see `script_arguments`).

The first ten classes are the steps in time of an event, which `accept` runs with the functions of `timing.lua`.
"""

from __future__ import annotations

from typing import NamedTuple

from gateway.store import keys


class SetArgs(NamedTuple):
    """timing.lua"""

    timers_key: str
    timer_key: str
    id: str
    family_key: str
    type: str
    source: str
    at: int
    first_look: int
    record: str
    facts: str
    own_facts: str
    at_field: str
    facts_prefix: str = keys.FACTS_PREFIX


class UpdateArgs(NamedTuple):
    """timing.lua"""

    id: str
    family_key: str
    timer_prefix: str = keys.TIMER_PREFIX


class CancelArgs(NamedTuple):
    """timing.lua"""

    type: str
    timers_key: str
    id: str
    family_key: str
    facts_key: str
    wanted_keys: str
    cleared_field: str
    suspends: str
    is_dated: str
    timer_prefix: str = keys.TIMER_PREFIX


class ResumeArgs(NamedTuple):
    """timing.lua"""

    type: str
    timers_key: str
    id: str
    family_key: str
    facts_key: str
    is_dated: str
    timer_prefix: str = keys.TIMER_PREFIX


class RememberArgs(NamedTuple):
    """timing.lua"""

    facts_key: str
    fields: str


class ReportThresholdArgs(NamedTuple):
    """timing.lua"""

    threshold_key: str
    side: str
    timers_key: str
    timer_key: str
    id: str
    type: str
    source: str
    record: str


class AddToRollupArgs(NamedTuple):
    """timing.lua"""

    open_key: str
    items_key: str
    member: str
    since: int
    item: str
    timers_key: str
    timer_key: str
    id: str
    type: str
    source: str
    next_look: int
    record: str


class RemoveFromRollupArgs(NamedTuple):
    """timing.lua"""

    open_key: str
    items_key: str
    member: str


class HoldArgs(NamedTuple):
    """timing.lua"""

    held_key: str
    delivery_id: str
    lives_s: int


class DropArgs(NamedTuple):
    """timing.lua"""

    held_key: str
    event_id: str
    delivery_prefix: str = keys.DELIVERY_PREFIX
    due_prefix: str = keys.DUE_PREFIX


class DueArgs(NamedTuple):
    """due_timers.lua"""

    most: int
    types: int
    loan_ms: int
    timer_prefix: str = keys.TIMER_PREFIX
    facts_prefix: str = keys.FACTS_PREFIX


class AdvanceArgs(NamedTuple):
    """advance.lua"""

    lives_s: int
    timers: int


class TimerKeys(NamedTuple):
    """advance.lua"""

    timers_key: str
    timer_key: str


class TimerArgs(NamedTuple):
    """advance.lua"""

    id: str
    version: str
    next_look: int | str
    evaluated_at: int | str


class CancelTimerKeys(NamedTuple):
    """cancel_timer.lua"""

    timer_key: str
    open_key: str
    items_key: str


class CancelTimerArgs(NamedTuple):
    """cancel_timer.lua"""

    id: str
    timers_prefix: str = keys.TIMERS_PREFIX


class PresenceKeys(NamedTuple):
    """presence.lua"""

    sessions: str
    presence: str


class PresenceArgs(NamedTuple):
    """presence.lua"""

    person: str
    lives_ms: int
    most: int
    session: str
    ends_all: str = ""


class OnlineKeys(NamedTuple):
    """online.lua"""

    presence: str
