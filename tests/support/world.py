"""A small configuration for the tests of routing: people and channels, with the routes of each test."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from gateway.model import Circumstances, Config, Event, Plan
from gateway.routing.explain import to_document
from gateway.routing.plan import plan
from gateway.routing.why_not import complete, rules_of
from tests.support.builders import CATALOG, config, event

CHANNELS = {
    "noc": "{service: inbox, name: noc}",
    "wall": "{service: inbox, name: wall}",
    "client": "{service: inbox, name: client, outside: true}",
}
PEOPLE = """
providers:
  email: {service: inbox}
  sms: {service: inbox}
people:
  ana:
    name: Ana Lopez
    identities: ["psa:1834", "Ana@Work.example"]
    contacts: {email: ana@example.com, sms: "+15550100"}
  bob:
    identities: [bob@example.com]
    contacts: {sms: "+15550101"}
  cy:
    identities: [cy@example.com]
    contacts: {email: {address: cy@client.example, outside: true}}
  dot: {identities: [dot@example.com], contacts: {}}
groups: {desk: [ana, bob]}
"""

MENTIONS = (
    CATALOG.replace("subscribed: ticket.subscribers}", "subscribed: ticket.subscribers, mentioned: ticket.mentions}")
    .replace(
        "mine: {title: My ticket changed",
        "mentioned: {title: I was mentioned, audience: mentioned}\n      mine: {title: My ticket changed",
    )
    .replace(
        "total: {type: string}", "total: {type: string}\n            mentions: {type: array, items: {type: string}}"
    )
)


@cache
def world(routes: str, catalog: str = MENTIONS) -> Config:
    """The configuration of all the people and the channels used, with *routes* (the YAML of a file)."""
    channels = "".join(f"  {name}: {one}\n" for name, one in CHANNELS.items() if name in routes)
    people = f"{PEOPLE}channels:\n{channels}" if channels else PEOPLE
    return config({"people.yaml": people, "routes.yaml": textwrap.dedent(routes)}, catalog)


def planned(routes: str, data: Mapping[str, Any]) -> Plan:
    """What an event with *data* leads to under *routes*, with the whole explanation."""
    return whole_plan(event(dict(data)), world(routes))


def whole_plan(event: Event, config: Config, circumstances: Circumstances | None = None) -> Plan:
    """The plan of *event*, with the findings of those who ask why."""
    decided = plan(event, config, circumstances)
    return replace(decided, findings=complete(event, decided.findings, rules_of(config)).findings)


def document_of(plan: Plan) -> dict[str, Any]:
    """The explanation of *plan*, as programs read it."""
    return to_document(plan.findings, is_fallback=plan.is_fallback)


def targets(made: Plan) -> list[str]:
    return [one.target for one in made.deliveries]


def told(made: Plan) -> dict[str, list[str]]:
    """By target, the texts of its reasons."""
    return {one.target: [reason.text for reason in one.reasons] for one in made.deliveries}


def whys(made: Plan, kind: str) -> list[tuple[str, bool, str]]:
    """(name, holds, why) of the findings of one kind."""
    return [(one.name, one.holds, one.why) for one in made.findings if one.kind == kind]
