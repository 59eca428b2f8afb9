"""An explanation, as a document for programs and as sentences for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.model import Finding, Place


def to_document(findings: Sequence[Finding], notes: Sequence[str] = (), *, is_fallback: bool) -> dict[str, Any]:
    """`{fallback: bool, findings: [{kind, name, holds, why, notification?, route?, at?, outcome?}], notes?: [text]}`.

    The findings are in the order of decision; *notes* are sentences on what is missing among them.
    """
    document = {"fallback": is_fallback, "findings": [finding_document(finding) for finding in findings]}
    return {**document, "notes": list(notes)} if notes else document


def findings_of(document: Mapping[str, Any]) -> list[Finding]:
    """The findings in a document made by `to_document`."""
    findings = []
    for fields in document["findings"]:
        file, _, line = fields.get("at", "").rpartition(":")
        findings.append(
            Finding(
                kind=fields["kind"],
                name=fields["name"],
                holds=fields["holds"],
                why=fields["why"],
                notification=fields.get("notification"),
                route=fields.get("route"),
                place=Place(file, int(line)) if file else None,
                outcome=fields.get("outcome", ""),
            )
        )
    return findings


def finding_document(finding: Finding) -> dict[str, Any]:
    document: dict[str, Any] = {
        "kind": finding.kind,
        "name": finding.name,
        "holds": finding.holds,
        "why": finding.why,
    }
    if finding.notification:
        document["notification"] = finding.notification
    if finding.route:
        document["route"] = finding.route
    if finding.place:
        document["at"] = f"{finding.place.file}:{finding.place.line}"
    if finding.outcome:
        document["outcome"] = finding.outcome
    return document


def sentences(document: dict[str, Any]) -> list[str]:
    """A line for each finding in the document: `noc-slack gets the message: ... (route noc)`."""
    lines = []
    for finding in document["findings"]:
        name, why, notification = finding["name"], finding["why"], finding.get("notification")
        match finding["kind"]:
            case "notification":
                lines.append(f"{name} {'applies' if finding['holds'] else 'does not apply'}: {why}")
            case "person":
                lines.append(f"  {name}: {why} ({notification})")
            case "route":
                verb = "fires" if finding["holds"] else "does not fire"
                lines.append(f"  route {name} {verb} for {notification}: {why} [{finding.get('at')}]")
            case "target":
                lines.append(f"    {name} {why}")
            case "timing":
                outcome = finding.get("outcome")
                lines.append(f"{name}: {why}" + (f" [{outcome}]" if outcome else ""))
            case _:
                lines.append(f"fallback: {why}")
    return lines + [f"({note})" for note in document.get("notes", ())]
