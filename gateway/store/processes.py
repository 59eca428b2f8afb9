"""Signs of life: what each process reports about itself to the ledger, and when."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

import redis

from gateway.encoding import dumps
from gateway.store import keys
from gateway.store.client import Script, translated
from gateway.times import from_ms

FORGOTTEN_AFTER = timedelta(hours=1)
"""A process that has not reported for this long is no longer listed."""

SIGN = Script("sign")

Kind = Literal["serve", "worker", "dispatch", "supervisor"]
"""The command that the process runs; a supervisor is `gateway up`."""


class SignKeys(NamedTuple):
    """sign.lua"""

    processes: str = keys.PROCESSES
    signs: str = keys.SIGNS


class SignArgs(NamedTuple):
    """sign.lua"""

    process: str
    facts: str
    forgotten_ms: int


@dataclass(frozen=True, slots=True)
class ProcessFacts:
    """What a process reports about itself."""

    kind: Kind
    name: str
    host: str
    pid: int
    version: str
    since: str
    """When it started, in ISO 8601."""
    config: str | None = None
    """Digest of the configuration that it uses; None if it needs none."""
    problems: int = 0
    """How many problems keep it from using the present files."""


@dataclass(frozen=True, slots=True)
class ProcessRecord:
    """The last report of a process, and when it came. Times are the server's."""

    facts: ProcessFacts
    changed: datetime
    """When its report last changed, for example to another configuration."""
    last: datetime
    """Its last sign of life."""

    @property
    def place(self) -> str:
        return f"{self.facts.name} on {self.facts.host}"


class Processes:
    """Every method raises StoreUnavailable."""

    def __init__(self, client: redis.Redis) -> None:
        self.client = client

    def sign(self, process: str, facts: ProcessFacts) -> None:
        """Reports that *process*, which must be a unique id, is alive."""
        args = SignArgs(process, dumps(asdict(facts)), int(FORGOTTEN_AFTER.total_seconds() * 1000))
        with translated("reporting a process"):
            SIGN.call(self.client, SignKeys(), args)

    def leave(self, process: str) -> None:
        """Removes *process*, which ends in order, so that nobody misses it."""
        with translated("reporting the end of a process"), self.client.pipeline(transaction=False) as pipe:
            pipe.zrem(keys.SIGNS, process)
            pipe.hdel(keys.PROCESSES, process)
            pipe.execute()

    def records(self) -> list[ProcessRecord]:
        """Every process that has reported within the last hour, by kind, host and name."""
        with translated("listing processes"), self.client.pipeline(transaction=False) as pipe:
            pipe.hgetall(keys.PROCESSES)
            pipe.zrange(keys.SIGNS, 0, -1, withscores=True)
            stored, signs = pipe.execute()
        records = []
        for process, last_ms in signs:
            if process in stored:
                changed_ms, _, text = stored[process].partition(" ")
                # A newer gateway may report more than this one knows.
                document: dict[str, Any] = json.loads(text)
                fields = {name: value for name, value in document.items() if name in ProcessFacts.__dataclass_fields__}
                records.append(ProcessRecord(ProcessFacts(**fields), from_ms(changed_ms), from_ms(last_ms)))
        return sorted(records, key=lambda record: (record.facts.kind, record.facts.host, record.facts.name))
