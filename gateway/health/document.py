"""The health of the gateway as the API shows it to operators. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from gateway.health.check import Health
from gateway.health.reasons import Facts, Reason


def status_document(health: Health, notified: Mapping[str, datetime]) -> dict[str, Any]:
    """What works and what does not. *notified* has the begin of each trouble for which an alarm was sent."""
    facts, backlog = health.facts, health.facts.backlog
    status = "unavailable" if facts.overload else "degraded" if health.reasons else "ready"
    return {
        "status": status,
        "reasons": [_reason(reason) for reason in health.reasons],
        "told": {kind: _text(since) for kind, since in sorted(notified.items())},
        "processes": [
            {
                **asdict(process.facts),
                "state": "alive" if facts.is_alive(process) else "gone",
                "last": _text(process.last),
            }
            for process in facts.processes
        ],
        "backlog": {
            "waiting": backlog.waiting,
            "under_way": backlog.under_way,
            "dead": backlog.dead,
            "oldest": _text(backlog.oldest),
        },
        "lanes": [lane.document for lane in backlog.lanes],
        "timers": {"next": _text(backlog.timer_due)},
        "configurations": _configurations(facts),
        "memory": {"used_share": facts.load.memory_share, "share_when_delivered": facts.load.delivered_share},
    }


def unavailable_document(why: str) -> dict[str, Any]:
    """What is known while the ledger accepts no writes; *why* says why it does not."""
    cure = "Mend the ledger's server or REDIS_URL (docs/operations.md, Server). What was accepted before is safe."
    return {
        "status": "unavailable",
        "reasons": [_reason(Reason("storage_unavailable", f"Events are refused: {why}.", cure))],
        "told": {},
        "processes": [],
        "backlog": None,
        "lanes": [],
        "timers": None,
        "configurations": [],
        "memory": None,
    }


def _configurations(facts: Facts) -> list[dict[str, Any]]:
    """Which configuration each host runs, according to the processes that are alive."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for process in facts.processes:
        if process.facts.config and facts.is_alive(process):
            host, digest = process.facts.host, process.facts.config
            row = rows.setdefault(
                (host, digest), {"host": host, "digest": digest, "processes": 0, "problems": 0, "since": None}
            )
            row["processes"] += 1
            row["problems"] = max(row["problems"], process.facts.problems)
            row["since"] = max(row["since"] or "", _text(process.changed) or "")
    return [row for _, row in sorted(rows.items())]


def _reason(reason: Reason) -> dict[str, Any]:
    return {"name": reason.name, "text": reason.text, "cure": reason.cure, "about": list(reason.about)}


def _text(time: datetime | None) -> str | None:
    return time.isoformat(timespec="milliseconds") if time else None
