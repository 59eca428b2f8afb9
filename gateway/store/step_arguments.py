"""The arguments, by name, of the functions in `timing.lua` that `accept` calls for an event's steps in time.

See `script_arguments`.
"""

from __future__ import annotations

from typing import NamedTuple

from gateway.store import keys


class SetArgs(NamedTuple):
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
    marked: str
    at_field: str
    facts_prefix: str = keys.FACTS_PREFIX


class UpdateArgs(NamedTuple):
    id: str
    family_key: str
    timer_prefix: str = keys.TIMER_PREFIX


class CancelArgs(NamedTuple):
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
    type: str
    timers_key: str
    id: str
    family_key: str
    facts_key: str
    is_dated: str
    timer_prefix: str = keys.TIMER_PREFIX


class RememberArgs(NamedTuple):
    facts_key: str
    fields: str


class ReportThresholdArgs(NamedTuple):
    threshold_key: str
    side: str
    timers_key: str
    timer_key: str
    id: str
    type: str
    source: str
    record: str


class AddToRollupArgs(NamedTuple):
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
    open_key: str
    items_key: str
    member: str


class HoldArgs(NamedTuple):
    held_key: str
    delivery_id: str
    lives_s: int


class DropArgs(NamedTuple):
    held_key: str
    event_id: str
    delivery_prefix: str = keys.DELIVERY_PREFIX
    due_prefix: str = keys.DUE_PREFIX


class RefreshArgs(NamedTuple):
    held_key: str
    fields: str
    delivery_prefix: str = keys.DELIVERY_PREFIX
    event_prefix: str = keys.EVENT_PREFIX
