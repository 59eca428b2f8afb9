"""Every key of the ledger: its name, its type, how long it lives.

All keys carry one hash tag, so that a script may touch several of them on a clustered server. What
comes from outside (ids, idempotency keys) is hashed before it becomes part of a key.

| key                  | type   | holds                                                  | lives                   |
|----------------------|--------|--------------------------------------------------------|-------------------------|
| event:<event key>    | hash   | the event, its explanation, its deliveries; newer:     | retention and a day,    |
|                      |        | fields that replace its own (JSON)                     | waiting or dead: longer |
| explanation:<digest> | string | the explanation of events that are decided alike        | as their longest        |
| rules:<digest>       | string | what decided about events, by the configuration's      | twice the retention     |
|                      |        | digest: see rules.py                                   | after the last use      |
| rules                | zset   | digest of a configuration by its last use (s)          | the last 50             |
| delivery:<id>        | hash   | one delivery: target, lane, state, attempts            | as its event            |
| idem:<hash>          | string | fingerprint and answer of an accepted event            | idempotency window      |
| due:<lane>           | zset   | delivery id by the time (ms) it is due                 | while not empty         |
| leases               | zset   | delivery id by the time (ms) its lease ends            | while not empty         |
| lane:<lane>          | hash   | inflight, next_free (ms, pacing), paused_until (ms);   | 1 day after the last use|
|                      |        | its breaker: failed, open_ms, open_until and           |                         |
|                      |        | open_since (ms), probe, alarmed; pause_probe           |                         |
| drains:<lane>        | zset   | slot of a drain by the time (ms) it counts as lost     | while not empty         |
| wake:<lane>          | list   | one element: a drain that waits has new work           | the slot time           |
| lanes                | zset   | lane by the time (ms) the dispatcher must look at it   | while not empty         |
| events:<source>      | zset   | event key by acceptance (ms), or by the time that what | trimmed to retention    |
|                      |        | waits of it was kept for another retention             |                         |
| deliveries:<source>  | zset   | delivery id, likewise                                  | trimmed to retention    |
| dead                 | zset   | delivery id by death (ms)                              | trimmed to dead retention|
| index:<name>         | zset   | what a list looks up, by acceptance (ms), as the two   | trimmed to retention    |
|                      |        | above: event keys by `type:<type>`, by                 |                         |
|                      |        | `subject:<hash>` and `customer:<hash>`; delivery ids   |                         |
|                      |        | by `target:<target>`, and those that are `held`,       | while they are          |
|                      |        | `open` (waiting or being sent),                        |                         |
|                      |        | `dropped`, `discarded`                                 | trimmed to retention    |
|                      |        | By death (ms): `dead-of:<source>`, `dead-to:<target>`  | trimmed to dead retention|
| strangers:<role>     | zset   | whom events name and nobody knows (JSON: source,       | the last 500,           |
|                      |        | identities), by the last time (ms)                     | retention and a day     |
| stranger-counts:<role>| hash  | how often events named each of them                    | as strangers:<role>     |
| count:<family>       | hash   | how often what has happened: see counters.py           | for ever                |
| added:<process>      | string | number of the last counts that a process has added     | 1 day                   |
| contacts:<place>     | set    | targets `<place>/...` that have had deliveries         | as their deliveries     |
| timers:<type>        | zset   | timer id by the time (ms) of its next look             | while not empty         |
| timer:<id>           | hash   | one timer: moment, data, what set it (see timing.lua)  | until it is done        |
| facts:<scope>        | hash   | what events have said of a subject: field (JSON list)  | until the last moment   |
|                      |        | by time (ms), blank, value (JSON); and for each timed  | that they set and a day,|
|                      |        | type its last cancellation, `!<type>`                  | at least 30 days        |
| timers-of:<family>   | set    | ids of a subject's timers, where keys tell them apart  | while not empty         |
| threshold:<family>   | string | why it is not armed: gateway or source has told of it,  | until it is armed again |
|                      |        | or the value was below                                 |                         |
| open:<family>        | zset   | what a rollup gathers by the time (ms) it was opened   | until it is closed      |
| items:<family>       | hash   | its entries (JSON)                                     | until it is closed      |
| held:<hash>          | set    | ids of the deliveries that a subject's events may drop | the delay               |
| occasion:<hash>      | string | id of the event that told of it                        | retention               |
| presence             | zset   | person by the time (ms) their last session ends        | trimmed when one changes|
| presence:<person>    | zset   | session by the time (ms) it ends                       | until the last one ends |
| overrides            | hash   | id -> an override of a rotation (JSON)                 | 30 days after its end   |
| handovers            | hash   | rotation -> who was on call when it was last looked at | for ever                |
| looks                | hash   | by event type: the leads that its timers' looks follow | for ever                |
| sources              | set    | names of the sources that ever posted                  | for ever                |
| disabled             | hash   | target that is gone (410) -> since when (ms)           | until it is enabled     |
| attention            | hash   | target that refuses us -> reason, since when (ms)      | until it takes a message|
| alarms               | list   | kind, name, delivery id, ms: operators must hear of it | until it is an event     |
|                      |        | (of the gateway itself: begins or ends for the id)     |                         |
| alarmed              | hash   | kind and name of a trouble -> when (ms) it was told    | 1 day, or dealt with    |
| unmapped:<id>        | hash   | a body that no mapping could use, and why (JSON)       | retention and a day     |
| unmapped-of:<source> | zset   | id of such a body by the time (ms) at which it came    | trimmed to retention    |
| unmapped-same:<hash> | string | id of such a body, for what counts as the same         | its source's `dedupe`   |
| unmapped-sizes       | hash   | source -> bytes of its unmapped bodies                 | while it has some       |
| unmapped-newest      | hash   | source -> when (ms) its newest unmapped body came      | for ever                |
| tokens               | string | counter of the fencing tokens                          | for ever                |
| format               | hash   | format: the newest that was written; oldest_reader:    | for ever                |
|                      |        | the oldest whose programs can work with it             |                         |
| processes            | hash   | id of a process -> what it says of itself (JSON), with | 1 hour after its last   |
|                      |        | the time (ms) at which that changed                    | sign                    |
| signs                | zset   | id of a process by its last sign of life (ms)          | likewise                |
| troubles             | hash   | kind of a trouble of the gateway itself -> since (ms)  | until it is over        |
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway.encoding import digest

TAG = "{ngw}:"

LEASES = f"{TAG}leases"
LANES = f"{TAG}lanes"
DEAD = f"{TAG}dead"
SOURCES = f"{TAG}sources"
TOKENS = f"{TAG}tokens"
FORMAT = f"{TAG}format"
DISABLED = f"{TAG}disabled"
ATTENTION = f"{TAG}attention"
ALARMED = f"{TAG}alarmed"
ALARMS = f"{TAG}alarms"
LOOKS = f"{TAG}looks"
PRESENCE = f"{TAG}presence"
OVERRIDES = f"{TAG}overrides"
HANDOVERS = f"{TAG}handovers"
PROCESSES = f"{TAG}processes"
SIGNS = f"{TAG}signs"
TROUBLES = f"{TAG}troubles"
RULES = f"{TAG}rules"
UNMAPPED_SIZES = f"{TAG}unmapped-sizes"
UNMAPPED_NEWEST = f"{TAG}unmapped-newest"

DELIVERY_PREFIX = f"{TAG}delivery:"
EVENT_PREFIX = f"{TAG}event:"
DUE_PREFIX = f"{TAG}due:"
EVENTS_PREFIX = f"{TAG}events:"
DELIVERIES_PREFIX = f"{TAG}deliveries:"
LANE_PREFIX = f"{TAG}lane:"
DRAINS_PREFIX = f"{TAG}drains:"
TIMERS_PREFIX = f"{TAG}timers:"
TIMER_PREFIX = f"{TAG}timer:"
FACTS_PREFIX = f"{TAG}facts:"
INDEX_PREFIX = f"{TAG}index:"
CONTACTS_PREFIX = f"{TAG}contacts:"
COUNT_PREFIX = f"{TAG}count:"
STRANGERS_PREFIX = f"{TAG}strangers:"
STRANGER_COUNTS_PREFIX = f"{TAG}stranger-counts:"
UNMAPPED_PREFIX = f"{TAG}unmapped:"


def event_key(source: str, event_id: str) -> str:
    """The ledger's own id of an event, since ids are only unique within a source (CloudEvents 1.0, 3.1.1)."""
    return digest(source, event_id)


def event(key: str) -> str:
    return EVENT_PREFIX + key


def explanation(digest: str) -> str:
    return f"{TAG}explanation:{digest}"


def rules(digest: str) -> str:
    return f"{RULES}:{digest}"


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
    return EVENTS_PREFIX + source


def deliveries_of(source: str) -> str:
    return DELIVERIES_PREFIX + source


def unmapped(id: str) -> str:
    return UNMAPPED_PREFIX + id


def unmapped_of(source: str) -> str:
    return f"{TAG}unmapped-of:{source}"


def same_unmapped(source: str, same: str) -> str:
    return f"{TAG}unmapped-same:{digest(source, same)}"


# ------------------------------------------------------------------ lists


def index(name: str) -> str:
    return INDEX_PREFIX + name


def type_index(event_type: str) -> str:
    """The name of an index, like the other functions of this kind."""
    return f"type:{event_type}"


def subject_index(subject: str) -> str:
    return f"subject:{digest(subject)}"


def customer_index(customer: str) -> str:
    return f"customer:{digest(customer)}"


def target_index(target: str) -> str:
    return f"target:{target}"


def added_counts(process: str) -> str:
    return f"{TAG}added:{process}"


def contacts(place: str) -> str:
    return CONTACTS_PREFIX + place


# ------------------------------------------------------------------ time


def timers(event_type: str) -> str:
    return TIMERS_PREFIX + event_type


def timer(id: str) -> str:
    return TIMER_PREFIX + id


def family(source: str, event_type: str, subject: str) -> str:
    """What all timers of one subject have in common; it is also the id of a timer without keys."""
    return digest(source, event_type, subject)


def facts(scope: str) -> str:
    return FACTS_PREFIX + scope


def timers_of(family: str) -> str:
    return f"{TAG}timers-of:{family}"


def threshold(family: str) -> str:
    return f"{TAG}threshold:{family}"


def open_items(family: str) -> str:
    return f"{TAG}open:{family}"


def items(family: str) -> str:
    return f"{TAG}items:{family}"


def held(source: str, notification: str, subject: str) -> str:
    return f"{TAG}held:{digest(source, notification, subject)}"


def presence_of(person: str) -> str:
    return f"{TAG}presence:{person}"


def occasion(source: str, event_type: str, subject: str, marks: Sequence[str]) -> str:
    return f"{TAG}occasion:{digest(source, event_type, subject, *marks)}"
