"""Targets and lanes in trouble, and the alarms that operators have yet to get."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import redis

from gateway.model import Data, Severity
from gateway.store import keys
from gateway.store.client import Script, translated
from gateway.times import from_ms, to_ms

RAISED_AGAIN = timedelta(days=1)
"""An alarm that nobody has dealt with may be raised again after this time."""
ALARM_KINDS = ("dead_letter", "target_disabled", "lane_open", "lane_recovered", "tls_fault")
"""The kinds of alarms about a target or a lane: values of `kind` in the data of `gateway.trouble`."""
GATEWAY_KINDS = ("workers_gone", "dispatcher_gone", "late", "config_stale")
"""The kinds of alarms about the gateway itself."""
RECOVERED = "lane_recovered"
"""The `kind` of an alarm that says that a lane takes messages again."""
UNMAPPED = "unmapped"
"""The `kind` of an alarm about a source whose bodies no mapping can use."""
GATEWAY_NAME = "gateway"
"""The name in an alarm about the gateway itself, where other alarms have a target or a lane."""

TROUBLE = Script("trouble")


class TroubleKeys(NamedTuple):
    """trouble.lua"""

    troubles: str = keys.TROUBLES
    alarms: str = keys.ALARMS


class TroubleArgs(NamedTuple):
    """trouble.lua"""

    kind: str
    lasts: str
    text: str


def severity_of_trouble(data: Data, default: Severity) -> Severity:
    """The severity of a `gateway.trouble` with *data*: that of its type, unless it says that a trouble is over."""
    return Severity.SUCCESS if data.get("over") or data.get("kind") == RECOVERED else default


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that operators must be told."""

    kind: str
    """One of ALARM_KINDS or GATEWAY_KINDS, or UNMAPPED."""
    name: str
    """The target, the lane or the source in trouble, or GATEWAY_NAME."""
    delivery: str
    """Id of the delivery that showed it, or of the unmapped body. For the gateway itself: `begins` or `ends`."""
    at: datetime
    text: str = ""
    """For the gateway itself, and for an unmapped body, a sentence about it."""

    @property
    def is_of_gateway(self) -> bool:
        return self.kind in GATEWAY_KINDS

    @property
    def is_over(self) -> bool:
        return self.kind == RECOVERED or (self.is_of_gateway and self.delivery == "ends")

    def to_line(self) -> str:
        """The entry of the ledger's list, as written by `ending.lua`, `trouble.lua` and `keep_unmapped.lua`."""
        line = f"{self.kind} {self.name} {self.delivery} {to_ms(self.at)}"
        return line if self.kind in ALARM_KINDS else f"{line} {self.text}"

    def event_data(self, delivery: Mapping[str, Any]) -> dict[str, Any]:
        """The data of the event that reports the alarm; *delivery* is the one that showed it, as in the API."""
        last = delivery["attempts"][-1] if delivery["attempts"] else {}
        data = {
            "kind": self.kind,
            "target": delivery["target"],
            "lane": delivery["lane"],
            "delivery": self.delivery,
            "event_type": delivery["type"],
            "reason": delivery["reason"] or last.get("reason"),
            "detail": last.get("detail"),
            "status": last.get("status"),
            "since": self.at.isoformat(timespec="milliseconds"),
        }
        return {name: value for name, value in data.items() if value}

    def gateway_data(self) -> dict[str, Any]:
        """The data of the event that reports an alarm about the gateway itself."""
        data = {"kind": self.kind, "since": self.at.isoformat(timespec="milliseconds")}
        return data | ({"over": True} if self.is_over else {"detail": self.text})

    def source_data(self) -> dict[str, Any]:
        """The data of the event that reports an unmapped body."""
        since = self.at.isoformat(timespec="milliseconds")
        return {"kind": self.kind, "source": self.name, "body": self.delivery, "detail": self.text, "since": since}

    @classmethod
    def from_line(cls, line: str) -> Alarm:
        """The alarm in an entry that a script has written; only the sentence at its end contains spaces."""
        kind, name, delivery, at, *text = line.split(" ", 4)
        return cls(kind, name, delivery, from_ms(at), *text)


class Alarms:
    """Every method raises StoreUnavailable."""

    def __init__(self, client: redis.Redis) -> None:
        self.client = client

    # ------------------------------------------------------------------ targets

    def targets(self) -> list[dict[str, Any]]:
        """Targets in trouble, by name: `{target, state, reason, since}`.

        state: `disabled`, it answered that it is gone for good (410), and nothing is sent to it; or `needs-attention`,
        it refuses the gateway (401, 403) or does not exist (404), and messages are still tried.
        """
        with translated("listing targets in trouble"):
            disabled: Any = self.client.hgetall(keys.DISABLED)
            attention: Any = self.client.hgetall(keys.ATTENTION)
        troubles = {}
        for target, text in attention.items():
            reason, _, since = text.partition(" ")
            troubles[target] = ("needs-attention", reason, since)
        troubles |= {target: ("disabled", "gone", since) for target, since in disabled.items()}
        return [
            {
                "target": name,
                "state": state,
                "reason": reason,
                "since": from_ms(since).isoformat(timespec="milliseconds"),
            }
            for name, (state, reason, since) in sorted(troubles.items())
        ]

    def enable(self, target: str) -> bool:
        """Enables *target*; whether it was disabled. Its dead deliveries wait for a replay."""
        with translated("enabling a target"):
            self.client.hdel(keys.ALARMED, f"target_disabled {target}")
            return bool(self.client.hdel(keys.DISABLED, target))

    # ------------------------------------------------------------------ alarms

    def troubles(self) -> Mapping[str, datetime]:
        """Lasting troubles of the gateway itself that operators were told of, with their beginnings."""
        with translated("reading troubles"):
            begun: Any = self.client.hgetall(keys.TROUBLES)
        return {kind: from_ms(since) for kind, since in begun.items()}

    def note_trouble(self, kind: str, text: str = "", *, lasts: bool) -> bool:
        """Notes whether the trouble *kind* of the gateway itself lasts. Returns whether this is new, and
        so an alarm."""
        with translated("noting a trouble"):
            return bool(TROUBLE.call(self.client, TroubleKeys(), TroubleArgs(kind, "1" if lasts else "", text)))

    def pending(self, most: int = 50) -> list[Alarm]:
        """What operators have not been told yet, oldest first; it stays until `dismiss`."""
        with translated("reading alarms"):
            lines: Any = self.client.lrange(keys.ALARMS, 0, most - 1)
        return [Alarm.from_line(line) for line in lines]

    def dismiss(self, alarms: Sequence[Alarm]) -> None:
        """Removes *alarms*, which were accepted as events; another dispatcher may have done so before."""
        with translated("ending alarms"), self.client.pipeline(transaction=False) as pipe:
            # LREM finds an entry by its text, and not by its rank, which moves when another dispatcher dismisses some.
            for alarm in alarms:
                pipe.lrem(keys.ALARMS, 1, alarm.to_line())
            pipe.execute()

    def expire(self) -> None:
        """Alarms that were raised a day ago may be raised again."""
        with translated("forgetting alarms"):
            raised: Any = self.client.hgetall(keys.ALARMED)
            seconds, _ = self.client.time()
            oldest = (int(seconds) - RAISED_AGAIN.total_seconds()) * 1000
            if old := [trouble for trouble, at in raised.items() if float(at) < oldest]:
                self.client.hdel(keys.ALARMED, *old)
