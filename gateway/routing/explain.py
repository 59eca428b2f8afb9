"""A plan's findings, as a document for programs and as sentences for people."""

from __future__ import annotations

from typing import Any

from gateway.model import Finding, Plan


def to_document(plan: Plan) -> dict[str, Any]:
    """`{fallback: bool, findings: [{kind, name, holds, why, notification?, route?, at?}]}`, in order of decision."""
    return {"fallback": plan.is_fallback, "findings": [finding_document(finding) for finding in plan.findings]}


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
    return document


def sentences(document: dict[str, Any]) -> list[str]:
    """What `to_document` says, a line for each finding: `noc-slack gets the message: ... (route noc)`."""
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
    return lines
