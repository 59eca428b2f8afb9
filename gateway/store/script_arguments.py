"""The keys and arguments of the ledger's scripts by name: what a script reads as `X_ARGS` is written here by `XArgs`.

A script reads flat lists in which only the order counts. These classes and the lists of names at the top of each script
define the two ends of that order, and a test compares them (`tests/unit/store/test_scripts.py`). Keys and prefixes that
never change are defaults.

This module has those of `ledger`; those of other modules are beside their calls.
"""

from __future__ import annotations

from typing import NamedTuple

from gateway.store import keys


class EndingKeys(NamedTuple):
    """ending.lua"""

    dead: str = keys.DEAD
    disabled: str = keys.DISABLED
    attention: str = keys.ATTENTION
    alarmed: str = keys.ALARMED
    alarms: str = keys.ALARMS


class EndingArgs(NamedTuple):
    """ending.lua"""

    dead_retention_s: int


class ClaimKeys(NamedTuple):
    """claim.lua"""

    due: str
    lane_key: str
    drains: str
    leases: str = keys.LEASES
    lanes: str = keys.LANES
    tokens: str = keys.TOKENS


class ClaimArgs(NamedTuple):
    """claim.lua"""

    lane: str
    slot: str
    most: int
    lease_ms: int
    concurrency: int
    pace_ms: float
    burst: int
    slot_ms: int
    deliveries_per_drain: int
    delivery_prefix: str = keys.DELIVERY_PREFIX
    event_prefix: str = keys.EVENT_PREFIX


class RecordKeys(NamedTuple):
    """record_results.lua"""

    leases: str = keys.LEASES
    lanes: str = keys.LANES


class RecordArgs(NamedTuple):
    """record_results.lua"""

    failures_that_open: int
    open_first_ms: int
    open_longest_ms: int
    open_alarming_ms: int
    results: int


class ResultKeys(NamedTuple):
    """record_results.lua"""

    delivery_key: str
    due_key: str
    lane_key: str
    event_key: str


class ResultArgs(NamedTuple):
    """record_results.lua"""

    id: str
    token: str
    verdict: str
    wait_ms: int
    attempt: str
    lane: str
    reason: str
    health: str
    alarm: str
    service: str
    failure: str


class ReapKeys(NamedTuple):
    """reap.lua"""

    leases: str = keys.LEASES
    lanes: str = keys.LANES


class ReapArgs(NamedTuple):
    """reap.lua"""

    most: int
    losses_that_kill: int
    spread_ms: int
    delivery_prefix: str = keys.DELIVERY_PREFIX
    due_prefix: str = keys.DUE_PREFIX
    lane_prefix: str = keys.LANE_PREFIX
    event_prefix: str = keys.EVENT_PREFIX


class CrashKeys(NamedTuple):
    """report_crash.lua"""

    delivery_key: str
    leases: str = keys.LEASES
    lanes: str = keys.LANES


class CrashArgs(NamedTuple):
    """report_crash.lua"""

    id: str
    token: str
    crashes_that_kill: int
    due_prefix: str = keys.DUE_PREFIX
    lane_prefix: str = keys.LANE_PREFIX
    event_prefix: str = keys.EVENT_PREFIX


class ReleaseKeys(NamedTuple):
    """release.lua"""

    due: str
    drains: str
    lane_key: str
    lanes: str = keys.LANES


class ReleaseArgs(NamedTuple):
    """release.lua"""

    lane: str
    slot: str


class WakeKeys(NamedTuple):
    """wake.lua"""

    lanes: str = keys.LANES


class WakeArgs(NamedTuple):
    """wake.lua"""

    most: int
    slot_prefix: str
    slot_ms: int
    drains_per_lane: int
    deliveries_per_drain: int
    due_prefix: str = keys.DUE_PREFIX
    drains_prefix: str = keys.DRAINS_PREFIX


class ReplayKeys(NamedTuple):
    """replay.lua"""

    dead: str = keys.DEAD
    lanes: str = keys.LANES
    alarmed: str = keys.ALARMED


class ReplayArgs(NamedTuple):
    """replay.lua"""

    delivery_prefix: str = keys.DELIVERY_PREFIX
    due_prefix: str = keys.DUE_PREFIX
    event_prefix: str = keys.EVENT_PREFIX
    deliveries_prefix: str = keys.DELIVERIES_PREFIX
    events_prefix: str = keys.EVENTS_PREFIX


class DiscardKeys(NamedTuple):
    """discard.lua"""

    dead: str = keys.DEAD
    alarmed: str = keys.ALARMED


class DiscardArgs(NamedTuple):
    """discard.lua"""

    who: str
    why: str
    delivery_prefix: str = keys.DELIVERY_PREFIX


class TrimKeys(NamedTuple):
    """trim.lua"""

    events: str
    deliveries: str


class TrimArgs(NamedTuple):
    """trim.lua"""

    retention_s: int
    most: int
    delivery_prefix: str = keys.DELIVERY_PREFIX
    event_prefix: str = keys.EVENT_PREFIX
