"""How the ledger stores explanations: compactly, since each event that is not decided like others has its own copy."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from gateway.encoding import dumps
from gateway.model import Finding, Place, Plan
from gateway.routing.explain import findings_of

WHYS = {
    "cancelled": "its timer is cancelled, or its subject closed",
    "updated": "its timers take this newer data",
    "dropped": "what was held is dropped",
    "refreshed": "what is held takes this newer data",
}
"""What an event may do to the timing of others; it is said only if it was done."""

Cause = tuple[str | None, str | None, str | None]
"""Notification, route and place of a finding."""


def encode_explanation(plan: Plan) -> str:
    """`[fallback, [kind, name, holds, why, cause?], ...]` as JSON.

    The cause is `[notification, route, place]`, without missing parts at its end. It is written only if it differs from
    that of the finding before: a route and its targets share it.
    """
    rows: list[Any] = [int(plan.is_fallback)]
    before: Cause = (None, None, None)
    for finding in plan.findings:
        place = f"{finding.place.file}:{finding.place.line}" if finding.place else None
        cause = (finding.notification, finding.route, place)
        row: list[Any] = [finding.kind, finding.name, int(finding.holds), finding.why]
        if cause != before:
            row.append([part for number, part in enumerate(cause) if any(cause[number:])])
        rows.append(row)
        before = cause
    return dumps(rows)


def decode_explanation(text: str) -> tuple[list[Finding], bool]:
    """The findings, and whether the fallback got the event; also reads the longer form of older versions."""
    rows = json.loads(text)
    if isinstance(rows, dict):
        return findings_of(rows), rows["fallback"]
    findings: list[Finding] = []
    notification = route = place = None
    for kind, name, holds, why, *cause in rows[1:]:
        if cause:
            notification, route, at = (*cause[0], None, None, None)[:3]
            file, _, line = (at or "").rpartition(":")
            place = Place(file, int(line)) if at else None
        findings.append(Finding(kind, name, bool(holds), why, notification, route, place))
    return findings, bool(rows[0])


def with_outcomes(findings: Sequence[Finding], outcomes: str) -> list[Finding]:
    """*findings* with the outcome of each step in time; *outcomes* is `name=outcome name=outcome ...`."""
    story = list(findings)
    places = {finding.name: number for number, finding in enumerate(story) if finding.kind == "timing"}
    for name, _, outcome in (pair.rpartition("=") for pair in outcomes.split()):
        if name in places:
            story[places[name]] = replace(story[places[name]], outcome=outcome)
        else:
            story.append(Finding("timing", name, True, WHYS[outcome], outcome=outcome))
    return story
