"""Every key of the ledger: its name, its type, how long it lives.

All keys carry one hash tag, so that a script may touch several of them on a clustered server. What
comes from outside (ids, idempotency keys) is hashed before it becomes part of a key.

| key                  | type   | holds                                                  | lives                   |
|----------------------|--------|--------------------------------------------------------|-------------------------|
| event:<event key>    | hash   | the event, its explanation, its deliveries             | retention, dead: longer |
| delivery:<id>        | hash   | one delivery: target, lane, state, attempts            | as its event            |
| idem:<hash>          | string | fingerprint and answer of an accepted event            | idempotency window      |
| due:<lane>           | zset   | delivery id by the time (ms) it is due                 | while not empty         |
| leases               | zset   | delivery id by the time (ms) its lease ends            | while not empty         |
| lane:<lane>          | hash   | inflight, next_free (ms, pacing)                       | 1 day after the last use|
| drains:<lane>        | zset   | slot of a drain by the time (ms) it counts as lost     | while not empty         |
| wake:<lane>          | list   | one element: a drain that waits has new work           | the slot time           |
| lanes                | zset   | lane by the time (ms) the dispatcher must look at it   | while not empty         |
| events:<source>      | zset   | event key by acceptance (ms)                           | trimmed to retention    |
| deliveries:<source>  | zset   | delivery id by acceptance (ms)                         | trimmed to retention    |
| dead                 | zset   | delivery id by death (ms)                              | trimmed to dead retention|
| sources              | set    | names of the sources that ever posted                  | for ever                |
| tokens               | string | counter of the fencing tokens                          | for ever                |
"""

from __future__ import annotations

import hashlib
from base64 import b32encode

TAG = "{ngw}:"

LEASES = f"{TAG}leases"
LANES = f"{TAG}lanes"
DEAD = f"{TAG}dead"
SOURCES = f"{TAG}sources"
TOKENS = f"{TAG}tokens"

DELIVERY_PREFIX = f"{TAG}delivery:"
EVENT_PREFIX = f"{TAG}event:"
DUE_PREFIX = f"{TAG}due:"
LANE_PREFIX = f"{TAG}lane:"
DRAINS_PREFIX = f"{TAG}drains:"


def digest(*parts: str) -> str:
    """20 characters that stand for *parts*: lower-case base 32 of a SHA-256."""
    joined = "\0".join(parts).encode()
    return b32encode(hashlib.sha256(joined).digest())[:20].decode().lower()


def event_key(source: str, event_id: str) -> str:
    """The ledger's own id of an event: ids are unique per source only (CloudEvents 1.0, 3.1.1)."""
    return digest(source, event_id)


def event(key: str) -> str:
    return EVENT_PREFIX + key


def delivery(id: str) -> str:
    return DELIVERY_PREFIX + id


def idempotency(source: str, key: str) -> str:
    return f"{TAG}idem:{digest(source, key)}"


def due(lane: str) -> str:
    return DUE_PREFIX + lane


def lane(name: str) -> str:
    return LANE_PREFIX + name


def drains(lane: str) -> str:
    return DRAINS_PREFIX + lane


def wake(name: str) -> str:
    return f"{TAG}wake:{name}"


def events_of(source: str) -> str:
    return f"{TAG}events:{source}"


def deliveries_of(source: str) -> str:
    return f"{TAG}deliveries:{source}"
